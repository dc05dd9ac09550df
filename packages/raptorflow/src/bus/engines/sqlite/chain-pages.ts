import type { StoredChain, StoredEvent, StoredHandling } from '../../engine.ts';
import type { ChainHandling, ChainInput, ChainOutput } from './protocol.ts';

/** Events that one call to the program reads, so that a long story does not hold up publishers. */
const pageEvents = 500;

/** What the members of this process hold: each claim with the time at which its handler began, or 0 before that. */
export type Hand = Map<number, number>;

/** Reads a request's events page by page, at most `limit` of them. */
export async function readChain(
  page: (input: Omit<ChainInput, 'now'>) => Promise<ChainOutput>,
  hands: Iterable<Hand>,
  requestId: string,
  limit: number,
): Promise<StoredChain> {
  const members = [...hands];
  const events: StoredEvent[] = [];
  // After a redrive the newest dead letter knows best, and pages come oldest first.
  const handlings = new Map<string, StoredHandling>();
  let after: number | null = null;
  do {
    const output: ChainOutput = await page({
      requestId,
      after,
      limit: Math.min(pageEvents, limit - events.length),
    });
    events.push(...output.events);
    for (const handling of output.handlings) {
      handlings.set(`${handling.eventId}\n${handling.group}`, withBeginning(handling, members));
    }
    after = output.next;
  } while (after !== null && events.length < limit);
  return { events, handlings: [...handlings.values()], truncated: after !== null };
}

// The program knows who holds an event; whether its handler runs is known here.
function withBeginning({ ref, ...handling }: ChainHandling, members: readonly Hand[]): StoredHandling {
  if (ref === null) return handling;
  const begunAt = members.map((hand) => hand.get(ref)).find((at) => at !== undefined) ?? 0;
  const attempts = handling.attempts;
  if (begunAt > 0) return { ...handling, attempts, beganAt: handling.beganAt ?? begunAt };
  const before = attempts - 1;
  return { ...handling, attempts: before, state: before > 0 ? 'retrying' : 'waiting' };
}
