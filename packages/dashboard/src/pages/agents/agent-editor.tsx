/** Changes an agent. Only what differs is sent, so two people editing different fields do not undo each other. */
import type { Agent } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useModels, useUpdateAgent } from '../../data/agents.ts';
import { useScope } from '../../data/scope.ts';
import { useSession } from '../../data/session.ts';
import { type AgentForm, changesOf, formOf, problemsOfAgent } from './agent-form.ts';

interface FieldsProps {
  readonly form: AgentForm;
  readonly onChange: (form: AgentForm) => void;
}

/** The prompt and the settings, with a bar that saves. */
export function AgentEditor({ agent }: { readonly agent: Agent }) {
  const { workspaceId } = useScope();
  const role = useSession().workspaces.find((one) => one.workspace_id === workspaceId)?.role;
  const mayEdit = role === 'owner' || role === 'admin';
  const update = useUpdateAgent(agent.id);
  const [form, setForm] = useState(() => formOf(agent));
  const changes = changesOf(agent, form);
  const changed = Object.keys(changes).length;
  const sound = Object.keys(problemsOfAgent(form)).length === 0;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (sound && changed > 0) update.mutate(changes);
  };
  return (
    <form onSubmit={submit}>
      <fieldset
        disabled={!mayEdit}
        className="grid items-start gap-4 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]"
      >
        <Panel title="Prompt" note="what the agent is told before every task">
          <PromptFields form={form} onChange={setForm} />
        </Panel>
        <Panel title="Settings" note={mayEdit ? undefined : 'an admin of the workspace can change them'}>
          <SettingFields form={form} onChange={setForm} />
        </Panel>
      </fieldset>
      {changed > 0 ? (
        <div className="sticky bottom-3 z-10 mt-4 flex flex-wrap items-center justify-end gap-3 rounded-lg bg-surface px-4 py-2.5 shadow-float rising">
          <span className="mr-auto text-muted">
            Changed: {Object.keys(changes).join(', ').replaceAll('_', ' ')}
          </span>
          <Button onClick={() => setForm(formOf(agent))}>Undo</Button>
          <Button type="submit" tone="solid" busy={update.isPending} disabled={!sound}>
            Save
          </Button>
        </div>
      ) : null}
      {update.error ? (
        <div className="mt-3">
          <ErrorNotice error={update.error} />
        </div>
      ) : null}
    </form>
  );
}

function PromptFields({ form, onChange }: FieldsProps) {
  const problems = problemsOfAgent(form);
  return (
    <div className="space-y-4">
      <TextArea
        label="Prompt"
        hideLabel
        mono
        rows={16}
        maxLength={32_000}
        value={form.prompt}
        onChange={(event) => onChange({ ...form, prompt: event.target.value })}
      />
      <TextField
        label="Name"
        value={form.name}
        problem={problems.name}
        maxLength={120}
        onChange={(event) => onChange({ ...form, name: event.target.value })}
      />
      <TextArea
        label="Description"
        rows={2}
        maxLength={2000}
        value={form.description}
        onChange={(event) => onChange({ ...form, description: event.target.value })}
      />
    </div>
  );
}

function SettingFields({ form, onChange }: FieldsProps) {
  const problems = problemsOfAgent(form);
  return (
    <div className="space-y-4">
      <SelectField
        label="State"
        value={form.status}
        options={[
          ['active', 'Active: takes work'],
          ['paused', 'Paused: takes no work'],
        ]}
        onChange={(event) =>
          onChange({ ...form, status: event.target.value === 'paused' ? 'paused' : 'active' })
        }
      />
      <ModelField form={form} onChange={onChange} />
      <div className="grid grid-cols-2 gap-4">
        <TextField
          label="Temperature"
          inputMode="decimal"
          value={form.temperature}
          problem={problems.temperature}
          onChange={(event) => onChange({ ...form, temperature: event.target.value })}
        />
        <TextField
          label="Output, tokens"
          inputMode="numeric"
          value={form.maxOutputTokens}
          problem={problems.maxOutputTokens}
          onChange={(event) => onChange({ ...form, maxOutputTokens: event.target.value })}
        />
      </div>
      <TextArea
        label="Tools"
        hint="One a line."
        mono
        value={form.tools}
        onChange={(event) => onChange({ ...form, tools: event.target.value })}
      />
      <TextArea
        label="Capabilities"
        hint="One a line."
        mono
        rows={5}
        value={form.capabilities}
        onChange={(event) => onChange({ ...form, capabilities: event.target.value })}
      />
    </div>
  );
}

function ModelField({ form, onChange }: FieldsProps) {
  const models = useModels();
  const aliases = models.data?.aliases ?? [];
  const options = aliases.map(({ alias, model }) => [alias, `${alias} (now ${model})`] as const);
  const known = aliases.some(({ alias }) => alias === form.model);
  return (
    <SelectField
      label="Model"
      value={form.model}
      options={known ? options : [[form.model, form.model] as const, ...options]}
      onChange={(event) => onChange({ ...form, model: event.target.value })}
    />
  );
}
