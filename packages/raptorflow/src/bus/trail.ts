import { crc32 } from 'node:zlib';
import type { Cause } from './event.ts';

/*
 * The trail of an event is what the loop breaker remembers of its chain: twelve characters for each event since the start, the event itself
 * last. They are the base64url form of nine bytes: three times the low 24 bits of a CRC-32, of the agent's id (empty for none), of the type,
 * and of the payload as it is stored. An event that starts a chain has no trail; whoever follows it writes down both.
 */

const partCharacters = 4;
const entryCharacters = 3 * partCharacters;
/** Newest entries that a trail keeps. Chains end at `hopsMax` long before, unless that was raised. */
const trailEntriesMax = 64;
const trailForm = /^(?:[\w-]{12})+$/;

/** When a chain counts as a loop. */
export interface LoopLimits {
  readonly hopsMax: number;
  readonly loopRepeats: number;
  readonly alternationsMax: number;
}

/** Which rule a loop broke. */
export type LoopRule = 'hops' | 'repeats' | 'alternation';

/** Where an event stands in its chain. */
export interface ChainPlace {
  readonly hops: number;
  /** Itself included. */
  readonly trail: string;
}

const scratch = Buffer.alloc(9);
// A handler that publishes much names the same cause each time.
const firstEntries = new WeakMap<Cause, string>();

/** What a trail says of one event. */
export function trailEntry(agentId: string | null, type: string, payloadJson: string): string {
  scratch.writeUIntBE(agentId === null ? 0 : crc32(agentId) & 0xff_ff_ff, 0, 3);
  scratch.writeUIntBE(crc32(type) & 0xff_ff_ff, 3, 3);
  scratch.writeUIntBE(crc32(payloadJson) & 0xff_ff_ff, 6, 3);
  return scratch.toString('base64url');
}

/** The trail up to and including a cause; empty when nothing is known of it but its id. */
export function trailOf(cause: Cause): string {
  if (typeof cause.trail === 'string') return cause.trail;
  if (!isWhole(cause)) return '';
  const known = firstEntries.get(cause);
  if (known !== undefined) return known;
  const entry = trailEntry(cause.sourceAgentId ?? null, cause.type, JSON.stringify(cause.payload) ?? '');
  firstEntries.set(cause, entry);
  return entry;
}

/** Whether the trail of a cause can only be found by looking its event up. */
export function isUnplaced(cause: Cause): boolean {
  return typeof cause.trail !== 'string' && !isWhole(cause);
}

/** A trail with one more entry. */
export function extendTrail(trail: string, entry: string): string {
  const kept = (trailEntriesMax - 1) * entryCharacters;
  return (trail.length > kept ? trail.slice(-kept) : trail) + entry;
}

/** The trail of an event without its own entry. */
export function trailBefore(trail: string): string {
  return trail.slice(0, -entryCharacters);
}

/** A foreign writer's trail if it is one, else null: it is no reason to refuse the event. */
export function readTrail(value: unknown): string | null {
  return typeof value === 'string' && trailForm.test(value) ? value : null;
}

/** The rule that an event with this entry would break at the end of a chain, or null. */
export function findLoop(trail: string, entry: string, hops: number, limits: LoopLimits): LoopRule | null {
  if (hops > limits.hopsMax) return 'hops';
  if (countSame(trail, entry) + 1 >= limits.loopRepeats) return 'repeats';
  return countAlternations(trail, entry) > limits.alternationsMax ? 'alternation' : null;
}

function countSame(trail: string, entry: string): number {
  let count = 0;
  for (let at = 0; at < trail.length; at += entryCharacters) {
    if (trail.startsWith(entry, at)) count += 1;
  }
  return count;
}

// How often two agents have taken turns on the type, up to and including this event, without anything else in between.
function countAlternations(trail: string, entry: string): number {
  const type = entry.slice(partCharacters, 2 * partCharacters);
  const own = entry.slice(0, partCharacters);
  let other: string | undefined;
  let count = 0;
  for (let at = trail.length - entryCharacters; at >= 0; at -= entryCharacters) {
    if (!trail.startsWith(type, at + partCharacters)) break;
    const agent = trail.slice(at, at + partCharacters);
    other ??= agent;
    if (other === own || agent !== (count % 2 === 0 ? other : own)) break;
    count += 1;
  }
  return count;
}

interface WholeCause extends Cause {
  readonly type: string;
  readonly payload: unknown;
  readonly sourceAgentId?: string | null;
}

function isWhole(cause: Cause): cause is WholeCause {
  return 'type' in cause && typeof cause.type === 'string' && 'payload' in cause;
}
