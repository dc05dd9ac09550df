import type { z } from 'zod';
import type { SourceDocument } from '../evidence/index.ts';

/** The text tasks of the offline model that the society uses. */
export type TextTaskKind =
  | 'find_claims'
  | 'find_facts'
  | 'find_contradictions'
  | 'find_voices'
  | 'answer_questions'
  | 'rank_terms';

/** One question to a model. */
export interface AskRequest<T> {
  /**
   * What the offline model runs: the task's own fields but `task` and `sources`. Absent where only a generative model
   * can answer; such a question is never asked of the offline model.
   */
  readonly task?:
    | { readonly kind: TextTaskKind; readonly input: Readonly<Record<string, unknown>> }
    | undefined;
  /** The documents that the answer must rest on. */
  readonly sources: readonly SourceDocument[];
  /** What a generative model is told; it answers in JSON of `schema`. */
  readonly instructions: string;
  readonly schema: z.ZodType<T>;
}

/**
 * Asks the model of the running step and resolves with the validated answer. `stepName` is unique within one run and
 * the same on every repetition, so that a journal can give a finished step's answer again.
 */
export type AskModel = <T>(stepName: string, request: AskRequest<T>) => Promise<T>;

/** Which model answers, as results are marked with it. */
export interface ModelMark {
  /** True for the deterministic text engine. */
  readonly offline: boolean;
  /** "offline model", or the full id of the model. */
  readonly label: string;
}

/** The mark of the deterministic text engine. */
export const offlineMark: ModelMark = Object.freeze({ offline: true, label: 'offline model' });
