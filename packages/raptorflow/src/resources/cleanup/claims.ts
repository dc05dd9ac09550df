import type { Cause, Claims, Holding } from './record.ts';
import type { CleanupTaskDefinition } from './task.ts';

/** Who asks for a run, by the store's clock. */
export interface Claimant {
  readonly processId: string;
  readonly now: number;
  readonly leaseMs: number;
}

/**
 * The answer to a claim:
 * - `granted`: the run is the claimant's until its lease ends;
 * - `decided`: somebody ran it or runs it, or it was skipped;
 * - `overlap`: the task runs already; the run is skipped or waits, as the claims now say;
 * - `given_up`: too many processes have died of it.
 */
export type Claimed =
  | { readonly kind: 'granted'; readonly claims: Claims; readonly holding: Holding }
  | { readonly kind: 'decided' }
  | { readonly kind: 'overlap'; readonly claims: Claims; readonly isWaiting: boolean }
  | { readonly kind: 'given_up'; readonly claims: Claims };

/** Keys that are remembered; a time of a schedule that is forgotten moves `decidedUpTo`. */
const decidedMax = 200;
/** A run that has killed so many processes is not given to another one. */
export const takeoversMax = 3;

/** Asks for a run. Nothing is changed; what changes is in the answer. */
export function claim(
  claims: Claims,
  cause: Cause,
  pace: CleanupTaskDefinition['pace'],
  claimant: Claimant,
): Claimed {
  const held = claims.holdings.find(({ key }) => key === cause.key);
  if (held)
    return held.until > claimant.now || held.isOver ? { kind: 'decided' } : takeOver(claims, held, claimant);
  const isWaiting = claims.waiting?.key === cause.key;
  if (!isWaiting && isDecided(claims, cause)) return { kind: 'decided' };
  if (claims.holdings.length >= (pace.overlap === 'allow' ? pace.concurrencyMax : 1)) {
    if (isWaiting) return { kind: 'overlap', claims, isWaiting };
    const noted = decide(claims, cause);
    if (pace.overlap !== 'wait' || claims.waiting)
      return { kind: 'overlap', claims: noted, isWaiting: false };
    return { kind: 'overlap', claims: { ...noted, waiting: cause }, isWaiting: true };
  }
  const noted = isWaiting ? { ...claims, waiting: null } : decide(claims, cause);
  const holding: Holding = {
    ...cause,
    token: claims.token + 1,
    processId: claimant.processId,
    until: claimant.now + claimant.leaseMs,
    takeovers: 0,
    isOver: false,
  };
  return {
    kind: 'granted',
    claims: { ...noted, token: holding.token, holdings: [...claims.holdings, holding] },
    holding,
  };
}

/** Lengthens a lease; undefined when the run is no longer the holder's. A lease that has ended and that nobody took is its holder's still. */
export function renew(claims: Claims, token: number, { now, leaseMs }: Claimant): Claims | undefined {
  return changed(claims, token, (holding) => ({ ...holding, until: now + leaseMs }));
}

/** Ends a run; undefined when it is no longer the holder's. */
export function release(claims: Claims, token: number): Claims | undefined {
  if (!claims.holdings.some((holding) => holding.token === token)) return undefined;
  return { ...claims, holdings: claims.holdings.filter((holding) => holding.token !== token) };
}

/** Marks a run as over whose action still works; undefined when it is no longer the holder's. */
export function linger(claims: Claims, token: number): Claims | undefined {
  return changed(claims, token, (holding) => ({ ...holding, isOver: true }));
}

/** Gives a run back, to whichever process takes it next; undefined when it is no longer the holder's. */
export function giveBack(claims: Claims, token: number): Claims | undefined {
  return changed(claims, token, (holding) => ({ ...holding, until: 0 }));
}

/** Runs whose processes have died or given them back. */
export function abandoned(claims: Claims, now: number): readonly Holding[] {
  return claims.holdings.filter(({ until }) => until <= now);
}

function takeOver(claims: Claims, held: Holding, claimant: Claimant): Claimed {
  const others = claims.holdings.filter((holding) => holding !== held);
  const takeovers = held.until === 0 ? held.takeovers : held.takeovers + 1;
  if (takeovers > takeoversMax) return { kind: 'given_up', claims: { ...claims, holdings: others } };
  const holding: Holding = {
    ...held,
    token: claims.token + 1,
    processId: claimant.processId,
    until: claimant.now + claimant.leaseMs,
    takeovers,
  };
  return {
    kind: 'granted',
    claims: { ...claims, token: holding.token, holdings: [...others, holding] },
    holding,
  };
}

function isDecided(claims: Claims, { key, at }: Cause): boolean {
  return claims.decided.includes(key) || (at !== null && at <= claims.decidedUpTo);
}

function decide(claims: Claims, { key, at }: Cause): Claims {
  const decided = [...claims.decided, key];
  const forgotten = decided.length > decidedMax ? decided.shift() : undefined;
  const forgottenAt = forgotten?.startsWith('at:') ? Number(forgotten.slice(3)) : 0;
  return {
    ...claims,
    decided,
    decidedUpTo: Math.max(claims.decidedUpTo, forgottenAt),
    latestAt: at === null ? claims.latestAt : Math.max(at, claims.latestAt ?? 0),
  };
}

function changed(claims: Claims, token: number, change: (holding: Holding) => Holding): Claims | undefined {
  if (!claims.holdings.some((holding) => holding.token === token)) return undefined;
  return {
    ...claims,
    holdings: claims.holdings.map((holding) => (holding.token === token ? change(holding) : holding)),
  };
}
