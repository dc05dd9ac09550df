/** A brief filled from documents, before any campaign exists: only what they say, each value with its quote. */
import { parseUsd, type Dispatcher, type Documents } from '@raptorflow/runtime';
import { z } from 'zod';
import {
  claimedQuoteSchema,
  findNumbers,
  proveStatement,
  verifyQuote,
  type Citation,
  type SourceDocument,
} from '../evidence/index.ts';
import { platformIds, type PlatformId } from '../guardians/index.ts';
import { offlineMark, type ModelMark } from '../guilds/ask-model.ts';
import type { CampaignBrief } from './brief.ts';

/** A field that documents can fill. */
export type SuggestedField =
  | 'name'
  | 'product'
  | 'positioning'
  | 'personas'
  | 'competitors'
  | 'goals'
  | 'channels'
  | 'budget_usd'
  | 'deadline';

/** One value of a field and where it stands. */
export interface SuggestedValue {
  readonly field: SuggestedField;
  readonly value: string;
  readonly citations: readonly Citation[];
}

/** What the documents say of a brief, and what they leave open. */
export interface BriefSuggestion {
  readonly model: ModelMark;
  /** Ready to be confirmed by a person; nothing in it is without a finding. */
  readonly brief: Partial<
    Pick<
      CampaignBrief,
      | 'name'
      | 'product'
      | 'positioning'
      | 'personas'
      | 'competitors'
      | 'goals'
      | 'channels'
      | 'budgetUsd'
      | 'deadline'
    >
  >;
  readonly findings: readonly SuggestedValue[];
  readonly unanswered: readonly { readonly field: SuggestedField; readonly reason: string }[];
}

/** Which documents, and for whom. */
export interface BriefSuggestionRequest {
  readonly workspaceId: string;
  readonly documentIds: readonly string[];
  readonly correlationId?: string;
  readonly signal?: AbortSignal;
}

/** What the suggestion is made with. */
export interface BriefSuggestionDeps {
  readonly documents: Pick<Documents, 'sources'>;
  readonly dispatcher: Pick<Dispatcher, 'dispatchJson'>;
}

/** Words that name a channel in running text. */
const channelWords: Readonly<Record<PlatformId, readonly string[]>> = {
  blog: ['blog', 'blog post', 'blog posts'],
  email: ['email', 'e-mail', 'newsletter', 'mailing list'],
  facebook: ['Facebook'],
  instagram: ['Instagram'],
  landing_page: ['landing page', 'landing pages', 'website'],
  linkedin: ['LinkedIn'],
  medium: ['Medium.com', 'on Medium'],
  pinterest: ['Pinterest'],
  reddit: ['Reddit', 'subreddit'],
  threads: ['Threads.net', 'on Threads'],
  tiktok: ['TikTok'],
  // The letter alone would be found in sizes and formulas.
  x: ['Twitter', 'X (Twitter)', 'x.com', 'on X'],
  youtube: ['YouTube'],
};

const citedSchema = z.object({ value: z.string().min(1).max(2_000), citation: claimedQuoteSchema });
const listSchema = z.array(citedSchema).max(20).default([]);
const answerSchema = z.object({
  product: citedSchema.nullish(),
  positioning: citedSchema.nullish(),
  audience: listSchema,
  competitors: listSchema,
  channels: listSchema,
  goals: listSchema,
  budget: citedSchema.nullish(),
  deadline: citedSchema.nullish(),
});
type Answer = z.output<typeof answerSchema>;
type Cited = z.output<typeof citedSchema>;

const instructions = `Fill a campaign brief from the documents, and only from them. For every value copy the passage it stands in, word for word, with the id of its document.
- product: the name of what is offered. positioning: one sentence that says what it is and for whom.
- audience: the people it is for. competitors: names of other products. goals: what the campaign shall reach.
- channels: out of ${platformIds.join(', ')}; only those that the documents want to use.
- budget: the marketing budget as it is written. deadline: the day on which the campaign ends, as YYYY-MM-DD.
Leave out whatever the documents do not say. Invent nothing.`;

