import { defineContract, encodeEvent, fromWire, type Contract, type EventDraft } from 'raptorflow/bus';
import { z } from 'zod';

/** The length of an encoded event, in bytes. */
export const bodyBytes = 415;

/** Where they are published, and a pattern that finds them. */
export const readingChannel = 'bench.sensors.reading';
export const readingPattern = 'bench.*.reading';
const readingType = 'bench.reading';

const schema = z.strictObject({
  index: z.int().nonnegative(),
  agent: z.string().min(1),
  confidence: z.number().min(0).max(1),
  tags: z.array(z.string()).max(8),
  text: z.string(),
});

/** What a reading carries. */
export type Reading = z.infer<typeof schema>;

/** The contract of the events that all contestants carry; ours checks it at publishing and at handling. */
export const readingContract: Contract<'bench.reading', 1, typeof schema> = defineContract(
  readingType,
  1,
  schema,
);

/** Added to the running number, so that all events have the same length. */
const firstNumber = 10_000_000;

/** The running number of an event. */
export function indexOf(payload: Pick<Reading, 'index'>): number {
  return payload.index - firstNumber;
}

const sampleId = 'evt_01990000-0000-7000-8000-000000000000';
const sample = fromWire({
  id: sampleId,
  type: readingType,
  channel: readingChannel,
  workspace_id: 'ws_0',
  priority: 'normal',
  request_id: sampleId,
  hops: 0,
  timestamp: '2026-01-01T00:00:00.000Z',
  version: 1,
  payload: {},
});

function payloadWith(index: number, text: string): Reading {
  return { index: firstNumber + index, agent: 'agent_research', confidence: 0.5, tags: ['bench'], text };
}

const padding = 'x'.repeat(bodyBytes - encodeEvent(sample, JSON.stringify(payloadWith(0, ''))).length);

/** The payload of an event. */
function payloadOf(index: number): Reading {
  return payloadWith(index, padding);
}

/** What is given to `publish`. */
export function draftOf(index: number, workspaces: number): EventDraft<'bench.reading', Reading> {
  return { type: readingType, workspaceId: `ws_${index % workspaces}`, payload: payloadOf(index) };
}

const sampleWire = JSON.parse(encodeEvent(sample, '{}')) as Record<string, unknown>;

/** The same event for a peer, as an object whose JSON has the same length. */
export function objectOf(index: number): { readonly payload: Reading } {
  return { ...sampleWire, payload: payloadOf(index) };
}

/** The same as text. */
export function textOf(index: number): string {
  return JSON.stringify(objectOf(index));
}

/** The running number that a text of `textOf` carries. */
export function indexOfText(text: string): number {
  return indexOf((JSON.parse(text) as { payload: Reading }).payload);
}
