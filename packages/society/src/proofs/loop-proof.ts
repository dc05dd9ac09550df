/**
 * The proof "Loop it": two agents on the real bus that answer each other without end, until the loop breaker refuses an answer. Nothing in here
 * counts, stops or pretends: the agents are two durable groups like any other, and they end because their publish is refused.
 */
import type { Bus, Handler, Subscription } from 'raptorflow/bus';
import {
  isRaptorFlowError,
  Lifecycle,
  RaptorFlowError,
  type Clock,
  type Ids,
  type Logger,
  type Service,
  type Timer,
} from 'raptorflow/kernel';
import { loopProofChannel, loopProofRetentionMs, type ProofTurn } from '../topology/index.ts';

/** How the proof is run. */
export interface LoopProofOptions {
  /** How long an agent waits before it answers, so that people can watch. Default 300. */
  readonly turnMs?: number;
  /** After so long the agents are taken off the bus, whatever has happened. Default 30,000. */
  readonly runMsMax?: number;
}

/** What it works with. */
export interface LoopProofDeps {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** A proof that has begun. */
export interface BegunLoop {
  /** The request of the whole story: `bus.trace` shows it. */
  readonly requestId: string;
  /** The first event, which the others answer. */
  readonly eventId: string;
}

/** The proof. `start` forgets the groups of proofs whose events are gone; `stop` takes running agents off the bus. */
export interface LoopProof extends Service {
  /** Starts the agents and says the first word. Throws `conflict` while a proof of the workspace is running. */
  begin(workspaceId: string): Promise<BegunLoop>;
}

interface ProofAgent {
  readonly code: string;
  readonly group: string;
  readonly says: string;
}

const ping: ProofAgent = { code: 'PROOF-PING', group: 'proof.ping', says: 'Is it done?' };
const pong: ProofAgent = { code: 'PROOF-PONG', group: 'proof.pong', says: 'Nearly. Would you look again?' };
const agents: readonly ProofAgent[] = [ping, pong];
const turnType = 'proof_turn';
const lookEveryMs = 100;

/** Builds the proof. */
export function createLoopProof(options: LoopProofOptions, deps: LoopProofDeps): LoopProof {
  const { bus, ids, logger } = deps;
  const turnMs = options.turnMs ?? 300;
  const stopping = new AbortController();
  const busy = new Map<string, Promise<void>>();
  const groups = createGroupKeeper(deps);
  const lifecycle = new Lifecycle('the loop proof', {
    start: () => groups.forgetOld(),
    async stop() {
      stopping.abort();
      await Promise.all(busy.values());
      groups.stop();
    },
  });

  const begin = async (workspaceId: string, subscriptions: Subscription[]): Promise<BegunLoop> => {
    for (const agent of agents) {
      const how = { group: agent.group, name: agent.code, types: [turnType], concurrency: 4 };
      const handler = answerAs(agent, deps.clock, turnMs);
      subscriptions.push(await bus.subscribe(loopProofChannel, handler, how));
    }
    const requestId = ids.next('req');
    const payload: ProofTurn = { turn: 1, text: ping.says };
    const draft = { type: turnType, workspaceId, requestId, sourceAgentId: ping.code, payload };
    return { requestId, eventId: await bus.publish(loopProofChannel, draft) };
  };

  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (stopOptions) => lifecycle.stop(stopOptions),
    async begin(workspaceId) {
      assertFree(stopping.signal, busy.has(workspaceId));
      const subscriptions: Subscription[] = [];
      const begun = begin(workspaceId, subscriptions);
      const ended = begun
        .then(({ requestId }) =>
          waitForEnd(deps, { workspaceId, requestId, signal: stopping.signal }, options),
        )
        .catch((error: unknown) => {
          if (isRaptorFlowError(error, 'cancelled')) return;
          logger.warn('A loop proof could not be watched to its end; its agents are taken off the bus.', {
            error,
          });
        })
        .then(() => Promise.all(subscriptions.map((subscription) => subscription.stop())))
        .then(() => groups.forgetOld())
        .finally(() => busy.delete(workspaceId));
      busy.set(workspaceId, ended);
      return begun;
    },
  };
}

function assertFree(stopping: AbortSignal, isBusy: boolean): void {
  if (stopping.aborted) {
    throw new RaptorFlowError('unavailable', 'The server is stopping; run the proof again when it is back.');
  }
  if (!isBusy) return;
  throw new RaptorFlowError(
    'conflict',
    'A loop proof is running in this workspace already. It ends by itself within seconds; watch it, then start the next one.',
  );
}

/** An agent that answers whatever the other one says, for ever. */
function answerAs(agent: ProofAgent, clock: Clock, turnMs: number): Handler {
  return async (event, context) => {
    if (event.sourceAgentId === agent.code) return;
    await clock.sleep(turnMs, context.signal);
    const { turn } = event.payload as ProofTurn;
    const payload: ProofTurn = { turn: turn + 1, text: agent.says };
    // The agent has no way out but this: when the breaker refuses, the publish throws, and so does the agent.
    await context.publish(loopProofChannel, { type: turnType, sourceAgentId: agent.code, payload });
  };
}

/** Resolves when no group has anything of the story left to do, or after `runMsMax`. */
async function waitForEnd(
  { bus, clock }: LoopProofDeps,
  story: { readonly workspaceId: string; readonly requestId: string; readonly signal: AbortSignal },
  { runMsMax = 30_000 }: LoopProofOptions,
): Promise<void> {
  const { workspaceId, requestId, signal } = story;
  const deadline = clock.monotonic() + runMsMax;
  while (clock.monotonic() < deadline) {
    await clock.sleep(lookEveryMs, signal);
    const trace = await bus.trace(requestId, { workspaceId });
    if (trace?.isSettled === true) return;
  }
}

/**
 * Traces name the groups that handled an event, so the groups stay as long as their events do, and are then forgotten.
 */
function createGroupKeeper({ bus, clock, logger }: LoopProofDeps): {
  forgetOld(): Promise<void>;
  stop(): void;
} {
  const names = new Set(agents.map((agent) => agent.group));
  let timer: Timer | undefined;
  let stopped = false;
  const forgetOld = async (): Promise<void> => {
    timer?.cancel();
    timer = undefined;
    try {
      const found = (await bus.groups.list()).filter(({ name, members }) => names.has(name) && members === 0);
      const ages = found.map(({ lastSeenAt }) => clock.now() - Date.parse(lastSeenAt));
      if (Math.min(...ages) < loopProofRetentionMs) {
        if (stopped) return;
        timer = clock.setTimeout(() => void forgetOld(), loopProofRetentionMs - Math.min(...ages)).unref();
        return;
      }
      for (const { name } of found) await bus.groups.delete(name);
    } catch (error) {
      logger.warn('The groups of old loop proofs could not be forgotten; the next start tries again.', {
        error,
      });
    }
  };
  return {
    forgetOld,
    stop() {
      stopped = true;
      timer?.cancel();
    },
  };
}
