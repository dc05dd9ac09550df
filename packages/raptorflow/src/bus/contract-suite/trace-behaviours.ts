import { expect } from 'vitest';
import { invariant } from '../../kernel/index.ts';
import type { Bus } from '../bus.ts';
import { permanentError } from '../handler.ts';
import type { Trace, TraceHandling, TraceNode } from '../trace.ts';
import { gate, numbered, type Behaviour, type World } from './world.ts';

const retry = { retries: 1, baseMs: 1_000, capMs: 1_000 };

async function traced(bus: Bus, id: string): Promise<Trace> {
  const trace = await bus.trace(id);
  invariant(trace, `there is a trace of ${id}`);
  return trace;
}

/** Every node, parents before children. */
function nodesOf(trace: Trace): TraceNode[] {
  const nodes: TraceNode[] = [];
  const open = [...trace.roots].toReversed();
  for (let next = open.pop(); next; next = open.pop()) {
    nodes.push(next);
    open.push(...next.children.toReversed());
  }
  return nodes;
}

function typesOf(trace: Trace): string[] {
  return nodesOf(trace).map(({ event }) => event?.type ?? '?');
}

function handlingsOf(trace: Trace, type: string): readonly TraceHandling[] {
  return nodesOf(trace).find(({ event }) => event?.type === type)?.handlings ?? [];
}

// order (planners) → invoice (clerks, at the second attempt) → check (planners, who give it up) → dead letter
async function tellStory(world: World, bus: Bus): Promise<{ id: string }> {
  await bus.subscribe(
    'lab.orders',
    async (event, context) => {
      if (event.type === 'check') throw permanentError('unreadable');
      await world.clock.advance(20);
      await context.publish('lab.invoices', { type: 'invoice' });
    },
    { group: 'planners', retry },
  );
  await bus.subscribe(
    'lab.invoices',
    async (_, context) => {
      if (context.attempt === 1) throw new Error('no paper');
      await context.publish('lab.orders', { type: 'check', priority: 'high' });
    },
    { group: 'clerks', retry },
  );
  const id = await bus.publish('lab.orders', {
    type: 'order',
    workspaceId: 'w1',
    sourceAgentId: 'agent-1',
    payload: { text: 'x'.repeat(100) },
  });
  await world.untilLater(async () => (await bus.deadLetters.list()).total === 1, 100);
  await world.quiet(bus);
  return { id };
}

