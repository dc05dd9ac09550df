import { RaptorFlowError, type Logger } from '../kernel/index.ts';
import type {
  DeadLetter,
  DeadLetterChange,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetters,
} from './dead-letter.ts';
import { decodeDeadLetter } from './dead-letter-event.ts';
import type { EngineDeadLetters } from './engine.ts';
import type { EventDraft } from './event.ts';
import { toEpochMs } from './moments.ts';

const pageDefault = 100;
const pageMax = 1_000;
/** Letters that one call to the engine changes, so that a large redrive does not hold up publishers. */
const sliceLetters = 500;
/** Ids that an announcement names. */
const announcedIdsMax = 100;

/** What dead letters need from the bus. */
export interface DeadLetterParts {
  readonly engine: EngineDeadLetters;
  readonly log: Logger;
  readonly assertOpen: () => void;
  /** Publishes the announcement of a change. */
  readonly announce: (channel: string, draft: EventDraft) => Promise<unknown>;
}

/** Builds `bus.deadLetters`. */
export function createDeadLetters(parts: DeadLetterParts): DeadLetters {
  const { engine } = parts;
  return {
    async list(query = {}): Promise<DeadLetterPage> {
      parts.assertOpen();
      const { cursor = null, limit = pageDefault, ...filter } = query;
      if (!Number.isSafeInteger(limit) || limit < 1 || limit > pageMax) {
        throw new RaptorFlowError('invalid_input', `limit must be between 1 and ${pageMax}.`);
      }
      const page = await engine.list({ ...normal(filter), cursor, limit });
      return { ...page, items: page.items.map(decodeDeadLetter) };
    },
    async get(id): Promise<DeadLetter | null> {
      parts.assertOpen();
      const stored = await engine.get(id);
      return stored ? decodeDeadLetter(stored) : null;
    },
    async redrive(which, options = {}): Promise<DeadLetterChange> {
      parts.assertOpen();
      const rate = options.ratePerSecond;
      if (rate !== undefined && !(rate > 0)) {
        throw new RaptorFlowError('invalid_input', 'ratePerSecond must be more than 0.');
      }
      const spacingMs = rate === undefined ? 0 : 1_000 / rate;
      const change = await inSlices(which, (slice, done) =>
        engine.redrive(slice, { delayMs: done * spacingMs, spacingMs, limit: sliceLetters }),
      );
      await tell(parts, 'dead_letter.redriven', which, change);
      return change;
    },
    async discard(which): Promise<DeadLetterChange> {
      parts.assertOpen();
      const change = await inSlices(which, (slice) => engine.discard(slice, sliceLetters));
      await tell(parts, 'dead_letter.discarded', which, change);
      return change;
    },
  };
}

type Which = DeadLetterFilter | readonly string[];
type Slice = DeadLetterChange & { readonly more: boolean };

async function inSlices(
  which: Which,
  change: (slice: Which, done: number) => Promise<Slice>,
): Promise<DeadLetterChange> {
  let changed = 0;
  const refused: DeadLetterChange['refused'][number][] = [];
  const add = (slice: Slice): void => {
    changed += slice.changed;
    refused.push(...slice.refused.slice(0, Math.max(0, announcedIdsMax - refused.length)));
  };
  if (isIds(which)) {
    for (let at = 0; at < which.length; at += sliceLetters) {
      add(await change(which.slice(at, at + sliceLetters), changed));
    }
    return { changed, refused };
  }
  const filter = normal(which);
  for (let more = true; more;) {
    const slice = await change(filter, changed);
    add(slice);
    more = slice.more;
  }
  return { changed, refused };
}

// Changes are audited: in the log, and as an event that a ledger or a dashboard may follow.
async function tell(
  parts: DeadLetterParts,
  type: string,
  which: Which,
  change: DeadLetterChange,
): Promise<void> {
  if (change.changed === 0) return;
  const what = isIds(which) ? { ids: which.slice(0, announcedIdsMax) } : { filter: { ...which } };
  parts.log.info(`Dead letters changed: ${type}.`, { changed: change.changed, ...what });
  await parts.announce('sys.state.update', { type, payload: { changed: change.changed, ...what } });
}

function normal(filter: DeadLetterFilter): DeadLetterFilter {
  return filter.since === undefined ? filter : { ...filter, since: toEpochMs('since', filter.since) };
}

function isIds(which: Which): which is readonly string[] {
  return Array.isArray(which);
}
