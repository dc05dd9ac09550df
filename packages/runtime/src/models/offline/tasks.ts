import { z } from 'zod';
import type { Citation, TextTaskResults } from './results.ts';

/** How a source is written; the reader finds sentences, bullets and rows by it. */
export type SourceMediaType = 'text/markdown' | 'text/plain' | 'text/html' | 'text/csv';

/** A document as it was supplied. Every offset the engine emits is an index into `text` (UTF-16 code units). */
export interface SourceText {
  documentId: string;
  title: string;
  mediaType: SourceMediaType;
  text: string;
  /** When the document was written (ISO date), if known from outside; the text's own date is found by the engine. */
  date?: string | undefined;
}

/** Which side a named subject is on, as far as the caller knows. */
export type SubjectRole = 'own' | 'competitor' | 'customer' | 'other';

/** A product, company or person that the caller already knows by name. */
export interface SubjectHint {
  name: string;
  aliases?: string[] | undefined;
  role?: SubjectRole | undefined;
}

/** Something to look for: a label for people and the words a search would use. */
export interface ClaimTopic {
  id: string;
  label: string;
  queries: string[];
  /** Only sentences about these subjects (names or aliases of `subjects`). */
  subjects?: string[] | undefined;
}

interface TaskBase {
  sources: SourceText[];
  /** Known names. When absent, subjects are discovered from the documents. */
  subjects?: SubjectHint[] | undefined;
}

/** Sentences and rows that answer each topic best, most relevant first, near-duplicates merged. */
export interface FindClaimsTask extends TaskBase {
  task: 'find_claims';
  topics: ClaimTopic[];
  /** Default 5. */
  limitPerTopic?: number | undefined;
}

/** Values stated about subjects: prices, limits, dates, shares, durations, features. */
export interface FindFactsTask extends TaskBase {
  task: 'find_facts';
  /** Default 800. */
  factsMax?: number | undefined;
}

/** Statements that give different values for one attribute of one subject. */
export interface FindContradictionsTask extends TaskBase {
  task: 'find_contradictions';
}

/** What people said: interviews, block quotes, reviews. */
export interface FindVoicesTask extends TaskBase {
  task: 'find_voices';
  /** Default 100. */
  voicesMax?: number | undefined;
}

/** Companies, products, people and places named in the documents. */
export interface FindEntitiesTask extends TaskBase {
  task: 'find_entities';
  /** Default 50. */
  entitiesMax?: number | undefined;
}

/** One question; `queries` are further wordings of it that a search may use. */
export interface Question {
  id: string;
  text: string;
  queries?: string[] | undefined;
}

/** Answers from the documents, or an honest "not in these documents". */
export interface AnswerQuestionsTask extends TaskBase {
  task: 'answer_questions';
  questions: Question[];
}

/** Key phrases of the documents. */
export interface RankTermsTask extends TaskBase {
  task: 'rank_terms';
  /** Default 30. */
  termsMax?: number | undefined;
}

/** Checks a text sentence by sentence against the documents. */
export interface CheckTextTask extends TaskBase {
  task: 'check_text';
  text: string;
  bannedWords?: string[] | undefined;
  /** Verbs that make a call to action; a general English list is used when absent. */
  actionVerbs?: string[] | undefined;
}

/** A channel and the words that name it in running text. */
export interface ChannelWords {
  id: string;
  words: string[];
}

/** Fills the fields of a brief from dropped documents. */
export interface FillBriefTask extends TaskBase {
  task: 'fill_brief';
  /** Channels to look for; none are reported when absent. */
  channels?: ChannelWords[] | undefined;
}

/** Every task of the engine, told apart by `task`. */
export type TextTask =
  | FindClaimsTask
  | FindFactsTask
  | FindContradictionsTask
  | FindVoicesTask
  | FindEntitiesTask
  | AnswerQuestionsTask
  | RankTermsTask
  | CheckTextTask
  | FillBriefTask;

/** The names of the tasks. */
export type TextTaskName = TextTask['task'];

/** What a task of type `T` answers. */
export type ResultOf<T extends TextTask> = TextTaskResults[T['task']];

const shortText = z.string().max(2_000);
const subjectRole = z.enum(['own', 'competitor', 'customer', 'other']);

/** Checks one source. Texts above 20 million characters are refused. */
export const sourceTextSchema: z.ZodType<SourceText> = z.strictObject({
  documentId: z.string().min(1).max(500),
  title: z.string().max(500),
  mediaType: z.enum(['text/markdown', 'text/plain', 'text/html', 'text/csv']),
  text: z.string().max(20_000_000),
  date: shortText.optional(),
});

const subjectHint = z.strictObject({
  name: z.string().min(1).max(200),
  aliases: z.array(z.string().min(1).max(200)).max(20).optional(),
  role: subjectRole.optional(),
});

const base = {
  sources: z.array(sourceTextSchema).max(200),
  subjects: z.array(subjectHint).max(100).optional(),
};

const topic = z.strictObject({
  id: z.string().min(1).max(200),
  label: shortText,
  queries: z.array(shortText).min(1).max(50),
  subjects: z.array(shortText).max(50).optional(),
});

const question = z.strictObject({
  id: z.string().min(1).max(200),
  text: shortText.min(1),
  queries: z.array(shortText).max(20).optional(),
});

const limit = z.number().int().min(1).max(1_000).optional();
const words = z.array(z.string().min(1).max(100)).max(1_000);

/** Checks any task before it runs; unknown keys are refused. */
export const textTaskSchema: z.ZodType<TextTask> = z.discriminatedUnion('task', [
  z.strictObject({
    task: z.literal('find_claims'),
    ...base,
    topics: z.array(topic).min(1).max(100),
    limitPerTopic: limit,
  }),
  z.strictObject({ task: z.literal('find_facts'), ...base, factsMax: limit }),
  z.strictObject({ task: z.literal('find_contradictions'), ...base }),
  z.strictObject({ task: z.literal('find_voices'), ...base, voicesMax: limit }),
  z.strictObject({ task: z.literal('find_entities'), ...base, entitiesMax: limit }),
  z.strictObject({
    task: z.literal('answer_questions'),
    ...base,
    questions: z.array(question).min(1).max(200),
  }),
  z.strictObject({ task: z.literal('rank_terms'), ...base, termsMax: limit }),
  z.strictObject({
    task: z.literal('check_text'),
    ...base,
    text: z.string().max(200_000),
    bannedWords: words.optional(),
    actionVerbs: words.optional(),
  }),
  z.strictObject({
    task: z.literal('fill_brief'),
    ...base,
    channels: z
      .array(z.strictObject({ id: z.string().min(1).max(100), words }))
      .max(100)
      .optional(),
  }),
]);

/** Whether a citation really stands in the source it names: the quote is the slice at its offsets. */
export function citationHolds(citation: Citation, sources: readonly SourceText[]): boolean {
  const source = sources.find((candidate) => candidate.documentId === citation.documentId);
  return source !== undefined && source.text.slice(citation.start, citation.end) === citation.quote;
}
