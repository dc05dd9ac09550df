/**
 * The society at work: every Lord and guild as a durable group on the bus. Agents produce events; only the handlers here,
 * in the name of the Lords, write rows, each together with the event that follows from it.
 */
import type { Agents, Budgets, Database, Documents, Estimator, Ledger, Runs } from '@raptorflow/runtime';
import {
  fromWire,
  type Bus,
  type BusEvent,
  type Handler,
  type SubscribeOptions,
  type Subscription,
} from 'raptorflow/bus';
import {
  createIds,
  isRaptorFlowError,
  Lifecycle,
  type RaptorFlowError,
  silentLogger,
  systemClock,
  type Clock,
  type Ids,
  type Logger,
  type Service,
} from 'raptorflow/kernel';
import type { Meter } from 'raptorflow/metrics';
import { createCampaigns, type Campaigns } from './campaigns/campaigns.ts';
import { gate } from './campaigns/process/approval-stage.ts';
import { callMuses, draftAsset, isAssetCommand } from './campaigns/process/assets-stage.ts';
import { failCampaign } from './campaigns/process/failure.ts';
import { reviewAssets } from './campaigns/process/guardians-stage.ts';
import { packCampaign } from './campaigns/process/package-stage.ts';
import type { ProcessParts } from './campaigns/process/parts.ts';
import { planQuest } from './campaigns/process/quest-stage.ts';
import { callResearchers, research } from './campaigns/process/research.ts';
import { writeWarBrief } from './campaigns/process/war-brief-stage.ts';
import { findCampaign } from './campaigns/store/campaign-store.ts';
import type { CampaignTables } from './campaigns/store/tables.ts';
import type { ModelMark } from './guilds/ask-model.ts';
import { createHeartbeats } from './lords/heartbeats.ts';
import {
  createLoopProof,
  createOverspendProof,
  type LoopProof,
  type OverspendProof,
} from './proofs/index.ts';
import { societyRoster } from './rosters/index.ts';
import { createSignals, type Signals } from './signals/index.ts';
import {
  guildChannel,
  type ApprovalDecided,
  type AssetsReviewed,
  type Guild,
  type LordCommand,
  type QuestReady,
  type WarBriefReady,
} from './topology/index.ts';

/** How the society works. */
export interface SocietyOptions {
  /** Researchers and muses of this process that work at once. Default 8. */
  readonly concurrency?: number;
}

/** What it works with. */
export interface SocietyDeps {
  readonly bus: Bus;
  readonly db: Database;
  readonly runs: Runs;
  readonly documents: Documents;
  readonly agents: Agents;
  readonly ledger: Ledger;
  readonly budgets: Pick<Budgets, 'find' | 'setCap'>;
  readonly costOf: (workspaceId: string, campaignId: string) => Promise<number>;
  readonly modelMark: (workspaceId: string) => Promise<ModelMark>;
  readonly estimator: Estimator;
  /** Ids of all workspaces, for the heartbeats of their Lords. */
  readonly workspaceIds: () => Promise<readonly string[]>;
  readonly clock?: Clock;
  readonly ids?: Ids;
  readonly logger?: Logger;
  /** What ingestion of signals is counted on. */
  readonly meter?: Meter;
}

/** The society. `campaigns` can be read and started without `start`; the work begins when a process has started. */
export interface Society extends Service {
  readonly campaigns: Campaigns;
  readonly loopProof: Pick<LoopProof, 'begin'>;
  readonly overspendProof: Pick<OverspendProof, 'run'>;
  readonly signals: Signals;
}

