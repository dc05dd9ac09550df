import specs from '@asyncapi/specs';
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { toAsyncApi, type AsyncApiDocument } from './async-api.ts';
import { defineContract } from './contract.ts';
import { encodeEvent } from './codec.ts';
import type { BusEvent } from './event.ts';

const placed = defineContract(
  'order.placed',
  1,
  z.object({ order: z.string().min(1), at: z.coerce.date(), note: z.string().default('') }),
);
const placedAgain = defineContract('order.placed', 2, z.object({ order: z.string(), rush: z.boolean() }));
interface Tree {
  readonly name: string;
  readonly parts: readonly Tree[];
}
const tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), parts: z.array(tree) }));
const planned = defineContract('plan.made', 1, z.object({ plan: tree }));
const closed = defineContract('door.closed', 1, z.object({ door: z.string() }));

const shop = toAsyncApi({
  title: 'The shop',
  version: '1.2.3',
  description: 'Orders.',
  channels: [
    {
      name: 'shop.orders',
      retentionMs: 60_000,
      limits: { eventsMax: 100, bytesMax: 1_000 },
      carries: 'Orders.',
    },
    { name: 'shop.*.doors.>', contracts: [closed], expired: 'drop' },
    { name: 'shop.plans' },
  ],
  routes: [
    { type: 'order.*', channel: 'shop.orders' },
    { type: 'plan.made', channel: () => undefined, leadsTo: ['shop.plans'] },
  ],
  contracts: [placed, placedAgain, planned],
});

/** Resolves `$ref`s within the document, which AsyncAPI's own schema does not look at. */
function danglingRefs(document: AsyncApiDocument): string[] {
  const dangling: string[] = [];
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, item] of Object.entries(value)) {
      if (key === '$ref' && !resolves(document, String(item))) dangling.push(String(item));
      else visit(item);
    }
  };
  visit(document);
  return dangling;
}

function resolves(document: unknown, ref: string): boolean {
  let value = document;
  for (const part of ref.slice(2).split('/')) {
    if (typeof value !== 'object' || value === null || !(part in value)) return false;
    value = (value as Record<string, unknown>)[part];
  }
  return ref.startsWith('#/');
}

function schemaErrors(document: unknown): unknown {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
  const { definitions, ...schema } = structuredClone(specs.schemas['3.0.0']) as Record<string, object>;
  for (const [id, definition] of Object.entries(definitions ?? {})) {
    if (!ajv.getSchema(id)) ajv.addSchema(definition, id);
  }
  const validate = ajv.compile(schema);
  return validate(JSON.parse(JSON.stringify(document))) ? [] : validate.errors;
}

describe('the AsyncAPI document of a bus', () => {
  it('is valid by the official schema, also for a bus of which nothing is declared', () => {
    expect(schemaErrors(shop)).toEqual([]);
    expect(schemaErrors(toAsyncApi({ title: 'Empty', version: '0' }))).toEqual([]);
    expect(schemaErrors({ ...shop, info: {} })).not.toEqual([]);
  });

  it('leads nowhere that is not in it', () => {
    expect(danglingRefs(shop)).toEqual([]);
  });

  it('has every channel with its address, what it keeps and what is routed to it', () => {
    expect(shop.channels['shop.orders']).toEqual({
      address: 'shop.orders',
      title: 'shop.orders',
      description: 'Orders.',
      messages: {
        'order.placed.v1': { $ref: '#/components/messages/order.placed.v1' },
        'order.placed.v2': { $ref: '#/components/messages/order.placed.v2' },
        any_event: { $ref: '#/components/messages/any_event' },
      },
      'x-retention-ms': 60_000,
      'x-expired': 'dead_letter',
      'x-strict-types': false,
      'x-events-max': 100,
      'x-bytes-max': 1_000,
      'x-routed-types': ['order.*'],
    });
    expect(shop.channels['shop.any.doors.rest']).toMatchObject({
      address: 'shop.{segment2}.doors.{rest}',
      title: 'shop.*.doors.>',
      messages: { 'door.closed.v1': {} },
      parameters: { segment2: {}, rest: {} },
      'x-strict-types': true,
    });
    expect(shop.channels['shop.plans']).toMatchObject({ messages: { 'plan.made.v1': {} } });
    expect(shop.channels['sys.state.update']).toMatchObject({ 'x-expired': 'drop' });
    expect(Object.keys(shop.channels['sys.dlq.expired']?.['messages'] ?? {})).toEqual(['dead_letter']);
  });

  it('has an operation in each direction for every channel', () => {
    expect(Object.keys(shop.operations)).toHaveLength(2 * Object.keys(shop.channels).length);
    expect(shop.operations['receive_shop.orders']).toMatchObject({
      action: 'receive',
      channel: { $ref: '#/channels/shop.orders' },
    });
  });

  it('describes what publishers give, not what handlers get', () => {
    expect(shop.components.schemas['order.placed.v1']).toMatchObject({ required: ['order', 'at'] });
    expect(shop.components.schemas['plan.made.v1']).toMatchObject({ type: 'object' });
  });

  it('fits the events that the bus stores', () => {
    const ajv = new Ajv({ strict: false, validateFormats: false });
    const validate = ajv.compile({ ...shop, $ref: '#/components/messages/order.placed.v2/payload' });
    const event: BusEvent = {
      id: 'evt_1',
      type: 'order.placed:web',
      channel: 'shop.orders',
      workspaceId: 'w1',
      priority: 'high',
      sourceAgentId: null,
      destinationGuild: null,
      requestId: 'evt_1',
      causationId: null,
      hops: 0,
      trail: null,
      timestamp: '2026-01-01T00:00:00.000Z',
      version: 2,
      payload: {},
      orderingKey: null,
      replyTo: null,
      budgetId: null,
      expiresAt: null,
    };
    const fits = (fields: Partial<BusEvent>, payload: unknown): boolean =>
      validate(JSON.parse(encodeEvent({ ...event, ...fields }, JSON.stringify(payload))));
    expect(fits({}, { order: 'A', rush: true })).toBe(true);
    expect(fits({}, { order: 'A' })).toBe(false);
    expect(fits({ type: 'order.placed_too' }, { order: 'A', rush: true })).toBe(false);
    expect(fits({ version: 1 }, { order: 'A', rush: true })).toBe(false);
  });

  it('is the same every time', () => {
    const options = { title: 'x', version: '1', contracts: [planned, placed] };
    expect(JSON.stringify(toAsyncApi(options))).toBe(JSON.stringify(toAsyncApi(options)));
  });
});
