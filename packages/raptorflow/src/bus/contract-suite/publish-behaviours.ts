import { expect } from 'vitest';
import { z } from 'zod';
import { createIds, isId } from '../../kernel/index.ts';
import { defineContract } from '../contract.ts';
import { numbered, type Behaviour } from './world.ts';

const measured = defineContract('test.measured', 1, z.object({ value: z.number().positive() }));
const count = async (bus: { health(): Promise<{ events: number | null }> }): Promise<number | null> =>
  (await bus.health()).events;

/** Delivery rules 1, 7, 10, 11 and 14, and the envelope. */
export const publishBehaviours: readonly Behaviour[] = [
  {
    title: 'publish answers an id by which the event is found at once',
    async run(world) {
      const bus = await world.open();
      const id = await bus.publish('lab.results', numbered(1));
      expect(isId(id, 'evt')).toBe(true);
      expect(await bus.getMessage(id)).toMatchObject({ id, channel: 'lab.results', payload: { n: 1 } });
    },
  },
  {
    title: 'every field of a draft is found again in the event',
    async run(world) {
      const bus = await world.open();
      const draft = {
        type: 'asset_generated:email_subject',
        payload: { text: 'Grüße "an" alle\n\u2028' },
        priority: 'critical',
        workspaceId: 'ws "one"',
        sourceAgentId: 'MUS-001',
        destinationGuild: 'muse',
        requestId: 'req-1',
        budgetId: 'bud-1',
        orderingKey: 'key-1',
        expiresInMs: 60_000,
        version: 3,
      } as const;
      const id = await bus.publish('lab.results', draft);
      const { expiresInMs: _, ...kept } = draft;
      expect(await bus.getMessage(id)).toEqual({
        ...kept,
        id,
        channel: 'lab.results',
        causationId: null,
        hops: 0,
        trail: null,
        replyTo: null,
        timestamp: '2026-01-01T00:00:00.000Z',
        expiresAt: '2026-01-01T00:01:00.000Z',
      });
    },
  },
  {
    title: 'a bare draft gets the documented defaults',
    async run(world) {
      const bus = await world.open();
      const id = await bus.publish('lab.results', { type: 'test.event' });
      expect(await bus.getMessage(id)).toMatchObject({
        priority: 'normal',
        workspaceId: null,
        requestId: id,
        hops: 0,
        version: 1,
        payload: {},
      });
    },
  },
  {
    title: 'publishMany stores all events and answers their ids in order',
    async run(world) {
      const bus = await world.open();
      const ids = await bus.publishMany('lab.results', [numbered(1), numbered(2), numbered(3)]);
      const found = await Promise.all(ids.map((id) => bus.getMessage(id)));
      expect(found.map((event) => event?.payload)).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    },
  },
  {
    title: 'publishMany on several channels makes an event of its own on each',
    async run(world) {
      const bus = await world.open();
      const ids = await bus.publishMany(['lab.a', 'lab.b'], [numbered(1), numbered(2)]);
      expect(new Set(ids).size).toBe(4);
      const found = await Promise.all(ids.map((id) => bus.getMessage(id)));
      expect(found.map((event) => event?.channel)).toEqual(['lab.a', 'lab.a', 'lab.b', 'lab.b']);
    },
  },
  {
    title: 'publishMany stores nothing when one draft is refused',
    async run(world) {
      const bus = await world.open({ contracts: [measured] });
      const drafts = [numbered(1), { type: 'test.measured', payload: { value: -1 } }];
      await expect(bus.publishMany('lab.results', drafts)).rejects.toMatchObject({
        code: 'schema_violation',
      });
      expect(await bus.replayChannel('lab.results', () => undefined)).toBe(0);
    },
  },
  {
    title: 'an id made beforehand is kept, and publishing it again stores nothing',
    async run(world) {
      const bus = await world.open();
      const id = createIds({ clock: world.clock }).next('evt');
      expect(await bus.publish('lab.results', numbered(1, { id }))).toBe(id);
      expect(await bus.publish('lab.results', numbered(1, { id }))).toBe(id);
      expect(await count(bus)).toBe(1);
      expect(bus.metrics().deduplicated).toBe(1);
    },
  },
  {
    title: 'a repeated id reaches no handler a second time',
    async run(world) {
      const bus = await world.open();
      const group = world.recorder();
      const live = world.recorder();
      await bus.subscribe('lab.results', group.handler, { group: 'readers' });
      await bus.subscribe('lab.results', live.handler);
      const id = createIds({ clock: world.clock }).next('evt');
      await bus.publish('lab.results', numbered(1, { id }));
      await bus.publish('lab.results', numbered(1, { id }));
      await world.until(() => group.seen.length > 0 && live.seen.length > 0);
      await world.quiet(bus);
      expect([group.seen.length, live.seen.length]).toEqual([1, 1]);
    },
  },
  {
    title: 'a dedupe key answers the first id within its window and stores nothing',
    async run(world) {
      const bus = await world.open({ limits: { dedupeWindowMs: 60_000 } });
      const first = await bus.publish('lab.results', numbered(1, { dedupeKey: 'order-7' }));
      await world.advance(59_000);
      expect(await bus.publish('lab.results', numbered(2, { dedupeKey: 'order-7' }))).toBe(first);
      expect(await count(bus)).toBe(1);
      await world.advance(2_000);
      expect(await bus.publish('lab.results', numbered(3, { dedupeKey: 'order-7' }))).not.toBe(first);
    },
  },
  {
    title: 'a dedupe key counts within one channel and workspace only',
    async run(world) {
      const bus = await world.open();
      const draft = numbered(1, { dedupeKey: 'same' });
      const ids = new Set([
        await bus.publish('lab.a', draft),
        await bus.publish('lab.b', draft),
        await bus.publish('lab.a', { ...draft, workspaceId: 'w1' }),
        await bus.publish('lab.a', { ...draft, workspaceId: 'w2' }),
      ]);
      expect(ids.size).toBe(4);
    },
  },
  {
    title: 'two publishes of one dedupe key at the same moment store one event',
    async run(world) {
      const bus = await world.open();
      const drafts = Array.from({ length: 20 }, (_, n) => numbered(n, { dedupeKey: 'once' }));
      const ids = await Promise.all(drafts.map((draft) => bus.publish('lab.results', draft)));
      expect(new Set(ids).size).toBe(1);
      expect(await count(bus)).toBe(1);
    },
  },
  {
    title: 'a delayed event is seen by nobody before its time and by everybody after it',
    async run(world) {
      const bus = await world.open();
      const group = world.recorder();
      const live = world.recorder();
      await bus.subscribe('lab.results', group.handler, { group: 'readers' });
      await bus.subscribe('lab.results', live.handler);
      const id = await bus.publish('lab.results', numbered(1, { delayMs: 5_000 }));
      await world.advance(4_900);
      await world.quiet(bus);
      expect([group.seen.length, live.seen.length, await bus.getMessage(id)]).toEqual([0, 0, null]);
      await world.advance(200);
      await world.until(() => group.seen.length === 1 && live.seen.length === 1);
      expect(await bus.getMessage(id)).toMatchObject({ id });
    },
  },
  {
    title: 'a delayed event with the same id is not stored twice either',
    async run(world) {
      const bus = await world.open();
      const id = createIds({ clock: world.clock }).next('evt');
      await bus.publish('lab.results', numbered(1, { id, delayMs: 1_000 }));
      await bus.publish('lab.results', numbered(1, { id, delayMs: 1_000 }));
      await bus.publish('lab.results', numbered(1, { id }));
      await world.advance(1_100);
      await world.until(async () => (await count(bus)) === 1);
      await world.quiet(bus);
      expect(await count(bus)).toBe(1);
    },
  },
  {
    title: 'a payload that breaks its contract is refused with the issues and kept as a dead letter',
    async run(world) {
      const bus = await world.open({ contracts: [measured] });
      const publish = bus.publish('lab.results', { type: 'test.measured', payload: { value: -5 } });
      await expect(publish).rejects.toMatchObject({
        code: 'schema_violation',
        details: { issues: [{ path: 'value' }] },
      });
      const { items } = await bus.deadLetters.list({ reason: 'schema_violation' });
      expect(items).toMatchObject([
        { channel: 'lab.results', group: null, event: { type: 'test.measured', payload: { value: -5 } } },
      ]);
      expect(await bus.replayChannel('lab.results', () => undefined)).toBe(0);
    },
  },
  {
    title: 'the body of a refused event is cut to its limit',
    async run(world) {
      const bus = await world.open({ contracts: [measured], limits: { deadLetterTextBytesMax: 100 } });
      const payload = { value: 'x'.repeat(5_000) };
      await bus.publish('lab.results', { type: 'test.measured', payload }).catch(() => undefined);
      const { items } = await bus.deadLetters.list();
      expect(String(items[0]?.event.payload)).toHaveLength(100);
    },
  },
  {
    title: 'a subtype is held against the contract of its base type',
    async run(world) {
      const bus = await world.open({ contracts: [measured] });
      const wrong = bus.publish('lab.results', { type: 'test.measured:daily', payload: {} });
      await expect(wrong).rejects.toMatchObject({ code: 'schema_violation' });
      await bus.publish('lab.results', { type: 'test.measured:daily', payload: { value: 1 } });
      expect(await bus.replayChannel('lab.results', () => undefined)).toBe(1);
    },
  },
  {
    title: 'a version without a contract is refused',
    async run(world) {
      const bus = await world.open({ contracts: [measured] });
      const draft = { type: 'test.measured', version: 9, payload: { value: 1 } };
      await expect(bus.publish('lab.results', draft)).rejects.toMatchObject({ code: 'schema_violation' });
    },
  },
  {
    title: 'a channel with contracts takes no other types',
    async run(world) {
      const channels = [{ name: 'lab.results', contracts: [measured] }];
      const bus = await world.open({ channels });
      await expect(bus.publish('lab.results', numbered(1))).rejects.toMatchObject({
        code: 'schema_violation',
      });
      await bus.publish('lab.results', { type: 'test.measured', payload: { value: 2 } });
    },
  },
  {
    title: 'a strict bus refuses undeclared channels and keeps the attempt as a dead letter',
    async run(world) {
      const bus = await world.open({ strict: true, channels: [{ name: 'lab.*' }] });
      await bus.publish('lab.results', numbered(1));
      await expect(bus.publish('attic.results', numbered(2))).rejects.toMatchObject({
        code: 'routing_error',
      });
      const { items } = await bus.deadLetters.list({ reason: 'routing_error' });
      expect(items).toMatchObject([{ channel: 'attic.results', event: { payload: { n: 2 } } }]);
    },
  },
  {
    title: 'route publishes by the routing table, and what no rule covers becomes a dead letter',
    async run(world) {
      const routes = [{ type: 'crisis', channel: 'sys.alert.critical' }];
      const bus = await world.open({ routes });
      const routed = await bus.route({ type: 'crisis:press', payload: { n: 1 } });
      const lifted = await bus.route({
        event_type: 'workspace.created',
        workspace_id: 'w1',
        correlation_id: 'req-9',
        payload: { n: 2 },
      });
      expect((await bus.getMessage(routed))?.channel).toBe('sys.alert.critical');
      expect(await bus.getMessage(lifted)).toMatchObject({
        channel: 'sys.workspace.lifecycle',
        workspaceId: 'w1',
        requestId: 'req-9',
      });
      await expect(bus.route(numbered(3))).rejects.toMatchObject({ code: 'routing_error' });
      expect((await bus.deadLetters.list({ reason: 'routing_error' })).total).toBe(1);
    },
  },
  {
    title: 'an event over the payload limit is refused before it reaches the engine',
    async run(world) {
      const bus = await world.open();
      const payload = { text: 'ä'.repeat(140_000) };
      const publish = bus.publish('lab.results', { type: 'test.event', payload });
      await expect(publish).rejects.toMatchObject({ code: 'payload_too_large' });
      expect(await count(bus)).toBe(0);
    },
  },
  {
    title: 'names, keys and payloads that cannot be accepted are refused with a message',
    async run(world) {
      const bus = await world.open();
      const refused = { code: 'invalid_input' };
      const cyclic: Record<string, unknown> = {};
      cyclic['self'] = cyclic;
      await expect(bus.publish('', numbered(1))).rejects.toMatchObject(refused);
      await expect(bus.publish('Lab.Results', numbered(1))).rejects.toMatchObject(refused);
      await expect(bus.publish('lab.*', numbered(1))).rejects.toMatchObject(refused);
      await expect(bus.publish('lab', { type: 'Not A Type' })).rejects.toMatchObject(refused);
      await expect(bus.publish('lab', numbered(1, { id: 'evt_1' }))).rejects.toMatchObject(refused);
      await expect(bus.publish('lab', numbered(1, { dedupeKey: '' }))).rejects.toMatchObject(refused);
      await expect(bus.publish('lab', numbered(1, { delayMs: -1 }))).rejects.toMatchObject(refused);
      await expect(bus.publish('lab', { type: 'test', payload: cyclic })).rejects.toMatchObject(refused);
      await expect(bus.publish('lab', { type: 'test', payload: 1n })).rejects.toMatchObject(refused);
      expect(await count(bus)).toBe(0);
    },
  },
  {
    title: 'a channel with a limit of events refuses more, all or nothing, until some have expired',
    async run(world) {
      const channels = [{ name: 'lab.results', retentionMs: 10_000, limits: { eventsMax: 3 } }];
      const bus = await world.open({ channels });
      await bus.publish('lab.results', numbered(1));
      const three = [numbered(2), numbered(3), numbered(4)];
      await expect(bus.publishMany('lab.results', three)).rejects.toMatchObject({
        code: 'exhausted',
        details: { channel: 'lab.results', limit: 'eventsMax', max: 3 },
      });
      expect(await count(bus)).toBe(1);
      await world.advance(12_000);
      await world.until(async () => (await count(bus)) === 0);
      await bus.publishMany('lab.results', three);
    },
  },
  {
    title: 'a channel with a limit of bytes refuses what does not fit',
    async run(world) {
      const channels = [{ name: 'lab.results', limits: { bytesMax: 2_000 } }];
      const bus = await world.open({ channels });
      await bus.publish('lab.results', { type: 'test.event', payload: 'x'.repeat(1_000) });
      const second = bus.publish('lab.results', { type: 'test.event', payload: 'x'.repeat(1_000) });
      await expect(second).rejects.toMatchObject({ code: 'exhausted', details: { limit: 'bytesMax' } });
    },
  },
  {
    title: 'publishMany says what it stored on other channels when one is full',
    async run(world) {
      const channels = [{ name: 'lab.full', limits: { eventsMax: 1 } }];
      const bus = await world.open({ channels });
      await bus.publish('lab.full', numbered(0));
      const error: unknown = await bus
        .publishMany(['lab.a', 'lab.full'], [numbered(1)])
        .catch((e: unknown) => e);
      expect(error).toMatchObject({ code: 'exhausted', details: { published: [expect.any(String)] } });
      expect(await bus.replayChannel('lab.a', () => undefined)).toBe(1);
    },
  },
  {
    title: 'more waiting publishes than the limit are refused instead of held',
    async run(world) {
      const bus = await world.open({ limits: { pendingPublishesMax: 5 } });
      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) => bus.publish('lab.results', numbered(n))),
      );
      const refused = results.filter((result) => result.status === 'rejected');
      expect(refused.map(({ reason }) => (reason as { code: string }).code)).toEqual(
        Array(3).fill('exhausted'),
      );
      expect(await count(bus)).toBe(5);
    },
  },
  {
    title: 'ambient facts fill in what a draft leaves out, and no more',
    async run(world) {
      const bus = await world.open({}, { ambient: () => ({ workspaceId: 'w1', requestId: 'req-1' }) });
      const plain = await bus.getMessage(await bus.publish('lab.results', numbered(1)));
      const own = await bus.getMessage(
        await bus.publish('lab.results', numbered(1, { workspaceId: null, requestId: 'req-2' })),
      );
      expect(plain).toMatchObject({ workspaceId: 'w1', requestId: 'req-1' });
      expect(own).toMatchObject({ workspaceId: null, requestId: 'req-2' });
    },
  },
];
