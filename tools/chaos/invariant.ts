import type { Difference } from './difference.ts';
import type { Acknowledged, Line, Sent } from './ledger.ts';
import { orderDifferences } from './order.ts';
import type { Letter } from './party.ts';
import { Faults, runsOf, type Run } from './runs.ts';
import { attemptsMax, groups, reads } from './workload.ts';

/** What a run added up to. */
export interface Findings {
  readonly differences: readonly Difference[];
  readonly acknowledged: number;
  readonly refused: number;
  /** Events and groups that a handler finished. */
  readonly handled: number;
  readonly letters: Readonly<Record<string, number>>;
  readonly discarded: number;
  readonly retried: number;
  /** Handled once more after a handler had finished: the acknowledgement was lost with a fault. */
  readonly duplicates: number;
  /** Runs that went on although their claim was lost, and were fenced. */
  readonly fenced: number;
  /** From the death of a process until the event it was handling began anew, ascending. */
  readonly takeoverMs: readonly number[];
}

/**
 * Checks what the ledger and the dead letters say: acknowledged = handled ∪ dead-lettered ∪ expired ∪ discarded, and everything else that the bus
 * promises about it.
 */
export function findDifferences(lines: readonly Line[], letters: readonly Letter[]): Findings {
  const faults = new Faults(lines);
  const runs = runsOf(lines, faults);
  const sent = new Map(lines.filter((line) => line.kind === 'sent').map((line) => [line.task, line]));
  const acknowledged = lines.filter((line) => line.kind === 'acknowledged');
  const buried = new Map(letters.map((letter) => [`${letter.group}|${letter.id}`, letter]));
  const repeats = [...runs.values()].map((list) => repeatsOf(list, faults));
  const settled = settlementOf(acknowledged, sent, runs, buried);
  return {
    differences: [
      ...settled.differences,
      ...strangers(runs, sent),
      ...repeats.flatMap(({ differences }) => differences),
      ...orderDifferences(
        acknowledged,
        sent,
        runs,
        (group, last) => buried.has(`${group}|${last.id}`) && faults.silenced(last.who, last.at, last.until),
      ),
      ...attemptDifferences(runs, letters),
      ...dedupeDifferences(acknowledged, sent),
    ],
    acknowledged: new Set(acknowledged.map(({ id }) => id)).size,
    refused: lines.filter(({ kind }) => kind === 'refused').length,
    handled: settled.handled,
    letters: countBy(letters.map(({ reason }) => reason)),
    discarded: letters.filter(({ state }) => state === 'discarded').length,
    retried: sum([...runs.values()].map((list) => list.length - 1)),
    duplicates: sum(repeats.map(({ duplicates }) => duplicates)),
    fenced: sum(repeats.map(({ fenced }) => fenced)),
    takeoverMs: [...runs.values()].flatMap(takeovers).toSorted((left, right) => left - right),
  };
}

function settlementOf(
  acknowledged: readonly Acknowledged[],
  sent: ReadonlyMap<string, Sent>,
  runs: ReadonlyMap<string, readonly Run[]>,
  buried: ReadonlyMap<string, Letter>,
): { readonly handled: number; readonly differences: Difference[] } {
  const differences: Difference[] = [];
  let handled = 0;
  const seen = new Set<string>();
  for (const { id, task, at } of acknowledged) {
    const order = sent.get(task);
    if (!order || seen.has(id)) continue;
    seen.add(id);
    for (const { name, pattern } of groups) {
      if (!reads(pattern, order.channel)) continue;
      const list = runs.get(`${name}|${id}`) ?? [];
      if (list.some(({ outcome }) => outcome === 'done')) handled += 1;
      if (buried.has(`${name}|${id}`) || list.at(-1)?.outcome === 'done') continue;
      const early = list.some(({ outcome }) => outcome === 'done');
      const what = early
        ? 'was settled by a handler whose claim was another’s by then'
        : 'was acknowledged, and never handled nor dead-lettered';
      const rule = early ? 'given_to_the_late' : 'missing';
      const text = `${name}: ${describe(order)} ${id} ${what}: ${list.map(tell).join(', ') || 'no handler began'}`;
      differences.push({ rule, text, at });
    }
  }
  return { handled, differences };
}