const chains: readonly Behaviour[] = [
  {
    title: 'a trace tells a story over channels and groups, with its retry and its dead letter',
    async run(world) {
      const bus = await world.open();
      const { id } = await tellStory(world, bus);
      const trace = await traced(bus, id);
      expect(trace).toMatchObject({ requestId: id, eventId: id, truncated: false, isSettled: true });
      expect(typesOf(trace)).toEqual(['order', 'invoice', 'check', 'dead_letter:max_retries_exceeded']);
      expect(nodesOf(trace).map(({ event }) => event?.hops)).toEqual([0, 1, 2, 3]);
      expect(nodesOf(trace).map(({ event }) => event?.channel)).toEqual([
        'lab.orders',
        'lab.invoices',
        'lab.orders',
        'sys.dlq.max_retries_exceeded',
      ]);
      expect(nodesOf(trace)[0]?.event).toMatchObject({ workspaceId: 'w1', sourceAgentId: 'agent-1' });
      const [order] = handlingsOf(trace, 'order');
      expect(order).toMatchObject({ group: 'planners', state: 'handled', attempts: 1, lastError: null });
      expect(order?.tookMs).toBeGreaterThanOrEqual(20);
      expect(Date.parse(order?.endedAt ?? '') - Date.parse(order?.beganAt ?? '')).toBeGreaterThanOrEqual(20);
      const [invoice] = handlingsOf(trace, 'invoice');
      expect(invoice).toMatchObject({ group: 'clerks', state: 'handled', attempts: 2 });
      expect(invoice?.lastError).toBe('Error: no paper');
      const span = Date.parse(invoice?.endedAt ?? '') - Date.parse(invoice?.beganAt ?? '');
      expect(span).toBeGreaterThanOrEqual(900);
      const [letter] = (await bus.deadLetters.list()).items;
      expect(handlingsOf(trace, 'check')).toMatchObject([
        { group: 'planners', state: 'dead', attempts: 1, deadLetterId: letter?.id },
      ]);
      expect(nodesOf(trace).at(-1)?.id).toBe(letter?.id);
      expect(trace.counts).toMatchObject({ events: 4, missing: 0, attempts: 4 });
      expect(trace.counts.handlings).toMatchObject({ handled: 2, dead: 1, waiting: 0 });
      expect(trace.durationMs).toBeGreaterThanOrEqual(900);
    },
  },
  {
    title: 'an event that somebody published among the dead letters is traced as the event that it is',
    async run(world) {
      const bus = await world.open();
      for (const payload of [{}, { group: 'planners' }, { group: 'planners', event: { text: 'no event' } }]) {
        const id = await bus.publish('sys.dlq.expired', { type: 'note', payload });
        expect(typesOf(await traced(bus, id))).toEqual(['note']);
      }
    },
  },
  {
    title: 'any event of a story, and its request, lead to the same trace',
    async run(world) {
      const bus = await world.open();
      const { id } = await tellStory(world, bus);
      const trace = await traced(bus, id);
      for (const node of nodesOf(trace)) {
        expect(await bus.trace(node.id)).toEqual({ ...trace, eventId: node.id });
      }
    },
  },
  {
    title: 'a request of somebody else’s ties together events that have no cause',
    async run(world) {
      const bus = await world.open();
      for (let n = 0; n < 3; n += 1)
        await bus.publish(`lab.room-${n}`, { type: `step-${n}`, requestId: 'ask 1' });
      await bus.publish('lab.room-0', { type: 'other', requestId: 'ask 2' });
      const trace = await traced(bus, 'ask 1');
      expect(trace).toMatchObject({ requestId: 'ask 1', eventId: null });
      expect(trace.roots.map(({ event }) => event?.type)).toEqual(['step-0', 'step-1', 'step-2']);
    },
  },
  {
    title: 'what one event caused stands below it in the order of storing',
    async run(world) {
      const bus = await world.open();
      await bus.subscribe(
        'lab.orders',
        async (_, context) => {
          for (let n = 0; n < 20; n += 1) {
            const priority = n % 2 === 0 ? 'low' : 'critical';
            await context.publish('lab.parts', { type: `part-${n}`, workspaceId: `w${n % 3}`, priority });
          }
        },
        { group: 'cutters' },
      );
      await bus.subscribe('lab.parts', () => undefined, { group: 'left' });
      await bus.subscribe('lab.>', () => undefined, { group: 'right', types: ['part-3'] });
      const id = await bus.publish('lab.orders', { type: 'order' });
      await world.until(async () => {
        const { handlings } = (await traced(bus, id)).counts;
        return handlings.handled === 22;
      });
      const trace = await traced(bus, id);
      expect(trace.roots.length).toBe(1);
      expect(typesOf(trace)).toEqual(['order', ...Array.from({ length: 20 }, (_, n) => `part-${n}`)]);
      expect(handlingsOf(trace, 'part-3').map(({ group }) => group)).toEqual(['left', 'right']);
      expect(handlingsOf(trace, 'part-4').map(({ group }) => group)).toEqual(['left']);
    },
  },
  {
    title: 'an unknown id has no trace',
    async run(world) {
      const bus = await world.open();
      await bus.publish('lab.orders', { type: 'order' });
      expect(await bus.trace('evt_01945a2b-0000-7000-8000-000000000000')).toBeNull();
      expect(await bus.trace('')).toBeNull();
    },
  },
  {
    title: 'a trace that is too long shows the oldest events and says so',
    async run(world) {
      const bus = await world.open({ limits: { traceEventsMax: 5 } });
      const drafts = Array.from({ length: 6 }, (_, n) => numbered(n, { requestId: 'long' }));
      await bus.publishMany('lab.orders', drafts.slice(0, 5));
      expect(await bus.trace('long')).toMatchObject({ truncated: false, counts: { events: 5 } });
      const [newest] = await bus.publishMany('lab.orders', drafts.slice(5));
      const trace = await traced(bus, 'long');
      expect(trace).toMatchObject({ truncated: true, counts: { events: 5 } });
      expect(nodesOf(trace).some(({ id }) => id === newest)).toBe(false);
    },
  },
];

