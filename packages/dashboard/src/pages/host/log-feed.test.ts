import type { LogLine } from '@raptorflow/client';
import { describe, expect, it } from 'vitest';

import { createLogFeed, type LogEntry, textOfEntries } from './log-feed.ts';

const line = (text: string): LogLine => ({ level: 'INFO', text });
const told = (entries: readonly LogEntry[]): (string | number | null)[] =>
  entries.map((entry) => (entry.kind === 'line' ? entry.line.text : entry.count));

function createRig(entriesMax = 100) {
  const flushes: (() => void)[] = [];
  const feed = createLogFeed(entriesMax, (flush) => flushes.push(flush));
  let tellings = 0;
  feed.subscribe(() => {
    tellings += 1;
  });
  return { feed, flush: () => flushes.shift()?.(), tellings: () => tellings };
}

describe('the feed of the live log', () => {
  it('tells its readers once about lines that came together, oldest first', () => {
    const rig = createRig();
    for (const text of ['a', 'b', 'c']) rig.feed.push(line(text));
    expect(rig.feed.snapshot()).toEqual([]);
    rig.flush();
    expect(told(rig.feed.snapshot())).toEqual(['a', 'b', 'c']);
    expect(rig.tellings()).toBe(1);
  });

  it('keeps the newest lines only, even while nobody is told', () => {
    const rig = createRig(3);
    for (let index = 0; index < 1_000; index += 1) rig.feed.push(line(String(index)));
    rig.flush();
    expect(told(rig.feed.snapshot())).toEqual(['997', '998', '999']);
  });

  it('takes over from the last lines of a new connection only what it does not have', () => {
    const rig = createRig();
    rig.feed.replay([line('a'), line('b')]);
    rig.feed.push(line('c'));
    rig.flush();
    rig.feed.replay([line('b'), line('c'), line('d')]);
    rig.flush();
    expect(told(rig.feed.snapshot())).toEqual(['a', 'b', 'c', 'd']);
  });

  it('says where lines may be missing after a connection was away for too long', () => {
    const rig = createRig();
    rig.feed.replay([line('a')]);
    rig.feed.replay([line('x'), line('y')]);
    rig.flush();
    expect(told(rig.feed.snapshot())).toEqual(['a', null, 'x', 'y']);
  });

  it('says how many lines were dropped, in what is copied, too', () => {
    const rig = createRig();
    rig.feed.push(line('a'));
    rig.feed.dropped(12);
    rig.flush();
    expect(told(rig.feed.snapshot())).toEqual(['a', 12]);
    expect(textOfEntries(rig.feed.snapshot())).toBe(
      'a\n(12 lines were left out: they came faster than this page reads)\n',
    );
  });

  it('begins anew when it is cleared', () => {
    const rig = createRig();
    rig.feed.push(line('a'));
    rig.feed.clear();
    rig.flush();
    expect(rig.feed.snapshot()).toEqual([]);
    rig.feed.replay([line('x')]);
    rig.flush();
    expect(told(rig.feed.snapshot())).toEqual(['x']);
  });
});
