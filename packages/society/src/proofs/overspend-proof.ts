/**
 * The proof "Overspend it": a swarm of agents, all at once, on a budget of one cent. The calls go through the real dispatcher, the real
 * prices and the real ledger; only the model at the end is one of this process, so that no key is needed and no money is spent. It is
 * booked in a ledger beside the workspace's own: its month says what was really spent, before and after.
 */
import {
  createDispatcher,
  createModelCatalog,
  createPrices,
  formatUsd,
  type Budgets,
  type Dispatcher,
  type Ledger,
} from '@raptorflow/runtime';
import type { Bus } from 'raptorflow/bus';
import {
  isRaptorFlowError,
  Lifecycle,
  RaptorFlowError,
  type Clock,
  type Ids,
  type Logger,
  type Service,
} from 'raptorflow/kernel';
import { overspendProofChannel, type ProofSwarm } from '../topology/index.ts';
import {
  createRehearsalModel,
  rehearsalModel,
  rehearsalPrices,
  rehearsalProvider,
  type RehearsalModel,
} from './rehearsal-model.ts';

/** How the proof is run; all optional. */
export interface OverspendProofOptions {
  /** Default 200. */
  readonly agents?: number;
  /** Default 10,000: one cent. */
  readonly capMicroUsd?: number;
  /** How long the model thinks. Default 40. */
  readonly answerMs?: number;
  /** After so long whatever still runs is broken off. Default 30,000. */
  readonly runMsMax?: number;
}

/** What it works with. */
export interface OverspendProofDeps {
  readonly bus: Bus;
  readonly ledger: Ledger;
  readonly budgets: Pick<Budgets, 'find' | 'setCap'>;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly logger: Logger;
}

/** How it went. Amounts in integer micro-USD of rehearsal money. */
export interface Overspending {
  /** The request of the whole story: `bus.trace` shows it. */
  readonly requestId: string;
  readonly budgetId: string;
  readonly agents: number;
  readonly made: number;
  readonly refused: number;
  /** Calls that ended in another way: none, unless the server stops in the middle. */
  readonly failed: number;
  readonly atOnceMax: number;
  readonly capMicroUsd: number;
  readonly spentMicroUsd: number;
  readonly reservedMicroUsd: number;
  readonly uncertainMicroUsd: number;
  /** What is charged beyond the cap. */
  readonly overMicroUsd: number;
  /** What the model says that it served. */
  readonly billedMicroUsd: number;
  /** What the first call of every agent would have cost. */
  readonly unguardedMicroUsd: number;
  /** The first refusal, as the ledger said it. */
  readonly refusal: string | null;
  readonly tookMs: number;
}

/** The proof. `stop` breaks off what runs. */
export interface OverspendProof extends Service {
  /** Runs it to its end. Throws `conflict` while one of the workspace is running, and `unavailable` when the server stops. */
  run(workspaceId: string): Promise<Overspending>;
}

const outputTokens = 400;
// Longer than the allowance that every reservation makes for a provider's own words, as real prompts are.
const prompt = 'Read this page and write one line about it. '.repeat(90);
// The workspace's month is no concern of the proof: it must always have more than the cent.
const rehearsalMonthMicroUsd = 1_000_000_000;

/** The workspace that rehearsals are booked in: nobody's, but the ledger keeps it like any other. */
function rehearsalWorkspaceId(workspaceId: string): string {
  return `${workspaceId}.rehearsal`;
}

/** Builds the proof. */
export function createOverspendProof(
  options: OverspendProofOptions,
  deps: OverspendProofDeps,
): OverspendProof {
  const stopping = new AbortController();
  const busy = new Map<string, Promise<unknown>>();
  const lifecycle = new Lifecycle('the overspend proof', {
    start: async () => undefined,
    async stop() {
      stopping.abort();
      await Promise.allSettled(busy.values());
    },
  });
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (stopOptions) => lifecycle.stop(stopOptions),
    async run(workspaceId) {
      if (stopping.signal.aborted) {
        throw new RaptorFlowError(
          'unavailable',
          'The server is stopping; run the proof again when it is back.',
        );
      }
      if (busy.has(workspaceId)) {
        throw new RaptorFlowError(
          'conflict',
          'An overspend proof is running in this workspace already. It ends by itself within seconds; then start the next one.',
        );
      }
      const running = runSwarm(workspaceId, options, deps, stopping.signal).finally(() =>
        busy.delete(workspaceId),
      );
      busy.set(workspaceId, running);
      return running;
    },
  };
}

interface Swarm {
  readonly workspaceId: string;
  readonly budgetId: string;
  readonly requestId: string;
  readonly eventId: string;
  readonly signal: AbortSignal;
  readonly dispatcher: Dispatcher;
}

