import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeEvent, encodeEvent, EventEncoder, fromWire, toWire } from './codec.ts';
import { priorities, type BusEvent } from './event.ts';

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
const perhaps = fc.option(text, { nil: null });
const anEvent: fc.Arbitrary<BusEvent> = fc.record({
  id: fc.uuid({ version: 7 }).map((uuid) => `evt_${uuid}`),
  type: fc.constantFrom('a.b', 'asset_generated:image'),
  channel: fc.constantFrom('lab.results', 'a-1.b_2'),
  workspaceId: perhaps,
  priority: fc.constantFrom(...priorities),
  sourceAgentId: perhaps,
  destinationGuild: perhaps,
  requestId: text,
  causationId: perhaps,
  hops: fc.nat(100),
  trail: fc.option(fc.stringMatching(/^(?:[\w-]{12}){1,3}$/), { nil: null }),
  timestamp: fc
    .date({ min: new Date(0), max: new Date(4e12), noInvalidDate: true })
    .map((date) => date.toISOString()),
  version: fc.integer({ min: 1, max: 99 }),
  payload: fc.jsonValue().filter((value) => value !== null),
  orderingKey: perhaps,
  replyTo: fc.constantFrom(null, 'sys.reply.p_1'),
  budgetId: perhaps,
  expiresAt: fc.constantFrom(null, '2026-01-01T00:00:00.000Z'),
});

describe('the codec', () => {
  it('gives back any event as it was', () => {
    fc.assert(
      fc.property(anEvent, (event) => {
        // JSON itself knows no negative zero; that is not this codec's to keep.
        const payloadJson = JSON.stringify(event.payload);
        const expected: BusEvent = { ...event, payload: JSON.parse(payloadJson) as unknown };
        expect(decodeEvent(encodeEvent(event, payloadJson))).toEqual(expected);
        expect(fromWire(toWire(event))).toEqual(expected);
      }),
    );
  });

  it('writes an event alike whatever it has written before', () => {
    const encoder = new EventEncoder();
    let last: BusEvent | undefined;
    fc.assert(
      fc.property(anEvent, fc.boolean(), fc.boolean(), (drawn, samePlace, sameMoment) => {
        const { type, channel, workspaceId, priority, sourceAgentId, destinationGuild } = last ?? drawn;
        const place = samePlace
          ? { type, channel, workspaceId, priority, sourceAgentId, destinationGuild }
          : {};
        const { timestamp, version } = last ?? drawn;
        const event: BusEvent = { ...drawn, ...place, ...(sameMoment ? { timestamp, version } : {}) };
        last = event;
        expect(encoder.encode(event, '{}')).toBe(encodeEvent(event, '{}'));
      }),
    );
  });

  it('writes snake_case and leaves out what is absent', () => {
    const wire = toWire(
      fromWire({ id: 'evt_1', type: 't', channel: 'c', timestamp: 'now', payload: { camelCase: 1 } }),
    );
    expect(wire).toEqual({
      id: 'evt_1',
      type: 't',
      channel: 'c',
      priority: 'normal',
      request_id: 'evt_1',
      hops: 0,
      timestamp: 'now',
      version: 1,
      payload: { camelCase: 1 },
    });
  });

  it('reads what foreign writers write: missing and null fields get their defaults, unknown ones are ignored', () => {
    const event = fromWire({
      id: 'x',
      type: 't',
      channel: 'c',
      timestamp: 'now',
      workspace_id: null,
      colour: 'red',
    });
    expect(event).toMatchObject({ workspaceId: null, priority: 'normal', hops: 0, version: 1, payload: {} });
  });

  it('takes a trail that is none for no trail: the event is still good', () => {
    const wire = { id: 'x', type: 't', channel: 'c', timestamp: 'now' };
    for (const trail of ['', 'short', '"}injected{"', 7]) {
      expect(fromWire({ ...wire, trail }).trail).toBeNull();
    }
    expect(fromWire({ ...wire, trail: 'abcdefghijkl' }).trail).toBe('abcdefghijkl');
  });

  it.each([
    ['no JSON', '{'],
    ['no object', '7'],
    ['no id', '{"type":"t","channel":"c","timestamp":"now"}'],
    ['a wrong priority', '{"id":"x","type":"t","channel":"c","timestamp":"now","priority":"urgent"}'],
    ['a negative hop count', '{"id":"x","type":"t","channel":"c","timestamp":"now","hops":-1}'],
  ])('refuses a body with %s as malformed', (_, body) => {
    expect(() => decodeEvent(body)).toThrow(expect.objectContaining({ code: 'malformed_input' }));
  });
});
