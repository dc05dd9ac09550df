import { expect } from 'vitest';
import { isRaptorFlowError, RaptorFlowError } from '../../kernel/index.ts';
import type { Bus } from '../bus.ts';
import type { ChainLink } from '../dead-letter.ts';
import type { BusEvent } from '../event.ts';
import type { HandlerContext } from '../handler.ts';
import { numbered, type Behaviour, type World } from './world.ts';

interface Turn {
  readonly agent: string;
  readonly type: string;
  readonly payload: unknown;
}

// Publishes turns as a chain, each caused by the one before; answers what was stored and how it ended.
async function chainOf(
  bus: Bus,
  turns: readonly Turn[],
  byId = false,
): Promise<{ readonly stored: readonly BusEvent[]; readonly error: unknown }> {
  const stored: BusEvent[] = [];
  for (const { agent, type, payload } of turns) {
    const cause = stored.at(-1);
    const causedBy = byId ? cause?.id : cause;
    try {
      const id = await bus.publish('lab.chain', { type, payload, sourceAgentId: agent, causedBy });
      stored.push((await bus.getMessage(id)) as BusEvent);
    } catch (error) {
      return { stored, error };
    }
  }
  return { stored, error: undefined };
}

const pingPong = (length: number, payload: (n: number) => unknown): Turn[] =>
  Array.from({ length }, (_, n) => ({
    agent: n % 2 === 0 ? 'A-1' : 'B-2',
    type: 'talk',
    payload: payload(n),
  }));

// Two agents that answer each other's events for ever.
async function startPingPong(world: World, bus: Bus): Promise<{ seen: () => number; errors: unknown[] }> {
  const errors: unknown[] = [];
  const answer = (agent: string, to: string) => async (_: BusEvent, context: HandlerContext) => {
    try {
      await context.publish(to, { type: 'talk', payload: { words: 'and you?' }, sourceAgentId: agent });
    } catch (error) {
      errors.push(error);
      throw error;
    }
  };
  const first = world.recorder((seen, context) => answer('A-1', 'lab.b')(seen.event, context));
  const second = world.recorder((seen, context) => answer('B-2', 'lab.a')(seen.event, context));
  await bus.subscribe('lab.a', first.handler, { group: 'a' });
  await bus.subscribe('lab.b', second.handler, { group: 'b' });
  return { seen: () => first.seen.length + second.seen.length, errors };
}

