import { expect, it } from 'vitest';
import { findDifferences } from './invariant.ts';
import type { Line } from './ledger.ts';
import type { Letter } from './party.ts';

const place = { channel: 'chaos.work', workspace: 'w0', priority: 'normal', key: null };

function published(task: string, at: number, more: { key?: string; dedupe?: string } = {}): Line[] {
  const { key = null, dedupe = null } = more;
  return [
    { kind: 'sent', task, ...place, key, dedupe, at },
    { kind: 'acknowledged', task, id: `evt_${task}`, at: at + 1 },
  ];
}

function ran(
  task: string,
  span: readonly [number, number],
  run: { token?: number; attempt?: number; who?: string; outcome?: 'done' | 'failed' } = {},
): Line[] {
  const { token = 1, attempt = 1, who = 'm0.0', outcome = 'done' } = run;
  const what = { group: 'workers', id: `evt_${task}`, token, who };
  return [
    { kind: 'begun', ...what, task, attempt, at: span[0] },
    { kind: 'ended', ...what, outcome, at: span[1] },
  ];
}

function broken(lines: readonly Line[], letters: readonly Letter[] = []): string[] {
  return findDifferences(lines, letters).differences.map(({ rule }) => rule);
}

const letter: Letter = {
  id: 'evt_a',
  group: 'workers',
  reason: 'expired',
  attempts: 0,
  state: 'open',
};

it('misses an acknowledged event that no handler finished and no dead letter holds', () => {
  expect(broken(published('a', 1))).toEqual(['missing']);
  expect(broken([...published('a', 1), ...ran('a', [2, 3], { outcome: 'failed' })])).toEqual(['missing']);
  expect(broken([...published('a', 1), ...ran('a', [2, 3])])).toEqual([]);
  expect(broken(published('a', 1), [letter])).toEqual([]);
});

it('does not take the word of a handler whose claim another one has', () => {
  const late = ran('a', [2, 9_000], { token: 1 });
  const failed = ran('a', [6_000, 6_001], { token: 2, attempt: 2, who: 'm1.0', outcome: 'failed' });
  const frozen: Line = { kind: 'fault', fault: 'frozen', who: 'm0.0', at: 10, until: 8_000 };
  expect(broken([...published('a', 1), ...late, ...failed, frozen])).toEqual(['given_to_the_late']);
});

it('allows two runs at once only where the earlier one had been silenced, and has the smaller token', () => {
  const lines = [
    ...published('a', 1),
    ...ran('a', [2, 9_000], { token: 1 }),
    ...ran('a', [6_000, 6_001], { token: 2, attempt: 2, who: 'm1.0' }),
  ];
  expect(broken(lines)).toEqual(['overlap']);
  const frozen: Line = { kind: 'fault', fault: 'frozen', who: 'm0.0', at: 10, until: 8_000 };
  expect(broken([...lines, frozen])).toEqual([]);
  expect(findDifferences([...lines, frozen], []).fenced).toBe(1);
});

it('counts an event that is handled again, and asks for a fault that explains it', () => {
  const lines = [...published('a', 1), ...ran('a', [2, 3]), ...ran('a', [50, 51], { token: 2, who: 'm1.0' })];
  expect(broken(lines)).toEqual(['repeated']);
  const killed: Line = { kind: 'fault', fault: 'killed', who: 'm0.0', at: 4, until: 4 };
  expect(broken([...lines, killed])).toEqual([]);
  expect(findDifferences([...lines, killed], []).duplicates).toBe(1);
});

it('wants an ordering key in order, retries included', () => {
  const key = { key: 'k' };
  const both = [...published('a', 1, key), ...published('b', 5, key)];
  const first = [
    ...ran('a', [10, 20], { outcome: 'failed' }),
    ...ran('a', [40, 50], { token: 2, attempt: 2 }),
  ];
  expect(broken([...both, ...first, ...ran('b', [60, 61])])).toEqual([]);
  expect(broken([...both, ...first, ...ran('b', [30, 31])])).toEqual(['order']);
});

it('does not wait for a handler that was frozen while its event was given up', () => {
  const key = { key: 'k' };
  const lines = [
    ...published('a', 1, key),
    ...published('b', 5, key),
    ...ran('a', [10, 9_000], { attempt: 4 }),
    ...ran('b', [6_000, 6_001], { who: 'm1.0' }),
  ];
  const frozen: Line = { kind: 'fault', fault: 'frozen', who: 'm0.0', at: 20, until: 8_000 };
  const given: Letter = { ...letter, reason: 'max_retries_exceeded', attempts: 4 };
  expect(broken([...lines, frozen], [given])).toEqual([]);
  expect(broken([...lines, frozen])).toEqual(['order']);
  expect(broken(lines, [given])).toEqual(['order']);
});

it('knows strangers, events stored twice, too many attempts and broken deduplication', () => {
  expect(broken(ran('a', [2, 3]))).toEqual(['never_sent']);
  expect(broken([...published('a', 1), ...ran('a', [2, 3], { attempt: 5 })])).toEqual(['attempts']);
  const twice = [...published('a', 1, { dedupe: 'd' }), ...published('b', 1, { dedupe: 'd' })];
  expect(broken([...twice, ...ran('a', [2, 3]), ...ran('b', [2, 3])])).toEqual(['deduplication']);
});
