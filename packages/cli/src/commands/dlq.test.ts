import { expect, it } from 'vitest';
import { chainLines, loopOf } from './dlq.ts';

const link = (n: number, agent: string | null) => ({ event_id: `evt_${n}`, type: 'talk', agent_id: agent });

it('tells the chain of a loop an event a line, the refused one last', () => {
  expect(chainLines(null)).toEqual([]);
  expect(chainLines([link(1, null), link(2, 'A-1')])).toEqual([
    'What led to the loop, oldest first:',
    '  1  talk  evt_1',
    '  2  talk by A-1  evt_2  (refused)',
  ]);
});

it('tells who answered whom on one line, the newest of a long chain', () => {
  expect(loopOf([link(1, null), link(2, 'A-1'), link(3, 'B-2')])).toBe(
    'a loop of 3 events, talk → A-1 → B-2 (refused)',
  );
  const long = Array.from({ length: 33 }, (_, n) => link(n, `A-${n}`));
  expect(loopOf(long)).toBe(
    'a loop of 33 events, … → A-25 → A-26 → A-27 → A-28 → A-29 → A-30 → A-31 → A-32 (refused)',
  );
});