const states: readonly Behaviour[] = [
  {
    title: 'a trace shows what waits, what runs and what is retried',
    async run(world) {
      const bus = await world.open();
      const door = gate();
      const { seen, handler } = world.recorder(({ attempt }) => {
        if (attempt === 1) throw new Error('again');
        return door.passed;
      });
      const options = { group: 'team', concurrency: 1, retry, timeoutMs: 60_000 };
      const subscription = await bus.subscribe('lab.results', handler, options);
      subscription.pause();
      const id = await bus.publish('lab.results', { type: 'result' });
      const state = async (): Promise<TraceHandling | undefined> =>
        handlingsOf(await traced(bus, id), 'result')[0];
      expect(await state()).toMatchObject({ group: 'team', state: 'waiting', attempts: 0, beganAt: null });
      subscription.resume();
      await world.until(async () => (await state())?.state === 'retrying');
      expect(await state()).toMatchObject({ attempts: 1, lastError: 'Error: again' });
      expect((await traced(bus, id)).isSettled).toBe(false);
      await world.untilLater(() => seen.length === 2);
      expect(await state()).toMatchObject({ state: 'running', attempts: 2 });
      expect((await state())?.beganAt).not.toBeNull();
      door.open();
      await world.until(async () => (await state())?.state === 'handled');
      expect(await state()).toMatchObject({ attempts: 2, lastError: 'Error: again' });
    },
  },
  {
    title: 'of a plain event that was handled at once only that is known',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.results', handler, { group: 'team' });
      await bus.subscribe('lab.results', () => undefined, { group: 'others', types: ['other'] });
      const id = await bus.publish('lab.results', { type: 'result' });
      await world.until(() => seen.length === 1);
      await bus.subscribe('lab.results', () => undefined, { group: 'late' });
      await world.until(async () => (await traced(bus, id)).isSettled);
      const trace = await traced(bus, id);
      expect(handlingsOf(trace, 'result')).toEqual([
        {
          group: 'team',
          state: 'handled',
          attempts: 1,
          beganAt: null,
          endedAt: null,
          tookMs: null,
          lastError: null,
          deadLetterId: null,
        },
      ]);
    },
  },
  {
    title: 'a dead letter that was redriven shows where its event is now',
    async run(world) {
      const bus = await world.open();
      let broken = true;
      const subscription = await bus.subscribe(
        'lab.results',
        () => {
          if (broken) throw permanentError('broken');
        },
        { group: 'team' },
      );
      const id = await bus.publish('lab.results', { type: 'result', requestId: 'ask' });
      const state = async (): Promise<TraceHandling | undefined> =>
        handlingsOf(await traced(bus, 'ask'), 'result')[0];
      await world.until(async () => (await state())?.state === 'dead');
      const first = (await state())?.deadLetterId;
      await bus.deadLetters.redrive([first ?? '']);
      await world.until(async () => ((await state())?.deadLetterId ?? first) !== first);
      expect(await state()).toMatchObject({ state: 'dead', attempts: 1 });
      const second = (await state())?.deadLetterId;
      await subscription.stop();
      await bus.deadLetters.redrive([second ?? '']);
      expect((await state())?.state).toBe('waiting');
      broken = false;
      const { seen, handler } = world.recorder();
      await bus.subscribe('lab.results', handler, { group: 'team' });
      await world.until(async () => (await state())?.state === 'handled');
      expect(seen.map(({ event }) => event.id)).toEqual([id]);
      expect((await traced(bus, 'ask')).roots[0]?.children.length).toBe(2);
    },
  },
  {
    title: 'an event that expired unhandled is known from its dead letter',
    async run(world) {
      const bus = await world.open();
      const subscription = await bus.subscribe('lab.results', () => undefined, { group: 'team' });
      await subscription.stop();
      const id = await bus.publish('lab.results', {
        type: 'result',
        expiresInMs: 5_000,
        workspaceId: 'w1',
      });
      await world.untilLater(async () => (await bus.deadLetters.list()).total === 1, 1_000);
      await world.until(async () => (await bus.getMessage(id)) === null);
      const trace = await traced(bus, id);
      expect(trace.roots).toMatchObject([
        {
          id,
          presence: 'gone',
          event: { type: 'result', workspaceId: 'w1' },
          handlings: [{ group: 'team', state: 'expired' }],
          children: [{ presence: 'stored', event: { type: 'dead_letter:expired' } }],
        },
      ]);
      expect(trace.counts).toMatchObject({ events: 1, missing: 1 });
    },
  },
  {
    title: 'a publish that was refused stands in the trace of what caused it',
    async run(world) {
      const bus = await world.open({ strict: true, channels: [{ name: 'lab.results' }] });
      await bus.subscribe(
        'lab.results',
        async (_, context) => {
          await context.publish('lab.nowhere', { type: 'stray' }).catch(() => undefined);
        },
        { group: 'team' },
      );
      const id = await bus.publish('lab.results', { type: 'result' });
      await world.until(async () => (await bus.deadLetters.list()).total === 1);
      const trace = await traced(bus, id);
      expect(typesOf(trace)).toEqual(['result', 'stray', 'dead_letter:routing_error']);
      expect(trace.roots[0]?.children[0]).toMatchObject({ presence: 'refused', handlings: [] });
    },
  },
  {
    title: 'a delayed event joins its story when its time has come',
    async run(world) {
      const bus = await world.open();
      await bus.publish('lab.results', { type: 'now', requestId: 'ask' });
      await bus.publish('lab.results', { type: 'later', requestId: 'ask', delayMs: 5_000 });
      expect(typesOf(await traced(bus, 'ask'))).toEqual(['now']);
      await world.untilLater(async () => (await traced(bus, 'ask')).counts.events === 2, 1_000);
      expect(typesOf(await traced(bus, 'ask'))).toEqual(['now', 'later']);
    },
  },
  {
    title: 'what is known of a story goes with its events',
    async run(world) {
      const bus = await world.open({ channels: [{ name: 'lab.>', retentionMs: 60_000 }] });
      const { id } = await tellStory(world, bus);
      await world.advance(61_000);
      await world.untilLater(async () => (await bus.getMessage(id)) === null, 1_000);
      await world.untilLater(async () => (await bus.trace(id))?.counts.events === 1, 1_000);
      // The dead letter lives longer than what it tells of.
      expect(typesOf(await traced(bus, id))).toEqual(['?', 'check', 'dead_letter:max_retries_exceeded']);
    },
  },
  {
    title: 'a trace survives that the bus is closed and opened again',
    needs: 'durable',
    async run(world) {
      const bus = await world.open();
      const { id } = await tellStory(world, bus);
      const before = await traced(bus, id);
      const again = await world.reopen(bus);
      expect(await again.trace(id)).toEqual(before);
    },
  },
];

/** `bus.trace`: what a request set off. */
export const traceBehaviours: readonly Behaviour[] = [...chains, ...states];
