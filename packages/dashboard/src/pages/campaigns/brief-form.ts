/** The brief as a form holds it: text in every field, lists one item a line. */
import type { BriefSuggestion, CampaignBriefInput, CampaignChannel } from '@raptorflow/contract';

import { parseMoney } from '../../format/money.ts';

/** Somebody the campaign speaks to; `pains` one a line. */
export interface PersonaForm {
  readonly name: string;
  readonly role: string;
  readonly pains: string;
}

/** What the form holds. */
export interface BriefForm {
  readonly name: string;
  readonly product: string;
  readonly positioning: string;
  readonly personas: readonly PersonaForm[];
  readonly competitors: string;
  readonly goals: string;
  readonly questions: string;
  readonly channels: readonly CampaignChannel[];
  readonly budget: string;
  readonly deadline: string;
  readonly approval: 'manual' | 'automatic';
}

/** An empty form. */
export const emptyBrief: BriefForm = {
  name: '',
  product: '',
  positioning: '',
  personas: [],
  competitors: '',
  goals: '',
  questions: '',
  channels: [],
  budget: '',
  deadline: '',
  approval: 'manual',
};

/** What is wrong, by field; an empty object when the brief can be sent. */
export type BriefProblems = Partial<Record<keyof BriefForm, string>>;

/** Checks what can be checked without the server. */
export function problemsOf(form: BriefForm): BriefProblems {
  const problems: BriefProblems = {};
  if (form.name.trim() === '') problems.name = 'Give the campaign a name.';
  if (form.product.trim() === '') problems.product = 'Name the product.';
  if (form.positioning.trim() === '') problems.positioning = 'Say what it is and for whom, in plain words.';
  if (form.channels.length === 0) problems.channels = 'Choose at least one channel.';
  if (form.personas.some((persona) => persona.name.trim() === '')) {
    problems.personas = 'Name every persona, or remove the empty ones.';
  }
  if (form.budget.trim() !== '' && parseMoney(form.budget) === null) {
    problems.budget = 'Write the budget in US dollars, for example 2500 or 12.50.';
  }
  return problems;
}

/** The form as the wire wants it; what is empty is left out. */
export function briefOf(form: BriefForm): CampaignBriefInput {
  const budget = parseMoney(form.budget);
  return {
    name: form.name.trim(),
    product: form.product.trim(),
    positioning: form.positioning.trim(),
    personas: form.personas.map((persona) => ({
      name: persona.name.trim(),
      role: persona.role.trim(),
      pains: linesOf(persona.pains),
    })),
    competitors: linesOf(form.competitors),
    goals: linesOf(form.goals),
    questions: linesOf(form.questions),
    channels: [...form.channels],
    approval: form.approval,
    ...(budget === null ? {} : { budget_usd: budget }),
    ...(form.deadline === '' ? {} : { deadline: form.deadline }),
  };
}

/**
 * Puts what the documents suggest into the fields that nobody has touched: those that are empty, or still as the last
 * suggestion left them. What a person typed stays.
 */
export function fillBrief(form: BriefForm, found: BriefSuggestion, last: BriefSuggestion | null): BriefForm {
  const suggested = suggestedForm(found);
  const before = last === null ? emptyBrief : suggestedForm(last);
  const untouched = (field: keyof BriefForm) =>
    isSame(form[field], emptyBrief[field]) || isSame(form[field], before[field]);
  const pick = <F extends keyof BriefForm>(field: F): BriefForm[F] =>
    untouched(field) && !isSame(suggested[field], emptyBrief[field]) ? suggested[field] : form[field];
  return {
    ...form,
    name: pick('name'),
    product: pick('product'),
    positioning: pick('positioning'),
    personas: pick('personas'),
    competitors: pick('competitors'),
    goals: pick('goals'),
    questions: pick('questions'),
    channels: pick('channels'),
    budget: pick('budget'),
    deadline: pick('deadline'),
  };
}

/** A suggestion as a form; what the documents do not say is empty. */
function suggestedForm({ brief }: BriefSuggestion): BriefForm {
  return {
    ...emptyBrief,
    name: brief.name ?? '',
    product: brief.product ?? '',
    positioning: brief.positioning ?? '',
    personas: (brief.personas ?? []).map(({ name, role, pains }) => ({
      name,
      role,
      pains: pains.join('\n'),
    })),
    competitors: (brief.competitors ?? []).join('\n'),
    goals: (brief.goals ?? []).join('\n'),
    questions: (brief.questions ?? []).join('\n'),
    channels: brief.channels ?? [],
    budget: brief.budget_usd?.replace(/\.?0+$/u, '') ?? '',
    deadline: brief.deadline ?? '',
  };
}

function isSame(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The lines of a text that say something. */
function linesOf(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
}