function strangers(runs: ReadonlyMap<string, readonly Run[]>, sent: ReadonlyMap<string, Sent>): Difference[] {
  const differences: Difference[] = [];
  const ids = new Map<string, string>();
  for (const { task, id, at } of [...runs.values()].flat()) {
    if (!sent.has(task))
      differences.push({ rule: 'never_sent', text: `${task} ${id} was handled, but nobody sent it`, at });
    const other = ids.get(task);
    if (other !== undefined && other !== id)
      differences.push({ rule: 'stored_twice', text: `${task} is stored as ${other} and as ${id}`, at });
    ids.set(task, id);
  }
  return differences;
}

// Two runs of one event: at the same time only when the claim of the one with the smaller token was lost, and after a finished one only when its
// acknowledgement was.
function repeatsOf(
  list: readonly Run[],
  faults: Faults,
): { readonly differences: Difference[]; readonly duplicates: number; readonly fenced: number } {
  const differences: Difference[] = [];
  let [duplicates, fenced] = [0, 0];
  for (const [index, run] of list.entries()) {
    const next = list[index + 1];
    if (!next) break;
    const overlaps = run.until > next.at && next.until > run.at;
    const isLost = faults.silenced(run.who, run.at - 10_000, Math.max(next.at, run.at));
    const text = `${run.group} ${run.id}: ${tell(run)}, then ${tell(next)}`;
    if (run.token === next.token || ((overlaps || next.at < run.at) && !isLost)) {
      differences.push({ rule: 'overlap', text, at: next.at });
    } else if (overlaps || next.at < run.at) fenced += 1;
    else if (run.outcome === 'done') {
      duplicates += 1;
      if (!isLost) differences.push({ rule: 'repeated', text, at: next.at });
    }
  }
  return { differences, duplicates, fenced };
}

function attemptDifferences(
  runs: ReadonlyMap<string, readonly Run[]>,
  letters: readonly Letter[],
): Difference[] {
  const differences: Difference[] = [];
  for (const [name, list] of runs) {
    for (const [index, run] of list.entries()) {
      const before = list[index - 1]?.attempt ?? 0;
      if (run.attempt <= attemptsMax && run.attempt >= before) continue;
      differences.push({ rule: 'attempts', text: `${name}: ${list.map(tell).join(', ')}`, at: run.at });
    }
  }
  for (const { id, group, attempts, reason } of letters) {
    if (attempts <= attemptsMax) continue;
    differences.push({
      rule: 'attempts',
      text: `${group} ${id}: dead after ${attempts} attempts, ${reason}`,
      at: 0,
    });
  }
  return differences;
}

function dedupeDifferences(
  acknowledged: readonly Acknowledged[],
  sent: ReadonlyMap<string, Sent>,
): Difference[] {
  const first = new Map<string, string>();
  const differences: Difference[] = [];
  for (const { task, id, at } of acknowledged) {
    const key = sent.get(task)?.dedupe ?? null;
    if (key === null) continue;
    const other = first.get(key);
    if (other === undefined) first.set(key, id);
    else if (other !== id)
      differences.push({ rule: 'deduplication', text: `${key} was stored as ${other} and as ${id}`, at });
  }
  return differences;
}

function takeovers(list: readonly Run[]): number[] {
  return list.flatMap((run, index) => {
    const next = list[index + 1];
    return next && run.outcome === 'interrupted' && next.at > run.until ? [next.at - run.until] : [];
  });
}

function describe({ task, channel, workspace, priority, key }: Sent): string {
  return [task, channel, workspace, priority, key ?? ''].filter(Boolean).join(' ');
}

/** A run in a line. */
function tell({ attempt, token, who, at, until, outcome }: Run): string {
  const span = `${Math.round(at)}…${Number.isFinite(until) ? Math.round(until) : '?'}`;
  return `attempt ${attempt} token ${token} in ${who} ${span} ${outcome}`;
}

function countBy(words: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