/** Delivery rule 12. */
export const loopBehaviours: readonly Behaviour[] = [
  {
    title: 'two agents that answer each other with the same words are stopped within eight hops',
    async run(world) {
      const bus = await world.open();
      const { seen, errors } = await startPingPong(world, bus);
      await bus.publish('lab.a', { type: 'talk', payload: { words: 'and you?' }, sourceAgentId: 'B-2' });
      await world.until(() => errors.length === 1);
      await world.until(async () => (await bus.deadLetters.list()).total === 2);
      expect(seen()).toBeLessThanOrEqual(8);
      await world.advance(120_000);
      await world.quiet(bus);
      expect(errors.length, 'the handler that made the loop is not tried again').toBe(1);
      expect(errors[0]).toMatchObject({ code: 'loop_detected', details: { rule: 'repeats' } });
    },
  },
  {
    title: 'a loop becomes a dead letter and one critical alert, both with the chain',
    async run(world) {
      const bus = await world.open();
      const alerts = world.recorder();
      await bus.subscribe('sys.alert.*', alerts.handler);
      const { stored, error } = await chainOf(
        bus,
        pingPong(20, () => 'same'),
      );
      const chain = [
        ...stored.map(({ id, type, sourceAgentId }) => ({ eventId: id, type, agentId: sourceAgentId })),
        { eventId: expect.any(String) as string, type: 'talk', agentId: 'A-1' },
      ];
      expect(isRaptorFlowError(error, 'loop_detected') && error.details['chain']).toEqual(chain);
      const { items } = await bus.deadLetters.list({ reason: 'loop_detected' });
      expect(items).toMatchObject([{ channel: 'lab.chain', group: null, chain, event: { type: 'talk' } }]);
      expect((await bus.deadLetters.get(items[0]?.id ?? ''))?.chain).toEqual(chain);
      await world.until(() => alerts.seen.length === 1);
      const [alert] = alerts.seen;
      expect(alert?.event).toMatchObject({
        channel: 'sys.alert.critical',
        type: 'loop_detected',
        priority: 'critical',
        requestId: stored[0]?.id,
        causationId: stored.at(-1)?.id,
        hops: 0,
        payload: {
          rule: 'repeats',
          dead_letter_id: items[0]?.id,
          chain: chain.map((link) => ({
            event_id: link.eventId,
            type: link.type,
            agent_id: link.agentId,
          })),
        },
      });
      await chainOf(
        bus,
        pingPong(3, () => 'same'),
      );
      await bus.publish('lab.chain', { type: 'x', causedBy: stored.at(-1) });
      await bus
        .publish('lab.chain', {
          type: 'talk',
          payload: 'same',
          sourceAgentId: 'A-1',
          causedBy: stored.at(-1),
        })
        .catch(() => undefined);
      await world.quiet(bus);
      expect((await bus.deadLetters.list({ reason: 'loop_detected' })).total).toBe(2);
      expect(alerts.seen.length, 'one story alerts once').toBe(1);
    },
  },
  {
    title:
      'a handler that lets a loop through has its event filed as one, at once, beside the event that was refused',
    async run(world) {
      const bus = await world.open();
      const alerts = world.recorder();
      await bus.subscribe('sys.alert.*', alerts.handler);
      const { errors } = await startPingPong(world, bus);
      await bus.publish('lab.a', { type: 'talk', payload: { words: 'and you?' }, sourceAgentId: 'B-2' });
      await world.until(async () => (await bus.deadLetters.list()).total === 2);
      const { items } = await bus.deadLetters.list({ reason: 'loop_detected' });
      const [error] = errors;
      const chain = (isRaptorFlowError(error, 'loop_detected') && error.details['chain']) as ChainLink[];
      const [refused, handled] = [items.find((item) => !item.group), items.find((item) => item.group)];
      expect([refused?.event.id, handled?.event.id]).toEqual([chain.at(-1)?.eventId, chain.at(-2)?.eventId]);
      expect(handled).toMatchObject({
        reason: 'loop_detected',
        error: { code: 'loop_detected' },
        attemptCount: 1,
        attempts: [{ attempt: 1 }],
        chain,
      });
      expect(refused?.chain).toEqual(chain);
      await world.until(() => alerts.seen.length > 0);
      await world.advance(120_000);
      await world.quiet(bus);
      expect([errors.length, alerts.seen.length, (await bus.deadLetters.list()).total]).toEqual([1, 1, 2]);
      // What the group gave up can be given back to it; what was never published belongs to no group.
      expect(await bus.deadLetters.redrive([handled?.id ?? '', refused?.id ?? ''])).toMatchObject({
        changed: 1,
        refused: [{ id: refused?.id }],
      });
      await world.until(() => errors.length === 2);
    },
  },
  {
    title: 'a handler that sees to a refused loop itself has handled its event',
    async run(world) {
      const bus = await world.open({ limits: { hopsMax: 1 } });
      const { seen, handler } = world.recorder((_, context) =>
        context.publish('lab.steps', { type: 'step', payload: {} }).catch(() => undefined),
      );
      await bus.subscribe('lab.steps', handler, { group: 'team' });
      await bus.publish('lab.steps', { type: 'step', payload: {} });
      await world.until(() => seen.length === 2);
      await world.quiet(bus);
      const { items } = await bus.deadLetters.list();
      expect(items).toMatchObject([{ reason: 'loop_detected', group: null }]);
    },
  },
  {
    title:
      'an error of the handler itself that says it is a loop is believed, without a chain it does not tell',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(() => {
        throw new RaptorFlowError('loop_detected', 'Round again.', { details: { chain: ['odd'] } });
      });
      await bus.subscribe('lab.steps', handler, { group: 'team' });
      const id = await bus.publish('lab.steps', { type: 'step', payload: {} });
      await world.until(async () => (await bus.deadLetters.list()).total === 1);
      expect((await bus.deadLetters.list()).items).toMatchObject([
        { reason: 'loop_detected', group: 'team', chain: null, event: { id } },
      ]);
      expect(seen.length).toBe(1);
    },
  },
  {
    title: 'two agents that take turns on one type are stopped within eight hops, whatever they say',
    async run(world) {
      const bus = await world.open();
      const { stored, error } = await chainOf(
        bus,
        pingPong(20, (n) => ({ n })),
      );
      expect(error).toMatchObject({ code: 'loop_detected', details: { rule: 'alternation' } });
      expect(stored.length).toBeLessThanOrEqual(8);
    },
  },
  {
    title: 'a debate of three rounds passes, and after something else so does the next one',
    async run(world) {
      const bus = await world.open();
      const debate = (topic: string): Turn[] => [
        { agent: 'LORD-1', type: 'command', payload: { topic } },
        ...pingPong(7, (n) => ({ topic, n })),
      ];
      const turns = [...debate('first'), ...debate('second'), ...debate('third')];
      expect(await chainOf(bus, turns)).toMatchObject({ error: undefined });
    },
  },
  {
    title: 'a chain of ever new events ends at its 32 hops',
    async run(world) {
      const bus = await world.open();
      const turns = Array.from({ length: 40 }, (_, n) => ({
        agent: `A-${n % 5}`,
        type: `step.${n % 3}`,
        payload: { n },
      }));
      const { stored, error } = await chainOf(bus, turns);
      expect(stored.at(-1)?.hops).toBe(32);
      expect(error).toMatchObject({ code: 'loop_detected', details: { rule: 'hops', hops: 33 } });
      const [letter] = (await bus.deadLetters.list({ reason: 'loop_detected' })).items;
      expect(letter?.chain?.length).toBe(33);
    },
  },
  {
    title: 'a cause given by its id cannot escape: hops and history are those of the stored event',
    async run(world) {
      const bus = await world.open();
      const { stored, error } = await chainOf(
        bus,
        pingPong(20, () => 'same'),
        true,
      );
      expect(error).toMatchObject({ code: 'loop_detected', details: { rule: 'repeats' } });
      expect(stored.map(({ hops }) => hops)).toEqual(stored.map((_, n) => n));
      const unknown = await bus.publish('lab.chain', { type: 'talk', causedBy: 'elsewhere-7' });
      expect(await bus.getMessage(unknown)).toMatchObject({ hops: 1, causationId: 'elsewhere-7' });
    },
  },
  {
    title: 'publishMany looks causes up as well and stores nothing of a loop',
    async run(world) {
      const bus = await world.open();
      const turns = pingPong(6, () => 'same');
      const { stored } = await chainOf(bus, turns);
      const last = stored.at(-1)?.id;
      const drafts = [
        numbered(1, { causedBy: last }),
        { type: 'talk', payload: 'same', sourceAgentId: 'A-1', causedBy: last },
      ];
      await expect(bus.publishMany('lab.many', drafts)).rejects.toMatchObject({ code: 'loop_detected' });
      expect(await bus.replayChannel('lab.many', () => undefined)).toBe(0);
      const [id] = await bus.publishMany('lab.many', [numbered(1, { causedBy: last })]);
      expect(await bus.getMessage(id ?? '')).toMatchObject({ hops: 6 });
    },
  },
  {
    title: 'a cause without a trail still counts hops',
    async run(world) {
      const bus = await world.open();
      const foreign = {
        id: 'foreign-1',
        requestId: 'req-1',
        trail: null,
        workspaceId: null,
        budgetId: null,
      };
      const id = await bus.publish('lab.chain', numbered(1, { causedBy: { ...foreign, hops: 31 } }));
      expect(await bus.getMessage(id)).toMatchObject({ hops: 32 });
      const last = bus.publish('lab.chain', numbered(1, { causedBy: { ...foreign, hops: 32 } }));
      await expect(last).rejects.toMatchObject({ code: 'loop_detected' });
    },
  },
  {
    title: 'the same event many times from one cause is no loop: fan-outs and repeated attempts pass',
    async run(world) {
      const bus = await world.open();
      const { seen, handler } = world.recorder(async ({ attempt }, context) => {
        const drafts = Array.from({ length: 10 }, () => ({ type: 'part', payload: 'same' }));
        await Promise.all(drafts.map((draft) => context.publish('lab.parts', draft)));
        if (attempt < 3) throw new Error('again');
      });
      await bus.subscribe('lab.results', handler, { group: 'team', retry: { baseMs: 10 } });
      await bus.publish('lab.results', numbered(1));
      await world.untilLater(() => seen.length === 3, 10);
      await world.quiet(bus);
      expect(await bus.replayChannel('lab.parts', () => undefined)).toBe(30);
      expect(bus.metrics().deadLettered).toBe(0);
    },
  },
  {
    title: 'a handler of dead letters that makes a loop makes no further letters',
    async run(world) {
      const bus = await world.open({ limits: { hopsMax: 3 } });
      const { seen, handler } = world.recorder((_, context) =>
        context.publish('lab.help', { type: 'help.wanted', payload: {} }),
      );
      await bus.subscribe('sys.dlq.*', handler, { group: 'undertakers' });
      const turns = Array.from({ length: 5 }, (_, n) => ({ agent: `A-${n}`, type: 'step', payload: n }));
      await chainOf(bus, turns);
      await world.until(() => world.log.some(({ message }) => message.includes('made a loop')));
      await world.advance(300_000);
      await world.quiet(bus);
      expect(seen.length).toBe(1);
      expect((await bus.deadLetters.list()).total).toBe(1);
    },
  },
];