/**
 * Reads a brief out of documents. Nothing is stored and nothing started. A value whose quote is not found in its
 * document, or with a number that its quote lacks, is dropped. Throws `not_found` for a missing document, and what the
 * dispatcher throws.
 */
export async function suggestBrief(
  request: BriefSuggestionRequest,
  deps: BriefSuggestionDeps,
): Promise<BriefSuggestion> {
  const { workspaceId, correlationId, signal } = request;
  const sources = await deps.documents.sources(workspaceId, [...new Set(request.documentIds)]);
  const channels = platformIds.map((id) => ({ id, words: [...channelWords[id]] }));
  const answered = await deps.dispatcher.dispatchJson(
    {
      workspaceId,
      model: 'research',
      messages: [{ role: 'user', content: instructions }],
      sources,
      task: { kind: 'fill_brief', input: { channels } },
      ...(correlationId === undefined ? {} : { correlationId }),
      ...(signal === undefined ? {} : { signal }),
    },
    answerSchema,
    'brief',
  );
  return {
    model: answered.offline ? offlineMark : { offline: false, label: answered.model },
    ...compose(answered.value, sources),
  };
}

function compose(answer: Answer, sources: readonly SourceDocument[]): Omit<BriefSuggestion, 'model'> {
  const proven = (field: SuggestedField, cited: Cited | null | undefined): SuggestedValue[] => {
    if (!cited) return [];
    const proof = proveStatement({ text: cited.value, quotes: [cited.citation] }, sources);
    return proof === undefined ? [] : [{ field, value: proof.text, citations: proof.citations }];
  };
  const many = (field: SuggestedField, list: readonly Cited[]): SuggestedValue[] =>
    distinctValues(list.flatMap((cited) => proven(field, cited)));
  const product = proven('product', answer.product);
  const channels = distinctValues(answer.channels.flatMap((cited) => channelOf(cited, sources)));
  const budget = proven('budget_usd', answer.budget);
  const findings = [
    // A campaign needs a name, and its product's is the one that the documents give.
    ...product.map((finding): SuggestedValue => ({ ...finding, field: 'name' })),
    ...product,
    ...proven('positioning', answer.positioning),
    ...many('personas', answer.audience),
    ...many('competitors', answer.competitors),
    ...many('goals', answer.goals),
    ...channels,
    ...budget,
    ...deadlineOf(answer.deadline, sources),
  ];
  const { brief, unreadable } = briefOf(findings);
  const found = new Set(findings.map((finding) => finding.field));
  const open = asked.filter(({ field }) => !found.has(field));
  return { brief, findings, unanswered: [...open, ...unreadable] };
}

const asked: readonly { readonly field: SuggestedField; readonly reason: string }[] = [
  { field: 'product', reason: 'The documents do not name what is offered.' },
  { field: 'positioning', reason: 'No sentence of the documents says what it is and for whom.' },
  { field: 'personas', reason: 'The documents do not say whom it is for.' },
  { field: 'competitors', reason: 'The documents name no competitor.' },
  { field: 'goals', reason: 'The documents state no goal of a campaign.' },
  { field: 'channels', reason: 'The documents do not say where to publish; the usual channels stay chosen.' },
  { field: 'budget_usd', reason: 'The documents name no marketing budget.' },
  { field: 'deadline', reason: 'The documents do not say when the campaign ends.' },
];

function distinctValues(values: readonly SuggestedValue[]): SuggestedValue[] {
  const byValue = new Map<string, SuggestedValue>();
  for (const value of values) {
    const key = value.value.toLowerCase();
    if (!byValue.has(key)) byValue.set(key, value);
  }
  return [...byValue.values()];
}

// The id of a channel is our word and stands in no document; its passage does.
function channelOf(cited: Cited, sources: readonly SourceDocument[]): SuggestedValue[] {
  const channel = platformIds.find((id) => id === cited.value.toLowerCase());
  const citation = verifyQuote(cited.citation, sources);
  return channel === undefined || citation === undefined
    ? []
    : [{ field: 'channels', value: channel, citations: [citation] }];
}

