import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import type { Bus } from './bus.ts';
import {
  fromCloudEvent,
  fromCloudEventBatch,
  toCloudEvent,
  toCloudEventBatch,
  type CloudEventOptions,
} from './cloud-event.ts';
import { draftFromCloudEvent } from './cloud-event-draft.ts';
import { createBus } from './create-bus.ts';
import { sqliteEngine } from './engines/sqlite.ts';
import { priorities, type BusEvent } from './event.ts';

const from: CloudEventOptions = { source: 'https://raptor.example/bus' };
// oxlint-disable-next-line no-control-regex -- these characters are what is left out.
const plain = /^[^\u0000-\u001F\u007F-\u009F]+$/u;
const text = fc
  .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
  .filter((given) => plain.test(given));
const perhaps = fc.option(text, { nil: null });
const moment = fc
  .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
  .map((date) => date.toISOString());
const anId = fc.uuid({ version: 7 }).map((uuid) => `evt_${uuid}`);
const anEvent: fc.Arbitrary<BusEvent> = fc.record({
  id: anId,
  type: fc.constantFrom('a.b', 'asset_generated:image'),
  channel: fc.constantFrom('lab.results', 'a-1.b_2'),
  workspaceId: perhaps,
  priority: fc.constantFrom(...priorities),
  sourceAgentId: perhaps,
  destinationGuild: perhaps,
  requestId: text,
  causationId: fc.option(anId, { nil: null }),
  hops: fc.nat(100),
  trail: fc.constantFrom(null, 'abcdefgh-_12', 'abcdefgh-_12ABCDEFGH0123'),
  timestamp: moment,
  version: fc.integer({ min: 1, max: 99 }),
  payload: fc
    .jsonValue()
    .filter((value) => value !== null)
    .map((value) => JSON.parse(JSON.stringify(value)) as unknown),
  orderingKey: perhaps,
  replyTo: fc.constantFrom(null, 'sys.reply.p_1'),
  budgetId: perhaps,
  expiresAt: fc.option(moment, { nil: null }),
});

const foreign = {
  specversion: '1.0',
  id: 'A234-1234-1234',
  source: '/mycontext',
  type: 'com.example.someevent',
  time: '2026-04-05T17:31:00Z',
  comexampleextension1: 'value',
  comexampleothervalue: 5,
  datacontenttype: 'application/json',
  data: { appinfo: 'abc' },
};

describe('CloudEvents', () => {
  it('give back any event as it was, one by one and in a batch, parsed or as text', () => {
    fc.assert(
      fc.property(fc.array(anEvent, { maxLength: 4 }), (events) => {
        for (const event of events) {
          expect(fromCloudEvent(toCloudEvent(event, from))).toEqual(event);
          expect(fromCloudEvent(JSON.stringify(toCloudEvent(event, from)))).toEqual(event);
        }
        const batch = toCloudEventBatch(events, from);
        expect(fromCloudEventBatch(JSON.stringify(batch))).toEqual(events);
      }),
    );
  });

  it('have attributes of short names, and values that every binding can carry', () => {
    fc.assert(
      fc.property(anEvent, (event) => {
        const { data: _, ...attributes } = toCloudEvent(event, { ...from, sequence: '0001' });
        for (const [name, value] of Object.entries(attributes)) {
          expect(name).toMatch(/^[a-z0-9]{1,20}$/);
          expect(typeof value === 'string' || Number.isInteger(value)).toBe(true);
        }
      }),
    );
  });

  it('use the attributes that the specification and its extensions have', () => {
    const event: BusEvent = {
      id: 'evt_019c0000-0000-7000-8000-000000000001',
      type: 'order.placed',
      channel: 'shop.orders',
      workspaceId: 'w1',
      priority: 'high',
      sourceAgentId: null,
      destinationGuild: null,
      requestId: 'ask-1',
      causationId: 'evt_019c0000-0000-7000-8000-000000000000',
      hops: 1,
      trail: null,
      timestamp: '2026-01-01T00:00:00.000Z',
      version: 2,
      payload: { order: 'A-17' },
      orderingKey: 'A-17',
      replyTo: null,
      budgetId: null,
      expiresAt: '2026-01-02T00:00:00.000Z',
    };
    expect(toCloudEvent(event, { ...from, sequence: '00042' })).toEqual({
      specversion: '1.0',
      id: event.id,
      source: from.source,
      type: 'order.placed',
      time: '2026-01-01T00:00:00.000Z',
      correlationid: 'ask-1',
      causationid: 'evt_019c0000-0000-7000-8000-000000000000',
      expirytime: '2026-01-02T00:00:00.000Z',
      partitionkey: 'A-17',
      sequence: '00042',
      channel: 'shop.orders',
      workspaceid: 'w1',
      priority: 'high',
      hops: 1,
      dataversion: 2,
      datacontenttype: 'application/json',
      data: { order: 'A-17' },
    });
  });

  it.each([
    ['a source with white space', { source: 'my bus' }, {}],
    ['no source', { source: '' }, {}],
    ['a control character', from, { workspaceId: 'a\nb' }],
    ['half a character', from, { requestId: 'a\uD800' }],
  ])('cannot be written with %s', (_, options, fields) => {
    const [event] = fc.sample(anEvent, 1);
    expect(() => toCloudEvent({ ...(event as BusEvent), ...fields }, options)).toThrow(
      expect.objectContaining({ code: 'invalid_input' }),
    );
  });

  it.each([
    ['no JSON', '{'],
    ['no object', []],
    ['another version', { ...foreign, specversion: '0.3' }],
    ['no version', { id: '1', source: '/', type: 't' }],
    ['no id', { ...foreign, id: '' }],
    ['a number for its source', { ...foreign, source: 7 }],
    ['no type', { ...foreign, type: null }],
    ['a time that is none', { ...foreign, time: 'yesterday' }],
    ['an attribute name with a capital', { ...foreign, traceParent: 'x' }],
    ['an object for an attribute', { ...foreign, extra: {} }],
    ['a fraction for an attribute', { ...foreign, extra: 1.5 }],
    ['two forms of data', { ...foreign, data_base64: 'e30=' }],
    ['data that is no Base64', { ...foreign, data: undefined, data_base64: '%' }],
    ['Base64 that is not the JSON it says', { ...foreign, data: undefined, data_base64: 'eyI=' }],
    ['a type that is no event type', { ...foreign, type: 'Some Event' }],
  ])('are refused as malformed with %s', (_, json) => {
    expect(() => draftFromCloudEvent(json)).toThrow(expect.objectContaining({ code: 'malformed_input' }));
  });

  it('of other writers are no events of ours, and a batch says which one is wrong', () => {
    expect(() => fromCloudEvent(foreign)).toThrow(/draftFromCloudEvent/);
    const [event] = fc.sample(anEvent, 1);
    const batch = [toCloudEvent(event as BusEvent, from), foreign];
    expect(() => fromCloudEventBatch(batch)).toThrow(
      expect.objectContaining({ code: 'malformed_input', details: { index: 1 } }),
    );
    expect(() => fromCloudEventBatch({})).toThrow(expect.objectContaining({ code: 'malformed_input' }));
  });
});

