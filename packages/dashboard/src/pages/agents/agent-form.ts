/** An agent as its form holds it, and what of it was changed. */
import type { Agent, AgentStatus, AgentUpdate } from '@raptorflow/contract';

/** What the form holds: text in every field, lists one item a line. */
export interface AgentForm {
  readonly name: string;
  readonly description: string;
  readonly prompt: string;
  readonly model: string;
  readonly temperature: string;
  readonly maxOutputTokens: string;
  readonly tools: string;
  readonly capabilities: string;
  readonly status: AgentStatus;
}

/** The form of an agent. */
export function formOf(agent: Agent): AgentForm {
  return {
    name: agent.name,
    description: agent.description,
    prompt: agent.system_prompt,
    model: agent.model,
    temperature: String(agent.temperature),
    maxOutputTokens: String(agent.max_output_tokens),
    tools: agent.tools.join('\n'),
    capabilities: agent.capabilities.join('\n'),
    status: agent.status,
  };
}

/** What is wrong with the form, by field; empty when it can be sent. */
export function problemsOfAgent(form: AgentForm): Partial<Record<keyof AgentForm, string>> {
  const problems: Partial<Record<keyof AgentForm, string>> = {};
  const temperature = Number(form.temperature);
  const tokens = Number(form.maxOutputTokens);
  if (form.name.trim() === '') problems.name = 'An agent needs a name.';
  if (form.temperature.trim() === '' || !(temperature >= 0 && temperature <= 2)) {
    problems.temperature = 'Write a number from 0 to 2.';
  }
  if (!Number.isInteger(tokens) || tokens < 1 || tokens > 200_000) {
    problems.maxOutputTokens = 'Write a whole number from 1 to 200,000.';
  }
  return problems;
}

/** The fields that differ from the agent as it is; empty when nothing changed. */
export function changesOf(agent: Agent, form: AgentForm): AgentUpdate {
  const lines = (text: string) =>
    text
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean);
  const wanted = {
    name: form.name.trim(),
    description: form.description.trim(),
    system_prompt: form.prompt,
    model: form.model,
    temperature: Number(form.temperature),
    max_output_tokens: Number(form.maxOutputTokens),
    tools: lines(form.tools),
    capabilities: lines(form.capabilities),
    status: form.status,
  };
  const present: Readonly<Record<string, unknown>> = { ...agent };
  return Object.fromEntries(
    Object.entries(wanted).filter(
      ([field, value]) => JSON.stringify(value) !== JSON.stringify(present[field]),
    ),
  );
}
