import { spawn } from 'node:child_process';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readProcesses, startOf, type ProcessEntry, type ProcessTable } from './process-table.ts';
import { ProcessTrees } from './process-trees.ts';

/** Numbers that no process has, so that nobody would be hurt if the tests were wrong. */
const base = 2 ** 22;

function entry(pid: number, parent: number, more: Partial<ProcessEntry> = {}): ProcessEntry {
  return {
    pid: base + pid,
    parent: base + parent,
    group: base + 1,
    session: base + 1,
    startedAt: `start ${pid}`,
    ...more,
  };
}

function tableOf(...entries: ProcessEntry[]): ProcessTable {
  return new Map(entries.map((one) => [one.pid, one]));
}

const elsewhere = { group: base + 90, session: base + 90 };

describe('a process tree', () => {
  let table: ProcessTable;
  let signals: string[];
  beforeEach(() => {
    signals = [];
    vi.spyOn(process, 'kill').mockImplementation((pid, signal) => {
      signals.push(`${String(signal)} ${pid - base}`);
      return true;
    });
  });
  afterEach(() => {
    vi.restoreAllMocks();
  });

  function make() {
    const clock = createFakeClock();
    return { clock, trees: new ProcessTrees(clock, () => Promise.resolve(table)) };
  }
  const root = { pid: base + 1, startedAt: 'start 1', marker: undefined };

  it('has whatever descends from its root, and whatever is in its session or group', async () => {
    const { trees } = make();
    table = tableOf(
      entry(1, 0),
      entry(2, 1, elsewhere),
      entry(3, 2, elsewhere),
      entry(4, 90),
      entry(5, 90, elsewhere),
    );
    trees.add(7, root);
    expect(await trees.count(7)).toBe(4);
  });

  it('keeps those that it had when their parents end', async () => {
    const { trees } = make();
    table = tableOf(entry(1, 0, elsewhere), entry(2, 1, elsewhere), entry(3, 2, elsewhere));
    trees.add(7, root);
    await trees.learn();
    table = tableOf(entry(3, 90, elsewhere));
    expect(await trees.count(7)).toBe(1);
  });

  it('does not take another process for one of its own because it has its number', async () => {
    const { trees } = make();
    table = tableOf(entry(1, 0, elsewhere), entry(2, 1, elsewhere));
    trees.add(7, root);
    await trees.learn();
    table = tableOf(
      entry(1, 0, { ...elsewhere, startedAt: 'later' }),
      entry(2, 90, { ...elsewhere, startedAt: 'later' }),
    );
    expect(await trees.count(7)).toBe(0);
    table = tableOf(entry(1, 0, { startedAt: 'later' }), entry(3, 1));
    expect(await trees.count(7)).toBe(0);
  });

  it('learns when its root started where nobody told', async () => {
    const { trees } = make();
    table = tableOf(entry(1, 0, elsewhere));
    trees.add(7, { ...root, startedAt: undefined });
    await trees.learn();
    table = tableOf(entry(1, 0, { ...elsewhere, startedAt: 'later' }));
    expect(await trees.count(7)).toBe(0);
  });

  it('is asked to end first and killed later, new processes of it too', async () => {
    const { clock, trees } = make();
    table = tableOf(entry(1, 0), entry(2, 1));
    trees.add(7, root);
    const left = trees.kill([7], 1_000);
    await clock.advance(500);
    expect(signals).toEqual(['SIGTERM 1', 'SIGTERM 2']);
    table = tableOf(entry(2, 90), entry(3, 2));
    await clock.advance(100);
    expect(signals.slice(2)).toEqual(['SIGTERM 3']);
    await clock.advance(400);
    expect(signals.slice(3)).toEqual(['SIGKILL 2', 'SIGKILL 3']);
    table = tableOf(entry(99, 0, elsewhere));
    await clock.advance(50);
    expect(await left).toBe(0);
  });

  it('that cannot be killed is given up', async () => {
    const { clock, trees } = make();
    table = tableOf(entry(1, 0));
    trees.add(7, root);
    const left = trees.kill([7], 1_000);
    await clock.advance(5_200);
    expect(await left).toBe(1);
    expect(trees.size).toBe(0);
  });

  it('is its first process where the platform tells of none', async () => {
    const { clock, trees } = make();
    table = tableOf();
    trees.add(7, { ...root, startedAt: undefined });
    const left = trees.kill([7], 100);
    await clock.advance(120);
    vi.mocked(process.kill).mockImplementation(() => {
      throw new Error('no such process');
    });
    await clock.advance(100);
    expect(await left).toBe(0);
    expect(signals.filter((one) => !one.startsWith('0'))).toEqual(['SIGTERM 1', 'SIGKILL 1']);
  });

  it('is left alone once it is dropped', async () => {
    const { trees } = make();
    table = tableOf(entry(1, 0));
    trees.add(7, root);
    trees.drop(7);
    expect(await trees.kill([7], 0)).toBe(0);
    expect(signals).toEqual([]);
  });
});

describe('the table of processes', () => {
  it('has this one and its children with their parents and starts, the same from /proc and from ps', async () => {
    const child = spawn('sleep', ['5'], { detached: true, stdio: 'ignore' });
    try {
      const { pid = 0 } = child;
      const own = await readProcesses();
      expect(own.get(pid)).toMatchObject({
        parent: process.pid,
        group: pid,
        session: pid,
        startedAt: startOf(pid),
      });
      const others = await readProcesses('darwin');
      expect(others.get(pid)).toMatchObject({ parent: process.pid, group: pid });
      expect(others.get(pid)?.startedAt).toMatch(/\d\d:\d\d:\d\d/);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
