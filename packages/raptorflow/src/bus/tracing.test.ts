import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import type { Bus } from './bus.ts';
import { createBus } from './create-bus.ts';
import { sqliteEngine } from './engines/sqlite.ts';
import type { BusDeps } from './options.ts';
import type { TracedEvent, TracedStory } from './trace.ts';
import { plantTree, type Growing } from './trace-tree.ts';

let bus: Bus;

async function open(deps: BusDeps = {}): Promise<Bus> {
  bus = createBus({ engine: sqliteEngine({ path: ':memory:' }) }, { clock: createFakeClock(), ...deps });
  await bus.start();
  return bus;
}

describe('a trace', () => {
  afterEach(async () => {
    await bus.stop();
  });

  it('tells an ancestor of another request from one that is gone', async () => {
    await open();
    const other = await bus.publish('lab.a', { type: 'other' });
    const gone = 'evt_019c0000-0000-7000-8000-000000000000';
    await bus.publish('lab.a', { type: 'one', requestId: 'ask', causedBy: other });
    await bus.publish('lab.a', { type: 'two', requestId: 'ask', causedBy: gone });
    await bus.publish('lab.a', { type: 'three', requestId: 'ask', causedBy: gone });
    const trace = await bus.trace('ask');
    expect(trace?.roots).toMatchObject([
      { id: other, presence: 'elsewhere', event: { type: 'other', requestId: other } },
      { id: gone, presence: 'gone', event: null },
    ]);
    expect(trace?.roots.map(({ children }) => children.map(({ event }) => event?.type))).toEqual([
      ['one'],
      ['two', 'three'],
    ]);
    expect(trace?.counts).toMatchObject({ events: 3, missing: 2 });
  });

  it('shows one workspace its own events, and of others that are in between only that they are', async () => {
    await open();
    const first = await bus.publish('lab.a', { type: 'one', requestId: 'ask', workspaceId: 'w1' });
    const secret = await bus.publish('lab.a', {
      type: 'secret',
      requestId: 'ask',
      workspaceId: 'w2',
      causedBy: first,
    });
    await bus.publish('lab.a', { type: 'two', requestId: 'ask', workspaceId: 'w1', causedBy: secret });
    const trace = await bus.trace('ask', { workspaceId: 'w1' });
    expect(trace?.roots).toMatchObject([
      { event: { type: 'one' }, children: [] },
      { id: secret, presence: 'hidden', event: null, children: [{ event: { type: 'two' } }] },
    ]);
    expect(await bus.trace('ask', { workspaceId: 'w3' })).toBeNull();
  });

  it('leaves payloads where they are', async () => {
    await open();
    const id = await bus.publish('lab.a', { type: 'one', payload: { secret: 'x' } });
    expect(JSON.stringify(await bus.trace(id))).not.toContain('secret');
  });

  it('has what it cost from whoever keeps the ledger, and does without when that fails', async () => {
    const asked: TracedStory[] = [];
    let byEvent = new Map<string, number>();
    await open({
      costOf: async (story) => {
        asked.push(story);
        if (asked.length > 1) throw new Error('no ledger');
        return { totalMicroUsd: 1_500, byEvent };
      },
    });
    const id = await bus.publish('lab.a', { type: 'one', workspaceId: 'w1' });
    await bus.publish('lab.a', { type: 'two', requestId: id, workspaceId: 'w2', causedBy: id });
    byEvent = new Map([[id, 1_000]]);
    const trace = await bus.trace(id);
    expect(trace?.cost?.totalMicroUsd).toBe(1_500);
    expect(trace?.roots[0]?.costMicroUsd).toBe(1_000);
    expect(trace?.roots[0]?.children[0]?.costMicroUsd).toBeNull();
    expect(asked[0]).toMatchObject({ requestId: id, workspaceIds: ['w1', 'w2'] });
    expect(asked[0]?.eventIds.length).toBe(2);
    expect((await bus.trace(id))?.cost).toBeNull();
  });
});

const aStory = fc
  .array(fc.option(fc.nat(30), { nil: null }), { maxLength: 25 })
  .map((causes) => causes.map((cause, at) => traced(`e${at}`, cause === null ? null : `e${cause}`)));

function traced(id: string, causationId: string | null): TracedEvent {
  return {
    id,
    type: 'x',
    channel: 'lab.a',
    workspaceId: null,
    priority: 'normal',
    sourceAgentId: null,
    destinationGuild: null,
    requestId: 'ask',
    causationId,
    hops: 0,
    timestamp: '2026-01-01T00:00:00.000Z',
    version: 1,
    orderingKey: null,
    replyTo: null,
    budgetId: null,
    expiresAt: null,
  };
}

describe('the tree of a trace', () => {
  it('holds every event once, below its cause unless that closes a circle, children in order', () => {
    fc.assert(
      fc.property(aStory, (events) => {
        const known = new Set(events.map(({ id }) => id));
        const lost = new Map<string, Growing>();
        for (const { causationId: id } of events) {
          if (id === null || known.has(id)) continue;
          lost.set(id, {
            id,
            presence: 'gone',
            event: null,
            handlings: [],
            costMicroUsd: null,
            children: [],
          });
        }
        const { roots } = plantTree(events, lost, new Map());
        const order = new Map(events.map(({ id }, at) => [id, at]));
        const seen: string[] = [];
        const open = [...roots];
        for (let node = open.pop(); node; node = open.pop()) {
          seen.push(node.id);
          const places = node.children.map(({ id }) => order.get(id) ?? -1);
          expect(places).toEqual(places.toSorted((a, b) => a - b));
          for (const child of node.children) expect(child.event?.causationId).toBe(node.id);
          open.push(...node.children);
        }
        expect(seen.toSorted()).toEqual([...known, ...lost.keys()].toSorted());
        const stray = roots.filter(({ event }) => (event?.causationId ?? null) !== null);
        // Only where causes go round is an event that has one a root.
        for (const { event } of stray) expect(isInCircle(event?.id ?? '', events)).toBe(true);
      }),
    );
  });
});

function isInCircle(id: string, events: readonly TracedEvent[]): boolean {
  const causes = new Map(events.map((event) => [event.id, event.causationId]));
  let next = causes.get(id) ?? null;
  for (let steps = 0; steps <= events.length && next !== null; steps += 1) {
    if (next === id) return true;
    next = causes.get(next) ?? null;
  }
  return false;
}
