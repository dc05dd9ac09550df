import { hash } from 'node:crypto';
import { isId, systemClock, type Clock } from '../kernel/index.ts';
import { readPriority } from './cloud-event.ts';
import {
  cloudEventMembers,
  readJson,
  refuseCloudEvent,
  type CloudEventMembers,
} from './cloud-event-format.ts';
import type { Cause } from './event.ts';
import { isEventType, nameBytesMax, shown } from './names.ts';
import type { RoutedDraft } from './routing.ts';
import { readTrail, trailBefore } from './trail.ts';

/** How a foreign CloudEvent becomes a draft. */
export interface CloudEventDraftOptions {
  /** Makes an event type of ours of a foreign one. Default: the type as it is, which must then be one. */
  readonly type?: (given: string) => string;
  /** For `expirytime`. Default: the system's. */
  readonly clock?: Clock;
}

/**
 * A draft that publishes a CloudEvent of ours or of anybody's, given as a JSON text or parsed. Correlation, causation and expiry are kept; an
 * event of ours keeps its id, a foreign one is deduplicated by its source and id, which is what makes a CloudEvent unique. The workspace is
 * the one that the event names: whoever lets strangers in sets his own.
 *
 * Throws `malformed_input` when it is no CloudEvent 1.0 in JSON, or its type is no event type.
 */
export function draftFromCloudEvent(json: unknown, options: CloudEventDraftOptions = {}): RoutedDraft {
  const { attributes, data } = cloudEventMembers(readJson(json));
  const { id, source } = attributes;
  const type = options.type?.(attributes.type) ?? attributes.type;
  if (!isEventType(type)) {
    throw refuseCloudEvent(
      `its type "${shown(type)}" is no event type: dotted segments of a–z, 0–9, _ and -, with an optional :subtype. Pass draftFromCloudEvent({ type }) to translate it`,
    );
  }
  const text = (name: string): string | undefined => textOf(attributes, name);
  const expiry = text('expirytime');
  const clock = options.clock ?? systemClock;
  const version = Number(attributes['dataversion']);
  return {
    type,
    payload: data ?? {},
    ...(isId(id, 'evt') ? { id } : { dedupeKey: shortKey(`${source}#${id}`) }),
    priority: readPriority(attributes['priority']),
    workspaceId: text('workspaceid'),
    sourceAgentId: text('sourceagentid'),
    destinationGuild: text('destinationguild'),
    requestId: text('correlationid'),
    causedBy: causeOf(attributes),
    budgetId: text('budgetid'),
    orderingKey: shortKey(text('partitionkey')),
    // One whose time is over is still published, so that its groups learn that it expired.
    expiresInMs: expiry === undefined ? undefined : Math.max(1, Date.parse(expiry) - clock.now()),
    version: Number.isSafeInteger(version) && version > 0 ? version : undefined,
  };
}

type Attributes = CloudEventMembers['attributes'];

function textOf(attributes: Attributes, name: string): string | undefined {
  const value = attributes[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

// Of an event of ours on its way back the chain goes on, so that a loop over another system is noticed as well.
function causeOf(attributes: Attributes): Cause | string | undefined {
  const id = textOf(attributes, 'causationid');
  const requestId = textOf(attributes, 'correlationid');
  const hops = Number(attributes['hops']);
  if (id === undefined || requestId === undefined || !Number.isSafeInteger(hops) || hops < 1) return id;
  return {
    id,
    requestId,
    hops: hops - 1,
    trail: trailBefore(readTrail(textOf(attributes, 'trail')) ?? ''),
    workspaceId: textOf(attributes, 'workspaceid') ?? null,
    budgetId: textOf(attributes, 'budgetid') ?? null,
  };
}

// Keys that are too long are told apart by their hash.
function shortKey<Key extends string | undefined>(key: Key): Key | string {
  return key === undefined || key.length <= nameBytesMax ? key : hash('sha256', key, 'base64url');
}
