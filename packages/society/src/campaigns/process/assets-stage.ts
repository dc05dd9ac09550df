/** The assets: Aesthete calls one muse for each channel; each drafts and debates in a run of its own. */
import type { JsonValue } from '@raptorflow/runtime';
import type { BusEvent } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import { platformIds, type PlatformId } from '../../guardians/index.ts';
import { createAsset, type Asset } from '../../guilds/muse/index.ts';
import { aestheteCode } from '../../lords/codes.ts';
import type { AssetGenerated, LordCommand, QuestReady } from '../../topology/index.ts';
import { museByChannel } from '../quest.ts';
import { getCampaign, type Campaign } from '../store/campaign-store.ts';
import {
  beginStage,
  beginTask,
  finishTask,
  summariseStage,
  taskStatus,
  type StageRef,
  type TaskFinished,
} from '../store/progress.ts';
import { readWarBrief } from '../store/results.ts';
import type { CampaignTables } from '../store/tables.ts';
import { failCampaign } from './failure.ts';
import {
  askThrough,
  commandChannel,
  commandDraft,
  interrupted,
  money,
  stageDraft,
  stateChannel,
  chargedTo,
  workingAgent,
  type ProcessParts,
} from './parts.ts';
import { workspaceOf } from './research.ts';
import { playScene, type Scene, type SceneRef } from './scene.ts';

const stage = 'assets';
/** A command for a channel is `create_asset_<channel>`: the command's contract has no field for a channel. */
const commandPrefix = 'create_asset_';

/** Whether a command asks a muse for an asset. */
export function isAssetCommand(command: string): boolean {
  return command.startsWith(commandPrefix);
}

/** `quest_ready`: calls a muse for each channel of the brief, in one transaction. */
export async function callMuses(parts: ProcessParts, event: BusEvent, ready: QuestReady): Promise<void> {
  const workspaceId = workspaceOf(event);
  await parts.db.transaction(workspaceId, async (tx) => {
    const query = tx.query<CampaignTables>();
    const campaign = await getCampaign(query, ready.campaign_id);
    const { channels } = campaign.brief;
    const tasks = channels.map((channel) => ({ task: channel, agentCode: museByChannel[channel] }));
    if (!(await beginStage(query, refOf(campaign), tasks, parts.clock.now()))) return;
    for (const channel of channels) {
      tx.publish(
        commandChannel('muse'),
        commandDraft(campaign, {
          lord: aestheteCode,
          guild: 'muse',
          name: `${commandPrefix}${channel}`,
          agentCodes: [museByChannel[channel]],
          cause: event.id,
        }),
      );
    }
    tx.publish(
      stateChannel,
      stageDraft(campaign.id, {
        stage,
        status: 'running',
        progress: 0,
        agent_code: aestheteCode,
        message: `Muse drafts for ${channels.join(', ')}.`,
        cost_usd: money(0),
      }),
    );
  });
}

/** `create_asset_<channel>`: one muse's run, the asset, and the event that hands it to the Guardians. */
export async function draftAsset(
  parts: ProcessParts,
  event: BusEvent,
  command: LordCommand,
  signal: AbortSignal,
): Promise<void> {
  const workspaceId = workspaceOf(event);
  const channel = channelOf(command);
  const query = parts.db.forWorkspace<CampaignTables>(workspaceId);
  const campaign = await getCampaign(query, command.campaign_id);
  const status = await taskStatus(query, refOf(campaign), channel);
  if (status !== 'queued' && status !== 'running') return;

  const code = museByChannel[channel];
  const agent =
    (await workingAgent(parts, workspaceId, code)) ?? (await workingAgent(parts, workspaceId, aestheteCode));
  const run = await parts.runs.start({
    workspaceId,
    runType: 'asset',
    key: `${campaign.id}:asset:${channel}`,
    ...chargedTo(agent, event),
    campaignId: campaign.id,
    correlationId: event.requestId,
    causationId: event.id,
    input: { campaign_id: campaign.id, channel },
  });
  await parts.db.transaction(workspaceId, async (tx) => {
    await beginTask(tx.query<CampaignTables>(), refOf(campaign), channel, run.id, parts.clock.now());
  });
  const [warBrief, model, colleagues] = await Promise.all([
    readWarBrief(query, campaign.id),
    parts.modelMark(workspaceId),
    parts.agents.list(workspaceId, { status: 'active' }),
  ]);
  const prompts = new Map(colleagues.map((each) => [each.code, each.systemPrompt]));
  const worker = agent ?? { code, systemPrompt: '', model: 'standard', temperature: 0 };
  const ended = await parts.runs.execute(
    { workspaceId, runId: run.id },
    async (context): Promise<JsonValue> => {
      const asset = await createAsset(channel, {
        brief: campaign.brief,
        warBrief,
        ask: askThrough(context, worker),
        prompts,
        model,
        signal: AbortSignal.any([context.signal, signal]),
      });
      return JSON.parse(JSON.stringify(asset)) as JsonValue;
    },
  );
  if (ended.state.status === 'completed') {
    await store(parts, campaign, event, {
      channel,
      code,
      runId: run.id,
      asset: ended.state.output as unknown as Asset,
    });
  } else if (ended.state.status === 'failed' || ended.state.status === 'cancelled') {
    await giveUp(parts, campaign, event, { channel, code, message: ended.state.error.message });
  } else {
    throw interrupted(run.id);
  }
}

