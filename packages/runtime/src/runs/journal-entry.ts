import { createHash } from 'node:crypto';
import { RaptorFlowError } from 'raptorflow/kernel';
import { canonicalJson } from '../audit/canonical-json.ts';
import type { JsonObject } from '../models/model.ts';

/** Kinds of entries that the run's code causes, in its order. */
const codeKinds = [
  'model_started',
  'tool_started',
  'noted',
  'decided',
  'asked',
  'run_completed',
  'run_failed',
] as const;

/** Kinds of entries that come from outside the run's code: answers, results, people, interruptions. */
const worldKinds = [
  'model_answered',
  'model_failed',
  'tool_completed',
  'tool_failed',
  'tool_uncertain',
  'tool_restarted',
  'step_resolved',
  'question_answered',
  'run_stopped',
] as const;

/** An entry that the run's code causes. */
export type CodeEntryKind = (typeof codeKinds)[number];

/** An entry that comes from outside the run's code. */
export type WorldEntryKind = (typeof worldKinds)[number];

/** Every kind of entry. `run_started` is the first of every journal. */
export type EntryKind = 'run_started' | CodeEntryKind | WorldEntryKind;

const everyKind: ReadonlySet<string> = new Set<EntryKind>(['run_started', ...codeKinds, ...worldKinds]);
const everyWorldKind: ReadonlySet<string> = new Set<EntryKind>(worldKinds);

/** Whether a stored word is a kind of entry. */
export function isEntryKind(kind: string): kind is EntryKind {
  return everyKind.has(kind);
}

/** What is written: everything but its place and its time is content. */
export interface EntryContent {
  readonly kind: EntryKind;
  /** The step it belongs to, or null. */
  readonly step: string | null;
  readonly payload: JsonObject;
}

/** One entry of a journal. Its hash covers its content and the hash of the entry before it, not the time. */
export interface JournalEntry extends EntryContent {
  readonly seq: number;
  readonly hash: string;
  readonly recordedAt: string;
}

/** Whether an entry comes from outside the run's code. */
export function isWorldEntry(entry: EntryContent): boolean {
  return everyWorldKind.has(entry.kind);
}

/** The bytes of an entry's content: what replay compares and the hash covers. */
export function contentBytes(entry: EntryContent): string {
  return canonicalJson({ kind: entry.kind, step: entry.step, payload: entry.payload });
}

/** The hash of an entry, chained to the one before it (empty for the first). */
export function entryHash(previousHash: string, entry: EntryContent): string {
  return createHash('sha256').update(previousHash).update('\n').update(contentBytes(entry)).digest('hex');
}

/** Checks that a journal is whole and unchanged. Throws `run_journal_corrupt` naming the first wrong entry. */
export function verifyJournal(runId: string, entries: readonly JournalEntry[]): void {
  let previous = '';
  for (const [at, entry] of entries.entries()) {
    if (entry.seq !== at || entry.hash !== entryHash(previous, entry)) {
      throw new RaptorFlowError('run_journal_corrupt', `The journal of ${runId} is damaged at entry ${at}.`, {
        details: { run_id: runId, seq: at },
      });
    }
    previous = entry.hash;
  }
}

/** A SHA-256 of a text, in hexadecimal. */
export function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
