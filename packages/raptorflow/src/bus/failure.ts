import { isRaptorFlowError, maskSecrets } from '../kernel/index.ts';
import type { ChainLink, FailureRecord } from './dead-letter.ts';

/** Characters of a message and of a stack that a record keeps. */
const messageCharactersMax = 2_000;
const stackCharactersMax = 8_000;

/** What a dead letter keeps of anything that was thrown. */
export function recordFailure(thrown: unknown): FailureRecord {
  if (!(thrown instanceof Error)) {
    return {
      name: 'NonError',
      message: cut(describe(thrown), messageCharactersMax),
      stack: null,
      code: null,
    };
  }
  const code = 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : null;
  return {
    name: thrown.name,
    message: cut(thrown.message, messageCharactersMax),
    stack: thrown.stack === undefined ? null : cut(thrown.stack, stackCharactersMax),
    code,
  };
}

/** Whether an error says that no retry can help. A loop is one: the next attempt would make it again. */
export function isPermanent(thrown: unknown): boolean {
  if (isRaptorFlowError(thrown, 'permanent_failure') || isLoop(thrown)) return true;
  return typeof thrown === 'object' && thrown !== null && 'permanent' in thrown && thrown.permanent === true;
}

/** Whether a handler failed because what it published would have made a loop. */
export function isLoop(thrown: unknown): boolean {
  return isRaptorFlowError(thrown, 'loop_detected');
}

/** The chain that a loop's error tells of; null when it tells of none. */
export function chainOf(thrown: unknown): readonly ChainLink[] | null {
  if (!isRaptorFlowError(thrown, 'loop_detected')) return null;
  const { chain } = thrown.details;
  // A handler may throw an error of its own making with this code.
  return Array.isArray(chain) && chain.every(isLink) ? chain : null;
}

function isLink(value: unknown): value is ChainLink {
  if (typeof value !== 'object' || value === null) return false;
  const { eventId, type, agentId } = value as Partial<ChainLink>;
  return (
    typeof eventId === 'string' &&
    typeof type === 'string' &&
    (agentId === null || typeof agentId === 'string')
  );
}

/** How long an error asks to wait, if it does. */
export function retryAfterOf(thrown: unknown): number | undefined {
  if (typeof thrown !== 'object' || thrown === null || !('retryAfterMs' in thrown)) return undefined;
  const wait = thrown.retryAfterMs;
  return typeof wait === 'number' && Number.isFinite(wait) && wait >= 0 ? wait : undefined;
}

// Masked before it is cut, so that no half of a secret is left without what it is known by.
function cut(given: string, max: number): string {
  const text = maskSecrets(given.slice(0, 4 * max));
  return text.length <= max ? text : `${text.slice(0, max)}…`;
}

function describe(value: unknown): string {
  if (typeof value === 'string') return value;
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
