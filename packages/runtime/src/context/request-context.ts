import { AsyncLocalStorage } from 'node:async_hooks';
import type { Ids } from 'raptorflow/kernel';

/** On whose behalf, and as part of what, the present code runs. Every field is absent where it is not known. */
export interface RequestContext {
  readonly userId?: string;
  readonly workspaceId?: string;
  /** The user's role in the workspace. */
  readonly role?: string;
  /** Ties together everything that one request, or one event, set off. */
  readonly correlationId?: string;
  readonly agentId?: string;
  readonly runId?: string;
}

// The storage is per asynchronous call tree, so it is not state that callers share.
const storage = new AsyncLocalStorage<RequestContext>();
const empty: RequestContext = Object.freeze({});

/** Runs `fn`, and everything it starts, inside a context: the surrounding one with the given fields replaced. */
export function runWithContext<T>(context: RequestContext, fn: () => T): T {
  return storage.run(Object.freeze({ ...storage.getStore(), ...context }), fn);
}

/** The context of the running code; empty outside of any. */
export function currentContext(): RequestContext {
  return storage.getStore() ?? empty;
}

const correlationId = /^[A-Za-z0-9._-]{1,128}$/;

/** The caller's correlation id (the value of `X-Correlation-ID`) when it is well formed, else a new one. */
export function correlationIdFrom(value: unknown, ids: Ids): string {
  return typeof value === 'string' && correlationId.test(value) ? value : ids.next('cor');
}