// A date is rewritten as a day of the calendar, so its day of the month, not its wording, must stand in the passage.
function deadlineOf(cited: Cited | null | undefined, sources: readonly SourceDocument[]): SuggestedValue[] {
  const parsed = z.iso.date().safeParse(cited?.value);
  const citation = cited ? verifyQuote(cited.citation, sources) : undefined;
  if (!parsed.success || citation === undefined) return [];
  const day = String(Number(parsed.data.slice(8)));
  const iso = citation.quote.includes(parsed.data);
  const stands = iso || new RegExp(`(?<!\\d)0?${day}(?!\\d)`, 'u').test(citation.quote);
  return stands ? [{ field: 'deadline', value: parsed.data, citations: [citation] }] : [];
}

function briefOf(findings: readonly SuggestedValue[]): {
  brief: BriefSuggestion['brief'];
  unreadable: BriefSuggestion['unanswered'];
} {
  const of = (field: SuggestedField): string[] =>
    findings.filter((finding) => finding.field === field).map((finding) => finding.value);
  const [product] = of('product');
  const [positioning] = of('positioning');
  const [budget] = of('budget_usd');
  const [deadline] = of('deadline');
  const budgetUsd = budget === undefined ? undefined : usdIn(budget);
  const channels = platformIds.filter((id) => of('channels').includes(id));
  const brief: BriefSuggestion['brief'] = {
    ...(product !== undefined && { name: shorten(product, 200), product: shorten(product, 200) }),
    ...(positioning !== undefined && { positioning: shorten(positioning, 2_000) }),
    ...(of('personas').length > 0 && { personas: of('personas').map(personaOf) }),
    ...(of('competitors').length > 0 && { competitors: of('competitors').map((name) => shorten(name, 200)) }),
    ...(of('goals').length > 0 && { goals: of('goals').map((goal) => shorten(goal, 500)) }),
    ...(channels.length > 0 && { channels }),
    ...(budgetUsd !== undefined && { budgetUsd }),
    ...(deadline !== undefined && { deadline }),
  };
  const unreadable: BriefSuggestion['unanswered'] =
    budget !== undefined && budgetUsd === undefined
      ? [{ field: 'budget_usd', reason: `The documents give it as “${budget}”; write it in US dollars.` }]
      : [];
  return { brief, unreadable };
}

// "Studios that fire every week": the people are named before what is said of them; the whole phrase is their role.
function personaOf(phrase: string): CampaignBrief['personas'][number] {
  const people = phrase.split(/,? (?:that|who|which|whose) /u, 1)[0] ?? phrase;
  return { name: shorten(people, 100), role: people === phrase ? '' : shorten(phrase, 300), pains: [] };
}

function shorten(text: string, charactersMax: number): string {
  const plain = text.replaceAll(/\s+/gu, ' ').trim();
  if (plain.length <= charactersMax) return plain;
  const cut = plain.slice(0, charactersMax - 1);
  const space = cut.lastIndexOf(' ');
  return `${(space > charactersMax / 2 ? cut.slice(0, space) : cut).trimEnd()}…`;
}

/** An amount in US dollars as a number; undefined for other currencies and for what is no single amount. */
function usdIn(text: string): number | undefined {
  if (!/\$|\bUSD\b|\bdollars?\b/iu.test(text) || /[€£¥]|\b(?:CA|A|NZ|HK|S)\$/u.test(text)) return undefined;
  // "$4 thousand" is one amount: its unit is no second number.
  const [only, ...others] = findNumbers(text).filter(({ raw }) => /^\d/u.test(raw));
  const value = only?.values.length === 1 ? only.values[0] : undefined;
  if (only === undefined || value === undefined || others.length > 0) return undefined;
  const unit = /^\s*(k|thousand|m|million)\b/iu.exec(text.slice(only.end))?.[1]?.toLowerCase();
  const factor = unit === undefined ? 1 : unit === 'k' || unit === 'thousand' ? 1_000 : 1_000_000;
  const microUsd = parseUsd(String(Number(value) * factor));
  return microUsd === undefined ? undefined : microUsd / 1_000_000;
}