describe('a draft of a CloudEvent', () => {
  it('takes data in whatever form it comes', () => {
    const payloadOf = (more: object): unknown =>
      draftFromCloudEvent({ ...foreign, data: undefined, ...more }).payload;
    expect(payloadOf({})).toEqual({});
    expect(payloadOf({ data: [1] })).toEqual([1]);
    expect(payloadOf({ datacontenttype: 'text/xml', data: '<a/>' })).toBe('<a/>');
    expect(payloadOf({ data_base64: 'eyJhIjoxfQ==' })).toEqual({ a: 1 });
    const bytes = { datacontenttype: 'image/png', data_base64: 'AAEC' };
    expect(payloadOf(bytes)).toEqual({ data_base64: 'AAEC', media_type: 'image/png' });
    expect(payloadOf({ datacontenttype: undefined, data_base64: 'AAEC' })).toEqual({
      data_base64: 'AAEC',
      media_type: null,
    });
  });

  it('is deduplicated by what makes a CloudEvent unique, however long that is', () => {
    expect(draftFromCloudEvent(foreign).dedupeKey).toBe('/mycontext#A234-1234-1234');
    const long = draftFromCloudEvent({ ...foreign, id: 'x'.repeat(500) }).dedupeKey;
    expect(long).toMatch(/^[\w-]{43}$/);
    expect(draftFromCloudEvent({ ...foreign, id: 'x'.repeat(501) }).dedupeKey).not.toBe(long);
  });

  it('translates types, reads times in any zone, and ends when the event says', () => {
    const clock = createFakeClock();
    const draft = draftFromCloudEvent(
      {
        ...foreign,
        type: 'Some Event',
        expirytime: new Date(clock.now() + 5_000).toISOString().replace('Z', '+00:00'),
      },
      { clock, type: (given) => given.toLowerCase().replaceAll(' ', '_') },
    );
    expect(draft).toMatchObject({ type: 'some_event', expiresInMs: 5_000 });
    const over = draftFromCloudEvent({ ...foreign, expirytime: '2001-01-01T00:00:00Z' }, { clock });
    expect(over.expiresInMs).toBe(1);
  });
});

describe('a bus and CloudEvents', () => {
  let bus: Bus;

  beforeEach(async () => {
    bus = createBus({
      engine: sqliteEngine({ path: ':memory:' }),
      routes: [{ type: 'com.example.*', channel: 'lab.foreign' }],
    });
    await bus.start();
  });

  afterEach(async () => {
    await bus.stop();
  });

  it('routes one of somebody else, once', async () => {
    const event = { ...foreign, correlationid: 'ask-1', partitionkey: 'k' };
    const id = await bus.route(draftFromCloudEvent(event));
    expect(await bus.getMessage(id)).toMatchObject({
      type: 'com.example.someevent',
      channel: 'lab.foreign',
      requestId: 'ask-1',
      orderingKey: 'k',
      payload: { appinfo: 'abc' },
    });
    expect(await bus.route(draftFromCloudEvent(event))).toBe(id);
  });

  it('carries an event over to another bus with its id and its place in its story', async () => {
    const root = await bus.publish('lab.a', { type: 'root', workspaceId: 'w1' });
    const cause = await bus.getMessage(root);
    const id = await bus.publish('lab.b', { type: 'follow', causedBy: cause ?? '' });
    const event = (await bus.getMessage(id)) as BusEvent;
    const other = createBus({ engine: sqliteEngine({ path: ':memory:' }) });
    await other.start();
    const draft = draftFromCloudEvent(JSON.stringify(toCloudEvent(event, from)));
    expect(await other.publish('lab.b', draft)).toBe(id);
    const { timestamp: _, ...arrived } = (await other.getMessage(id)) as BusEvent;
    expect(event).toMatchObject(arrived);
    await other.stop();
  });
});