/** Builds the society. `start` subscribes its groups, `stop` drains them. */
export function createSociety(options: SocietyOptions, deps: SocietyDeps): Society {
  const clock = deps.clock ?? systemClock;
  const parts: ProcessParts = {
    db: deps.db,
    runs: deps.runs,
    documents: deps.documents,
    agents: deps.agents,
    costOf: deps.costOf,
    modelMark: deps.modelMark,
    estimator: deps.estimator,
    clock,
    ids: deps.ids ?? createIds({ clock }),
    logger: (deps.logger ?? silentLogger).child('society'),
  };
  const campaigns = createCampaigns(parts);
  const heartbeats = createHeartbeats({
    bus: deps.bus,
    agents: deps.agents,
    workspaceIds: deps.workspaceIds,
    clock,
    logger: parts.logger,
  });
  const loopProof = createLoopProof({}, { ...parts, bus: deps.bus });
  const overspendProof = createOverspendProof({}, { ...deps, ...parts });
  const signals = createSignals({
    bus: deps.bus,
    db: deps.db,
    clock,
    log: parts.logger,
    ...(deps.meter && { meter: deps.meter }),
  });
  const subscriptions: Subscription[] = [];
  const lifecycle = new Lifecycle('the society', {
    async start() {
      for (const { channel, handler, options: how } of groupsOf(parts, options.concurrency ?? 8)) {
        subscriptions.push(await deps.bus.subscribe(channel, handler, how));
      }
      await heartbeats.start();
      await loopProof.start();
      await overspendProof.start();
      await signals.start();
    },
    async stop({ deadlineMs }) {
      await signals.stop();
      await overspendProof.stop();
      await loopProof.stop();
      await heartbeats.stop();
      await Promise.all(subscriptions.map((subscription) => subscription.stop({ deadlineMs })));
    },
  });
  return {
    campaigns,
    loopProof,
    overspendProof,
    signals,
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (stopOptions) => lifecycle.stop(stopOptions),
  };
}

interface GroupPlan {
  readonly channel: string;
  readonly handler: Handler;
  readonly options: SubscribeOptions;
}

/** How long one agent's work may take; its run has its own, shorter deadline. */
const workTimeoutMs = 330_000;
/** A crash counts as an attempt, and work goes on where its journal stopped: several crashes in a row must not end it. */
const workRetry = { retries: 8, capMs: 15_000 } as const;

type Handle = (event: BusEvent, signal: AbortSignal) => Promise<void>;

/** Whether an event fails in the same way however often it is delivered: it names what does not exist or may not be. */
function comesAgain(error: unknown): error is RaptorFlowError {
  const lasting = ['invalid', 'refused', 'not-found', 'conflict'];
  return isRaptorFlowError(error) && !error.retryable && lasting.includes(error.kind);
}

/** A durable group on a guild's channel. */
function on(guild: Guild, group: string, types: readonly string[], handle: Handle, width = 4): GroupPlan {
  return {
    channel: guildChannel(guild),
    handler: async (event, context) => {
      try {
        await handle(event, context.signal);
      } catch (error) {
        throw comesAgain(error) ? Object.assign(error, { permanent: true }) : error;
      }
    },
    // From the earliest: what was commanded while no worker ran is waiting, not lost.
    options: {
      group,
      name: group,
      types,
      from: 'earliest',
      concurrency: width,
      retry: workRetry,
      timeoutMs: workTimeoutMs,
    },
  };
}

/** The payload of an event whose contract the bus has checked. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- It names what the contract says.
function payloadOf<Payload>(event: BusEvent): Payload {
  return event.payload as Payload;
}

/** Every group of the society: who listens to what, and what they do. */
function groupsOf(parts: ProcessParts, concurrency: number): GroupPlan[] {
  return [
    ...researchGroups(parts, concurrency),
    ...museGroups(parts, concurrency),
    ...gateGroups(parts),
    ...houseGroups(parts),
  ];
}

function researchGroups(parts: ProcessParts, concurrency: number): GroupPlan[] {
  const work: Handle = async (event, signal) => {
    const command = payloadOf<LordCommand>(event);
    if (command.command === 'analyze_market') await callResearchers(parts, event, command);
    else if (command.command === 'research') await research(parts, event, command, signal);
  };
  const write: Handle = async (event, signal) => {
    const command = payloadOf<LordCommand>(event);
    if (command.command === 'write_war_brief') await writeWarBrief(parts, event, command, signal);
  };
  const plan: Handle = (event) => planQuest(parts, event, payloadOf<WarBriefReady>(event));
  return [
    on('research', 'guild.research', ['lord_command'], work, concurrency),
    on('research', 'lord.cognition', ['lord_command'], write),
    on('research', 'lord.strategos', ['war_brief_ready'], plan),
  ];
}

