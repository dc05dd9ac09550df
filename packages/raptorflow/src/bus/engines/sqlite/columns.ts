import { priorities } from '../../event.ts';
import type { Delivery, NewEvent, Settlement } from '../../engine.ts';
import type {
  AppendColumns,
  DeliveryColumns,
  EventExtras,
  EventKind,
  SettlementColumns,
} from './protocol.ts';

/** Units of events as columns. */
export function packAppend(units: readonly (readonly NewEvent[])[]): AppendColumns {
  const kinds: EventKind[] = [];
  const kindIndexes = new Map<string, number>();
  const kind: number[] = [];
  let ids = '';
  let bodies = '';
  let requests: (string | null)[] | null = null;
  let extras: (EventExtras | null)[] | null = null;
  let single = true;
  let areNew = true;
  for (const unit of units) {
    if (unit.length !== 1) single = false;
    for (const event of unit) {
      const { channel, workspace, type } = event;
      const key = `${channel}\n${event.priority}\n${workspace}\n${type}`;
      let index = kindIndexes.get(key);
      if (index === undefined) {
        index = kinds.length;
        kindIndexes.set(key, index);
        kinds.push({ channel, workspace, priority: priorities.indexOf(event.priority), type });
      }
      if (kind.length > 0) {
        ids += '\n';
        bodies += '\n';
      }
      kind.push(index);
      ids += event.id;
      bodies += event.body;
      const { requestId } = event;
      if (requestId !== undefined) requests ??= nulls(kind.length - 1);
      requests?.push(requestId ?? null);
      if (event.isFresh !== true) areNew = false;
      const own = extrasOf(event);
      if (own) extras ??= nulls(kind.length - 1);
      extras?.push(own);
    }
  }
  const sizes = single ? null : units.map(({ length }) => length);
  return { units: sizes, kinds, kind, ids, areNew: areNew && extras === null, bodies, requests, extras };
}

function nulls(length: number): null[] {
  return Array.from({ length }, () => null);
}

function extrasOf(event: NewEvent): EventExtras | null {
  const { orderingKey, dedupeKey, delayMs, expiresInMs, deadLetter } = event;
  if (
    orderingKey === undefined &&
    dedupeKey === undefined &&
    delayMs === undefined &&
    expiresInMs === undefined &&
    deadLetter === undefined
  ) {
    return null;
  }
  return {
    orderingKey: orderingKey ?? null,
    dedupeKey: dedupeKey ?? null,
    dedupeMs: event.dedupeMs ?? 0,
    delayMs: delayMs ?? 0,
    expiresInMs: expiresInMs ?? null,
    deadLetter: deadLetter ?? null,
  };
}

/** A delivery on its way out of the program; `source` where its event is among those that the turn appends. */
export interface Handout extends Delivery {
  readonly source: number | undefined;
}

/** A member's deliveries as columns. */
export function packDeliveries(member: number, deliveries: readonly Handout[]): DeliveryColumns {
  const places: [string, string][] = [];
  const placeIndexes = new Map<string, number>();
  const place: number[] = [];
  const lastErrors: [number, string][] = [];
  const bodies: string[] = [];
  let sources: number[] | null = null;
  let first = true;
  for (const [at, delivery] of deliveries.entries()) {
    const { source } = delivery;
    if (source !== undefined) sources ??= Array.from({ length: at }, () => -1);
    else bodies.push(delivery.body);
    sources?.push(source ?? -1);
    const key = `${delivery.channel}\n${delivery.workspace}`;
    let index = placeIndexes.get(key);
    if (index === undefined) {
      index = places.length;
      placeIndexes.set(key, index);
      places.push([delivery.channel, delivery.workspace]);
    }
    place.push(index);
    if (delivery.attempt !== 1) first = false;
    if (delivery.lastError !== null) lastErrors.push([at, delivery.lastError]);
  }
  return {
    member,
    refs: deliveries.map(({ ref }) => ref),
    attempts: first ? null : deliveries.map(({ attempt }) => attempt),
    expiresAt: deliveries.map(({ expiresAt }) => expiresAt),
    places,
    place,
    sources,
    bodies: bodies.join('\n'),
    lastErrors: lastErrors.length === 0 ? null : lastErrors,
  };
}

/**
 * The deliveries again; `appended` is what the turn stored. References grow with every claim, over restarts too: they are the fencing
 * tokens.
 */
export function unpackDeliveries(columns: DeliveryColumns, appended: readonly NewEvent[]): Delivery[] {
  const { refs, attempts, expiresAt, places, place, sources, lastErrors } = columns;
  const errors = lastErrors === null ? null : new Map(lastErrors);
  const bodies = columns.bodies.split('\n');
  let nextBody = 0;
  const bodyOf = (source: number): string | undefined => {
    if (source >= 0) return appended[source]?.body;
    nextBody += 1;
    return bodies[nextBody - 1];
  };
  return refs.map((ref, at) => {
    const [channel, workspace] = places[place[at] as number] as readonly [string, string];
    return {
      ref,
      body: bodyOf(sources?.[at] ?? -1) as string,
      channel,
      workspace,
      fencingToken: ref,
      attempt: attempts === null ? 1 : (attempts[at] as number),
      expiresAt: expiresAt[at] as number,
      lastError: errors?.get(at) ?? null,
    };
  });
}

/** A member's settlements as columns. */
export function packSettlements(member: number, settlements: readonly Settlement[]): SettlementColumns {
  const done: number[] = [];
  let handled: [number, number, number][] | null = null;
  const others: SettlementColumns['others'][number][] = [];
  for (const settlement of settlements) {
    if (settlement.kind !== 'done') {
      others.push(settlement);
      continue;
    }
    const { ref, handling } = settlement;
    done.push(ref);
    if (handling) (handled ??= []).push([ref, handling.beganAt, handling.tookMs]);
  }
  return { member, done, handled, others };
}