function channelOf(command: LordCommand): PlatformId {
  const name = command.command.slice(commandPrefix.length);
  const channel = platformIds.find((id) => id === name);
  if (channel) return channel;
  throw new RaptorFlowError(
    'invalid_input',
    `There is no channel "${name}"; the channels are ${platformIds.join(', ')}.`,
  );
}

interface MadeAsset {
  readonly channel: PlatformId;
  readonly code: string;
  readonly runId: string;
  readonly asset: Asset;
}

async function store(
  parts: ProcessParts,
  campaign: Campaign,
  event: BusEvent,
  made: MadeAsset,
): Promise<void> {
  const { channel, code, runId, asset } = made;
  const rounds = Math.max(0, ...asset.variants.map((variant) => variant.history.length));
  const gaps = new Set(asset.variants.flatMap((variant) => variant.gaps)).size;
  const summary = `${asset.variants.length} variants after ${rounds} ${rounds === 1 ? 'round' : 'rounds'}${gaps === 0 ? '' : `, ${gaps} gaps for a person to fill`}.`;
  await playScene(parts, sceneOf(campaign, event), async (scene) => {
    const { query, ref, now } = scene;
    const finished = await finishTask(query, ref, channel, { status: 'completed', summary }, now);
    if (!finished.changed) return;
    const id = parts.ids.next('ast');
    await query
      .insertInto('assets')
      .values({
        id,
        workspace_id: campaign.workspaceId,
        campaign_id: campaign.id,
        channel,
        agent_code: code,
        run_id: runId,
        status: 'draft',
        verdict: null,
        content_json: JSON.stringify(asset),
        created_at: now,
        updated_at: now,
      })
      .execute();
    const payload: AssetGenerated = {
      campaign_id: campaign.id,
      asset_id: id,
      agent_code: code,
      channel,
      variants: asset.variants.length,
      rounds: Math.min(3, rounds),
      gaps,
    };
    scene.say(commandChannel('muse'), {
      type: `asset_generated:${channel}`,
      sourceAgentId: code,
      destinationGuild: 'guardians',
      payload,
    });
    tellProgress(scene, finished, { code, runId, message: `${channel}: ${summary}` });
    if (finished.stageCompleted) await closeStage(scene, event);
  });
}

function tellProgress(
  scene: Scene,
  finished: TaskFinished,
  about: { readonly code: string; readonly runId?: string; readonly message: string },
): void {
  scene.tell({
    status: finished.stageCompleted ? 'completed' : 'running',
    progress: finished.done / Math.max(1, finished.total),
    agent_code: about.code,
    ...(about.runId === undefined ? {} : { run_id: about.runId }),
    message: about.message,
  });
}

/** A channel that could not be drafted is left out; the campaign goes on with the others, if there are any. */
async function giveUp(
  parts: ProcessParts,
  campaign: Campaign,
  event: BusEvent,
  lost: { readonly channel: PlatformId; readonly code: string; readonly message: string },
): Promise<void> {
  const nothing = await playScene(parts, sceneOf(campaign, event), async (scene) => {
    const { query, ref, now } = scene;
    const outcome = { status: 'failed', summary: lost.message } as const;
    const finished = await finishTask(query, ref, lost.channel, outcome, now);
    if (!finished.changed) return false;
    tellProgress(scene, finished, { code: lost.code, message: `${lost.channel}: ${lost.message}` });
    return finished.stageCompleted && !(await closeStage(scene, event));
  });
  if (!nothing) return;
  const message = `No channel could be drafted; the last said: ${lost.message}`;
  await failCampaign(parts, campaign, stage, { code: 'internal', message });
}

/** Sums the stage up and calls the Guardians. False when there is nothing to review. */
async function closeStage(scene: Scene, event: BusEvent): Promise<boolean> {
  const { query, campaign } = scene;
  const assets = await query
    .selectFrom('assets')
    .select('id')
    .where('campaign_id', '=', campaign.id)
    .execute();
  const planned = campaign.brief.channels.length;
  await summariseStage(query, scene.ref, `${assets.length} of ${planned} channels drafted.`);
  if (assets.length === 0) return false;
  const command = { lord: aestheteCode, guild: 'guardians', name: 'review_assets', cause: event.id } as const;
  scene.say(commandChannel('guardians'), commandDraft(campaign, command));
  return true;
}

function sceneOf(campaign: Campaign, event: BusEvent): SceneRef {
  return { workspaceId: campaign.workspaceId, campaignId: campaign.id, stage, cause: event.id };
}

function refOf(campaign: Campaign): StageRef {
  return { workspaceId: campaign.workspaceId, campaignId: campaign.id, stage };
}
