/** What callers change is recorded before it is changed. */
import {
  installationChain,
  type AuditActor,
  type AuditTarget,
  type AuditTrail,
  type JsonObject,
} from '@raptorflow/runtime';
import { toRaptorFlowError, type ErrorKind } from 'raptorflow/kernel';

/** What is about to be done. */
export interface AuditedDoing<T = unknown> {
  /** Dotted, as `member.remove`. */
  readonly action: string;
  /** `installation` where it concerns more than the workspace of the call. */
  readonly chain?: 'workspace' | 'installation';
  readonly target?: AuditTarget;
  /** What it was done to, where only the result tells. */
  readonly targetOf?: (result: T) => AuditTarget;
  readonly details?: JsonObject;
  /** What else the outcome says. */
  readonly resultOf?: (result: T) => JsonObject;
}

/** Who asks, and where. */
export interface AuditedCaller {
  readonly actor: AuditActor;
  readonly workspaceId: string | undefined;
  readonly correlationId: string;
}

/** Kinds of errors that refuse: nothing was done, and nothing is broken. */
const refusing: ReadonlySet<ErrorKind> = new Set([
  'invalid',
  'refused',
  'unauthenticated',
  'forbidden',
  'not-found',
  'conflict',
  'exhausted',
  'budget-exceeded',
]);

/**
 * Records the intent, does the work, records its outcome. Without a durable intent the work is not begun. When the outcome of work that
 * succeeded cannot be recorded, this rejects although the work is done, and the intent stays open.
 */
export async function audited<T>(
  trail: AuditTrail,
  caller: AuditedCaller,
  doing: AuditedDoing<T>,
  work: () => T | Promise<T>,
): Promise<T> {
  const isGlobal = doing.chain === 'installation' || caller.workspaceId === undefined;
  const entry = {
    workspaceId: isGlobal ? installationChain : caller.workspaceId,
    action: doing.action,
    actor: caller.actor,
    correlationId: caller.correlationId,
    target: doing.target ?? null,
  };
  const { id: intentId } = await trail.append({ ...entry, phase: 'intent', details: doing.details ?? {} });
  const outcome = { ...entry, phase: 'outcome', intentId } as const;
  let result: T;
  try {
    result = await work();
  } catch (error) {
    const { code, kind, message } = toRaptorFlowError(error);
    const details = { error: { code, message } };
    // What the work failed with says more than that this could not be recorded; then the intent stays open.
    await trail
      .append({ ...outcome, outcome: refusing.has(kind) ? 'refused' : 'failed', details })
      .catch(() => undefined);
    throw error;
  }
  const target = doing.targetOf?.(result) ?? entry.target;
  await trail.append({ ...outcome, target, outcome: 'ok', details: doing.resultOf?.(result) ?? {} });
  return result;
}

/** A validated body as details: what is absent is left out. */
export function asJson(body: object): JsonObject {
  return JSON.parse(JSON.stringify(body)) as JsonObject;
}