function museGroups(parts: ProcessParts, concurrency: number): GroupPlan[] {
  const draft: Handle = async (event, signal) => {
    const command = payloadOf<LordCommand>(event);
    if (isAssetCommand(command.command)) await draftAsset(parts, event, command, signal);
  };
  const call: Handle = (event) => callMuses(parts, event, payloadOf<QuestReady>(event));
  return [
    on('muse', 'lord.aesthete', ['quest_ready'], call),
    on('muse', 'guild.muse', ['lord_command'], draft, concurrency),
  ];
}

function gateGroups(parts: ProcessParts): GroupPlan[] {
  const review: Handle = async (event) => {
    const command = payloadOf<LordCommand>(event);
    if (command.command === 'review_assets') await reviewAssets(parts, event, command);
  };
  const judge: Handle = (event) => gate(parts, event, payloadOf<AssetsReviewed>(event));
  const pack: Handle = (event) => packCampaign(parts, event, payloadOf<ApprovalDecided>(event));
  return [
    on('guardians', 'guild.guardians', ['lord_command'], review),
    on('guardians', 'lord.arbiter', ['assets_reviewed'], judge),
    on('guardians', 'lord.herald', ['approval_granted'], pack),
  ];
}

function houseGroups(parts: ProcessParts): GroupPlan[] {
  const mourning = 'society.dead-letters';
  const welcoming = 'lord.architect';
  return [
    {
      channel: 'sys.dlq.>',
      handler: (event) => mourn(parts, event),
      options: { group: mourning, name: mourning, from: 'earliest', concurrency: 1 },
    },
    {
      channel: 'sys.workspace.lifecycle',
      handler: (event) => welcome(parts, event),
      options: {
        group: welcoming,
        name: welcoming,
        types: ['workspace.created', 'test.event'],
        from: 'earliest',
        concurrency: 2,
      },
    },
  ];
}

/** `workspace.created`: seeds the roster. `test.event`: answers with a state update, so that whoever sent it sees the worker work. */
async function welcome(parts: ProcessParts, event: BusEvent): Promise<void> {
  if (event.workspaceId === null) return;
  if (event.type === 'workspace.created') {
    await parts.agents.seedAgents(event.workspaceId, societyRoster);
    return;
  }
  await parts.db.transaction(event.workspaceId, async (tx) => {
    tx.publish('sys.state.update', {
      type: 'state_update',
      requestId: event.requestId,
      causedBy: event.id,
      payload: { state_type: 'test_event', status: 'handled', update: { event_id: event.id } },
    });
  });
}

/** A command of a campaign that was given up ends the campaign, with the reason: nobody waits for what will not come. */
async function mourn(parts: ProcessParts, event: BusEvent): Promise<void> {
  const letter = event.payload as {
    group?: string | null;
    reason?: string;
    error?: { message?: string };
    event?: unknown;
  };
  const { workspaceId } = event;
  if (workspaceId === null || typeof letter.group !== 'string' || !/^(guild|lord)\./.test(letter.group))
    return;
  const lost = fromWire(letter.event);
  const payload = lost.payload as { campaign_id?: unknown } | null;
  if (typeof payload?.campaign_id !== 'string') return;
  const campaign = await findCampaign(
    parts.db.forWorkspace<CampaignTables>(workspaceId),
    payload.campaign_id,
  );
  if (!campaign) return;
  await failCampaign(parts, campaign, stageOf(letter.group), {
    code: letter.reason ?? 'max_retries_exceeded',
    message: `${letter.group} gave up on ${lost.type}: ${letter.error?.message ?? letter.reason ?? 'unknown'}. Look at the dead letter ${event.id}.`,
  });
}

function stageOf(
  group: string,
): 'research' | 'war_brief' | 'quest' | 'assets' | 'guardians' | 'approval' | 'package' {
  const stages = {
    'guild.research': 'research',
    'lord.cognition': 'war_brief',
    'lord.strategos': 'quest',
    'lord.aesthete': 'assets',
    'guild.muse': 'assets',
    'guild.guardians': 'guardians',
    'lord.arbiter': 'approval',
    'lord.herald': 'package',
  } as const;
  return Object.entries(stages).find(([name]) => name === group)?.[1] ?? 'research';
}
