import { expect } from 'vitest';
import type { EventDraft } from '../event.ts';
import type { Handler } from '../handler.ts';
import { gate, numbered, type Behaviour, type World } from './world.ts';

const backlog = (workspaceId: string, length: number): EventDraft[] =>
  Array.from({ length }, (_, n) => numbered(n, { workspaceId }));

// Counts how many handlers of each workspace run while another workspace has events left; each waits for its turn of the event loop.
function slots(
  world: World,
  events: Readonly<Record<string, number>>,
): {
  readonly most: Record<string, number>;
  readonly handler: Handler;
  readonly isDone: () => boolean;
} {
  const running: Record<string, number> = {};
  const most: Record<string, number> = {};
  const left = { ...events };
  let done = 0;
  const { handler } = world.recorder(async ({ event }) => {
    const own = event.workspaceId ?? '';
    running[own] = (running[own] ?? 0) + 1;
    left[own] = (left[own] ?? 0) - 1;
    const othersWait = Object.entries(left).some(([name, count]) => name !== own && count > 0);
    if (othersWait || Object.keys(left).length === 1) most[own] = Math.max(most[own] ?? 0, running[own]);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    running[own] -= 1;
    done += 1;
  });
  const total = Object.values(events).reduce((sum, count) => sum + count, 0);
  return { most, handler, isDone: () => done === total };
}

/** Delivery rule 13. */
export const fairnessBehaviours: readonly Behaviour[] = [
  {
    title: 'no workspace holds more than half of the slots while another has events waiting',
    async run(world) {
      const bus = await world.open();
      for (const concurrency of [2, 4, 10]) {
        const channel = `lab.c${concurrency}`;
        for (const workspace of ['a', 'b']) await bus.publishMany(channel, backlog(workspace, 100));
        const { most, handler, isDone } = slots(world, { a: 100, b: 100 });
        const group = `team-${concurrency}`;
        const team = await bus.subscribe(channel, handler, { group, from: 'earliest', concurrency });
        await world.untilLater(isDone, 1);
        await team.stop();
        expect(most).toEqual({ a: concurrency / 2, b: concurrency / 2 });
      }
    },
  },
  {
    title: 'a workspace alone uses all slots',
    async run(world) {
      const bus = await world.open();
      await bus.publishMany('lab.results', backlog('a', 50));
      const { most, handler, isDone } = slots(world, { a: 50 });
      await bus.subscribe('lab.results', handler, { group: 'team', from: 'earliest', concurrency: 4 });
      await world.until(isDone);
      expect(most['a']).toBe(4);
    },
  },
  {
    title: 'whoever comes late gets the next slots, until each has half',
    async run(world) {
      const bus = await world.open();
      const doors = new Map<string, ReturnType<typeof gate>[]>();
      const { seen, handler } = world.recorder(({ event }) => {
        const door = gate();
        const list = doors.get(event.workspaceId ?? '') ?? [];
        doors.set(event.workspaceId ?? '', [...list, door]);
        return door.passed;
      });
      const options = { group: 'team', from: 'earliest', concurrency: 4, prefetch: 4 } as const;
      await bus.publishMany('lab.results', backlog('a', 20));
      await bus.subscribe('lab.results', handler, options);
      await world.until(() => seen.length === 4);
      await bus.publishMany('lab.results', backlog('b', 20));
      for (const door of doors.get('a')?.slice(0, 3) ?? []) door.open();
      await world.until(() => seen.length === 7);
      await world.quiet(bus);
      const begun = seen.map(({ event }) => event.workspaceId);
      expect(begun.slice(4).filter((workspace) => workspace === 'b').length).toBe(2);
      expect(begun.slice(4).filter((workspace) => workspace === 'a').length).toBe(1);
      for (const list of doors.values()) for (const door of list) door.open();
      await world.untilLater(() => {
        for (const list of doors.values()) for (const door of list) door.open();
        return seen.length === 40;
      });
    },
  },
  {
    title: 'an event of a workspace seen lately begins at once behind the backlog of another',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event }) =>
        event.workspaceId === 'a' ? gate().passed : undefined,
      );
      const begun = (workspace: string): number =>
        seen.filter(({ event }) => event.workspaceId === workspace).length;
      await bus.publish('lab.results', numbered(1, { workspaceId: 'b' }));
      await bus.publishMany('lab.results', backlog('a', 20));
      const options = { group: 'team', from: 'earliest', concurrency: 2, prefetch: 2 } as const;
      await bus.subscribe('lab.results', handler, options);
      await world.until(() => begun('b') === 1 && begun('a') === 1);
      await world.quiet(bus);
      for (const n of [2, 3, 4]) {
        await bus.publish('lab.results', numbered(n, { workspaceId: 'b' }));
        await world.until(() => begun('b') === n);
        await world.quiet(bus);
      }
      expect(begun('a')).toBe(1);
    },
  },
  {
    title: 'a slot that is kept for a workspace seen lately is used again once that is a second ago',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event }) =>
        event.workspaceId === 'a' ? gate().passed : undefined,
      );
      await bus.subscribe('lab.results', handler, { group: 'team', concurrency: 2, prefetch: 2 });
      await bus.publish('lab.results', numbered(1, { workspaceId: 'b' }));
      await world.until(() => bus.metrics().acknowledged === 1);
      await bus.publishMany('lab.results', backlog('a', 5));
      await world.until(() => seen.length >= 2);
      await world.advance(1_100);
      await world.until(() => seen.length === 3);
    },
  },
  {
    title: 'priorities of one workspace do not take the half of another',
    async run(world) {
      const bus = await world.open();
      for (const priority of ['critical', 'high'] as const) {
        const drafts = backlog('a', 60).map((draft) => ({ ...draft, priority }));
        await bus.publishMany('lab.results', drafts);
      }
      await bus.publishMany(
        'lab.results',
        backlog('b', 60).map((draft) => ({ ...draft, priority: 'low' as const })),
      );
      const { most, handler, isDone } = slots(world, { a: 120, b: 60 });
      await bus.subscribe('lab.results', handler, { group: 'team', from: 'earliest', concurrency: 6 });
      await world.untilLater(isDone, 1);
      expect(most['a']).toBe(3);
    },
  },
  {
    title: 'retries of one workspace leave room for the fresh events of another',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(({ event }) => {
        if (event.workspaceId === 'a') throw Object.assign(new Error('later'), { retryAfterMs: 0 });
      });
      await bus.subscribe('lab.results', handler, { group: 'team', concurrency: 2, prefetch: 2 });
      await bus.publishMany('lab.results', backlog('a', 50));
      await world.until(() => seen.length > 100);
      await bus.publishMany('lab.results', backlog('b', 20));
      await world.until(() => seen.filter(({ event }) => event.workspaceId === 'b').length === 20);
    },
  },
];
