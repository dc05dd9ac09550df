import { rowHashOf, type AuditRow } from './chain.ts';
import { problemAt, type AuditProblem, type AuditProblemKind, type ChainSource } from './problem.ts';

/** Where a walk along a chain came upon a row that does not fit. */
export interface Break {
  /** The place that is looked at. */
  readonly expected: number;
  /** The hash of the row before it. */
  readonly hash: string;
  readonly last: AuditRow | null;
  /** What stands there instead. */
  readonly row: AuditRow;
  /** Where the chain ends. */
  readonly end: number;
}

/** Places at which a row is tried; of longer chains only so much of the beginning. */
const placesMax = 1_000_000;

/**
 * Names what was done to a chain where it first breaks. The place is certain. What was done is read from the rows that are left: a row
 * that is sound somewhere else was moved there by somebody, and says what is missing or too much in between.
 */
export async function diagnose(source: ChainSource, broken: Break): Promise<AuditProblem> {
  const { expected, hash, last, row } = broken;
  if (row.sequence < expected) return name('inserted', row.sequence, row, 'stands there twice');
  if (row.sequence > expected) {
    const moved = await findMoved(source, broken);
    if (moved) return name('reordered', expected, moved, 'stands behind others that came after it');
    return name('removed', expected, null, 'is missing');
  }
  if (isGenuineAt(row, expected)) {
    if (row.previousHash === hash)
      return name('changed', expected, row, 'has another payload than was written');
    if (last === null) return name('changed', expected, row, 'was written after a row that is not there');
    return name('changed', last.sequence, last, `is not the row that row ${expected} was written after`);
  }
  return diagnoseMoved(source, broken);
}

// The row's own hash does not fit in this place; perhaps in another.
async function diagnoseMoved(source: ChainSource, broken: Break): Promise<AuditProblem> {
  const { expected, hash, row, end } = broken;
  const place = genuinePlace(row, Math.max(end, expected) + 1);
  if (place !== undefined && place < expected) {
    const there = await rowAt(source, place);
    // A copy of a row that still stands in its place was put over this one.
    if (there?.id === row.id) return name('changed', expected, row, `is a copy of row ${place}`);
    return name('inserted', place, there, 'was never written there; those behind it were moved');
  }
  if (place === undefined) {
    const next = await rowAt(source, expected + 1);
    if (next && next.previousHash === hash && isGenuineAt(next, expected)) {
      return name('inserted', expected, row, 'was never written there; those behind it were moved');
    }
    return name('changed', expected, row, 'is not what was written');
  }
  const moved = await findMoved(source, broken);
  if (moved) return name('reordered', expected, row, `was written as row ${place}`);
  return name('removed', expected, null, `is missing; row ${place} was put in its place`);
}

/** The row that was written in the place that is looked at, where it stands now. */
async function findMoved(source: ChainSource, { expected, hash }: Break): Promise<AuditRow | undefined> {
  for await (const row of source.rows(expected, Number.MAX_SAFE_INTEGER)) {
    if (row.previousHash === hash && isGenuineAt(row, expected)) return row;
  }
  return undefined;
}

async function rowAt(source: ChainSource, sequence: number): Promise<AuditRow | null> {
  for await (const row of source.rows(sequence - 1, sequence)) return row;
  return null;
}

function genuinePlace(row: AuditRow, end: number): number | undefined {
  for (let place = 1; place <= Math.min(end, placesMax); place += 1) {
    if (isGenuineAt(row, place)) return place;
  }
  return undefined;
}

function isGenuineAt(row: AuditRow, sequence: number): boolean {
  return rowHashOf(row.previousHash, { ...row, sequence }) === row.hash;
}

function name(kind: AuditProblemKind, sequence: number, row: AuditRow | null, what: string): AuditProblem {
  return problemAt(kind, sequence, row?.id ?? null, `Row ${sequence} ${what}.`);
}
