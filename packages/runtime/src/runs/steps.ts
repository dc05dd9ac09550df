import type { JsonValue } from '../models/model.ts';
import type { JournalEntry } from './journal-entry.ts';

/** A step of a run, read from its journal. */
export interface RunStep {
  /** The place of its first entry. */
  readonly seq: number;
  readonly name: string;
  readonly kind: 'model' | 'tool' | 'decision' | 'question' | 'event';
  readonly status: 'running' | 'completed' | 'failed' | 'uncertain' | 'waiting';
  readonly input: JsonValue;
  /** The result, or the failure as `{ code, message }`. */
  readonly output: JsonValue;
  readonly startedAt: string;
  readonly completedAt: string | null;
  readonly costMicroUsd: number;
}

/** The steps of a journal, in the order in which they began. */
export function readSteps(entries: readonly JournalEntry[]): RunStep[] {
  const steps: RunStep[] = [];
  const at = new Map<string, number>();
  for (const entry of entries) {
    const begun = begin(entry);
    if (begun !== null) {
      if (entry.step !== null) at.set(entry.step, steps.length);
      steps.push(begun);
      continue;
    }
    const index = entry.step === null ? undefined : at.get(entry.step);
    const step = index === undefined ? undefined : steps[index];
    if (index !== undefined && step !== undefined) steps[index] = proceed(step, entry);
  }
  return steps;
}

function begin(entry: JournalEntry): RunStep | null {
  const { payload, kind } = entry;
  const { event } = payload;
  const base = {
    seq: entry.seq,
    name: entry.step ?? (typeof event === 'string' ? event : kind),
    startedAt: entry.recordedAt,
    completedAt: null,
    costMicroUsd: 0,
    output: null,
  };
  const done = { status: 'completed' as const, completedAt: entry.recordedAt };
  if (kind === 'model_started') {
    return { ...base, kind: 'model', status: 'running', input: payload['request'] ?? null };
  }
  if (kind === 'tool_started') {
    return { ...base, kind: 'tool', status: 'running', input: payload['input'] ?? null };
  }
  if (kind === 'asked') {
    return { ...base, kind: 'question', status: 'waiting', input: payload['question'] ?? null };
  }
  if (kind === 'decided') {
    return { ...base, ...done, kind: 'decision', input: null, output: payload['value'] ?? null };
  }
  if (kind === 'noted') return { ...base, ...done, kind: 'event', input: payload['fields'] ?? null };
  return null;
}

function proceed(step: RunStep, entry: JournalEntry): RunStep {
  const { payload, kind } = entry;
  const completed = { status: 'completed' as const, completedAt: entry.recordedAt };
  if (kind === 'model_answered') {
    const result = payload['result'] ?? null;
    return { ...step, ...completed, output: result, costMicroUsd: costIn(result) };
  }
  if (kind === 'tool_completed') return { ...step, ...completed, output: payload['output'] ?? null };
  if (kind === 'question_answered') return { ...step, ...completed, output: payload['answer'] ?? null };
  if (kind === 'model_failed' || kind === 'tool_failed') {
    return { ...step, status: 'failed', completedAt: entry.recordedAt, output: payload['error'] ?? null };
  }
  if (kind === 'tool_uncertain') return { ...step, status: 'uncertain' };
  if (kind === 'tool_restarted') return { ...step, status: 'running' };
  if (kind !== 'step_resolved') return step;
  return payload['outcome'] === 'repeat'
    ? { ...step, status: 'running' }
    : { ...step, ...completed, output: payload['output'] ?? null };
}

function costIn(result: JsonValue): number {
  if (typeof result !== 'object' || result === null || !('costMicroUsd' in result)) return 0;
  return Number(result.costMicroUsd);
}