async function runSwarm(
  workspaceId: string,
  options: OverspendProofOptions,
  deps: OverspendProofDeps,
  stopping: AbortSignal,
): Promise<Overspending> {
  const { agents = 200, capMicroUsd = 10_000, answerMs = 40, runMsMax = 30_000 } = options;
  const { clock, ids, budgets } = deps;
  const startedAt = clock.monotonic();
  const budgetId = ids.next('bud');
  const shadow = rehearsalWorkspaceId(workspaceId);
  await budgets.setCap(shadow, { level: 'workspace', subject: '' }, rehearsalMonthMicroUsd);
  await budgets.setCap(shadow, { level: 'budget', subject: budgetId }, capMicroUsd);
  const requestId = ids.next('req');
  const say = teller(deps.bus, { workspaceId, requestId, budgetId });
  const eventId = await say('proof_swarm_started', {
    text: `${agents} agents call at once, on a budget of $${formatUsd(capMicroUsd)} in rehearsal money.`,
    cap_usd: formatUsd(capMicroUsd),
  });
  const model = createRehearsalModel({ answerMs }, { clock });
  const dispatcher = createDispatcher(
    { deadlineMs: runMsMax },
    {
      models: createModelCatalog({}, { providers: [model] }),
      prices: createPrices(rehearsalPrices),
      ledger: deps.ledger,
      clock,
      ids,
      logger: deps.logger,
    },
  );
  const swarm = { workspaceId: shadow, budgetId, requestId, eventId, signal: stopping, dispatcher };
  const tallies = await Promise.all(
    Array.from({ length: agents }, (_, index) => workUntilRefused(swarm, agentName(index), say, clock)),
  );
  const standing = await budgets.find(shadow, { level: 'budget', subject: budgetId }, '');
  const result = sumUp({ agents, capMicroUsd, requestId, budgetId }, tallies, standing, model.bill());
  await sayHowItEnded(say, eventId, result);
  return { ...result, tookMs: Math.round(clock.monotonic() - startedAt) };
}

/** What one agent did. */
interface Tally {
  made: number;
  refusal: { readonly text: string; readonly atMs: number } | null;
  failed: number;
  firstMicroUsd: number | null;
}

/** An agent knows no budget: it goes on until it is refused. */
async function workUntilRefused(swarm: Swarm, agent: string, say: Say, clock: Clock): Promise<Tally> {
  const tally: Tally = { made: 0, refusal: null, failed: 0, firstMicroUsd: null };
  const said: Promise<string>[] = [];
  for (;;) {
    try {
      const { callId, costMicroUsd } = await swarm.dispatcher.dispatch({
        workspaceId: swarm.workspaceId,
        model: `${rehearsalProvider}:${rehearsalModel}`,
        messages: [{ role: 'user', content: `${agent}: ${prompt}` }],
        maxOutputTokens: outputTokens,
        budgetId: swarm.budgetId,
        correlationId: swarm.requestId,
        signal: swarm.signal,
      });
      tally.made += 1;
      tally.firstMicroUsd ??= costMicroUsd;
      const cost = formatUsd(costMicroUsd);
      const text = `${agent} made a call for $${cost}.`;
      said.push(say('proof_call_made', { text, call_id: callId, cost_usd: cost }, swarm.eventId, agent));
    } catch (error) {
      if (isRaptorFlowError(error, 'budget_exceeded')) {
        tally.refusal = { text: error.message, atMs: clock.monotonic() };
      } else tally.failed += 1;
      break;
    }
  }
  await Promise.all(said);
  return tally;
}

const agentName = (index: number): string => `SWARM-${String(index + 1).padStart(3, '0')}`;

function sumUp(
  of: Pick<Overspending, 'agents' | 'budgetId' | 'capMicroUsd' | 'requestId'>,
  tallies: readonly Tally[],
  standing: Awaited<ReturnType<Budgets['find']>>,
  bill: ReturnType<RehearsalModel['bill']>,
): Omit<Overspending, 'tookMs'> {
  const { spentMicroUsd, reservedMicroUsd, uncertainMicroUsd } = standing;
  const refusals = tallies
    .flatMap((tally) => tally.refusal ?? [])
    .toSorted((one, other) => one.atMs - other.atMs);
  const firstMicroUsd = tallies.find((tally) => tally.firstMicroUsd !== null)?.firstMicroUsd ?? 0;
  return {
    ...of,
    made: tallies.reduce((sum, tally) => sum + tally.made, 0),
    refused: refusals.length,
    failed: tallies.reduce((sum, tally) => sum + tally.failed, 0),
    atOnceMax: bill.atOnceMax,
    spentMicroUsd,
    reservedMicroUsd,
    uncertainMicroUsd,
    overMicroUsd: Math.max(0, spentMicroUsd + reservedMicroUsd + uncertainMicroUsd - of.capMicroUsd),
    billedMicroUsd: bill.microUsd,
    unguardedMicroUsd: firstMicroUsd * of.agents,
    refusal: refusals[0]?.text ?? null,
  };
}

type Say = (type: string, payload: ProofSwarm, causedBy?: string, agent?: string) => Promise<string>;

function teller(
  bus: Bus,
  story: { readonly workspaceId: string; readonly requestId: string; readonly budgetId: string },
): Say {
  return (type, payload, causedBy, agent) =>
    bus.publish(overspendProofChannel, {
      type,
      ...story,
      payload,
      ...(causedBy === undefined ? {} : { causedBy }),
      ...(agent === undefined ? {} : { sourceAgentId: agent }),
    });
}

async function sayHowItEnded(say: Say, eventId: string, result: Omit<Overspending, 'tookMs'>): Promise<void> {
  const { made, refused, refusal } = result;
  const [spent, cap] = [formatUsd(result.spentMicroUsd), formatUsd(result.capMicroUsd)];
  if (refusal !== null) {
    await say(
      'proof_calls_refused',
      { text: `${refused} calls were not made. The first: ${refusal}` },
      eventId,
    );
  }
  await say(
    'proof_swarm_ended',
    {
      text: `${made} calls made, ${refused} refused before anything was sent; $${spent} of $${cap} spent, $${formatUsd(result.overMicroUsd)} over.`,
      spent_usd: spent,
      cap_usd: cap,
      over_usd: formatUsd(result.overMicroUsd),
    },
    eventId,
  );
}
