/**
 * How a campaign moves on. Every change is conditional on the state it leaves, and answers whether it was made: an event
 * that is delivered twice finds the state gone and changes nothing.
 *
 * Stages: pending → running (→ waiting) → completed | failed. Tasks of a stage: queued → running → completed | failed.
 * Whoever finishes the last task of a stage completes the stage, in the same transaction.
 */
import type { CampaignStage } from '../../topology/index.ts';
import type { CampaignQuery, CampaignStatus } from './campaign-store.ts';
import { finalStatuses } from './campaign-store.ts';

/** A stage of a campaign of a workspace. */
export interface StageRef {
  readonly workspaceId: string;
  readonly campaignId: string;
  readonly stage: CampaignStage;
}

/** A task to be done in a stage. */
export interface NewTask {
  readonly task: string;
  readonly agentCode: string;
}

/** Begins a pending stage with its tasks. False when it was begun before. */
export async function beginStage(
  query: CampaignQuery,
  ref: StageRef,
  tasks: readonly NewTask[],
  now: number,
): Promise<boolean> {
  const begun = await query
    .updateTable('campaign_stages')
    .set({ status: 'running', started_at: now, total: tasks.length })
    .where('campaign_id', '=', ref.campaignId)
    .where('stage', '=', ref.stage)
    .where('status', '=', 'pending')
    .executeTakeFirst();
  if (begun.numUpdatedRows === 0n) return false;
  if (tasks.length > 0) {
    await query
      .insertInto('campaign_tasks')
      .values(
        tasks.map(({ task, agentCode }) => ({
          workspace_id: ref.workspaceId,
          campaign_id: ref.campaignId,
          stage: ref.stage,
          task,
          agent_code: agentCode,
          status: 'queued',
          run_id: null,
          summary: null,
          error_message: null,
          started_at: null,
          finished_at: null,
        })),
      )
      .execute();
  }
  await query
    .updateTable('campaigns')
    .set((expression) => ({
      status: 'running',
      started_at: expression.fn.coalesce('started_at', expression.val(now)),
    }))
    .where('id', '=', ref.campaignId)
    .where('status', 'in', ['research_queued', 'running', 'awaiting_approval'])
    .execute();
  return true;
}

/** Where a task is; undefined when there is no such task. */
export async function taskStatus(
  query: CampaignQuery,
  ref: StageRef,
  task: string,
): Promise<string | undefined> {
  const row = await query
    .selectFrom('campaign_tasks')
    .select('status')
    .where('campaign_id', '=', ref.campaignId)
    .where('stage', '=', ref.stage)
    .where('task', '=', task)
    .executeTakeFirst();
  return row?.status;
}

/** Marks a queued task as running in a run. False when it runs or is finished already. */
export async function beginTask(
  query: CampaignQuery,
  ref: StageRef,
  task: string,
  runId: string | null,
  now: number,
): Promise<boolean> {
  const begun = await query
    .updateTable('campaign_tasks')
    .set({ status: 'running', run_id: runId, started_at: now })
    .where('campaign_id', '=', ref.campaignId)
    .where('stage', '=', ref.stage)
    .where('task', '=', task)
    .where('status', '=', 'queued')
    .executeTakeFirst();
  return begun.numUpdatedRows > 0n;
}

/** How a task ended. */
export interface TaskOutcome {
  readonly status: 'completed' | 'failed';
  readonly summary: string;
}

/** What finishing a task did. */
export interface TaskFinished {
  /** False when it was finished before; then nothing was changed. */
  readonly changed: boolean;
  readonly done: number;
  readonly total: number;
  /** True for the one call that completed the stage. */
  readonly stageCompleted: boolean;
}

/** Finishes a task, and the stage with its last one. */
export async function finishTask(
  query: CampaignQuery,
  ref: StageRef,
  task: string,
  outcome: TaskOutcome,
  now: number,
): Promise<TaskFinished> {
  const finished = await query
    .updateTable('campaign_tasks')
    .set({ status: outcome.status, summary: outcome.summary.slice(0, 2_000), finished_at: now })
    .where('campaign_id', '=', ref.campaignId)
    .where('stage', '=', ref.stage)
    .where('task', '=', task)
    .where('status', 'in', ['queued', 'running'])
    .executeTakeFirst();
  const changed = finished.numUpdatedRows > 0n;
  if (changed) {
    // Counting on the row itself serialises those who finish at the same time: exactly one of them sees the last count.
    await query
      .updateTable('campaign_stages')
      .set((expression) => ({ done: expression('done', '+', 1) }))
      .where('campaign_id', '=', ref.campaignId)
      .where('stage', '=', ref.stage)
      .execute();
  }
  const { done, total } = await query
    .selectFrom('campaign_stages')
    .select(['done', 'total'])
    .where('campaign_id', '=', ref.campaignId)
    .where('stage', '=', ref.stage)
    .executeTakeFirstOrThrow();
  const stageCompleted = changed && done >= total && (await completeStage(query, ref, null, now));
  return { changed, done, total, stageCompleted };
}

/** Completes a running or waiting stage. False when it was completed before, or the campaign has ended otherwise. */
export async function completeStage(
  query: CampaignQuery,
  ref: StageRef,
  summary: string | null,
  now: number,
): Promise<boolean> {
  const completed = await query
    .updateTable('campaign_stages')
    .set({
      status: 'completed',
      finished_at: now,
      ...(summary === null ? {} : { summary: summary.slice(0, 2_000) }),
    })
    .where('campaign_id', '=', ref.campaignId)
    .where('stage', '=', ref.stage)
    .where('status', 'in', ['running', 'waiting'])
    .executeTakeFirst();
  return completed.numUpdatedRows > 0n;
}

/** Says what a stage came to, for people. */
export async function summariseStage(query: CampaignQuery, ref: StageRef, summary: string): Promise<void> {
  await query
    .updateTable('campaign_stages')
    .set({ summary: summary.slice(0, 2_000) })
    .where('campaign_id', '=', ref.campaignId)
    .where('stage', '=', ref.stage)
    .execute();
}

/** Lets a running stage wait for a person. */
export async function suspendStage(query: CampaignQuery, ref: StageRef, summary: string): Promise<void> {
  await query
    .updateTable('campaign_stages')
    .set({ status: 'waiting', summary })
    .where('campaign_id', '=', ref.campaignId)
    .where('stage', '=', ref.stage)
    .where('status', '=', 'running')
    .execute();
}

/** Remembers when the first finding was there. */
export async function noteFirstFinding(query: CampaignQuery, campaignId: string, now: number): Promise<void> {
  await query
    .updateTable('campaigns')
    .set({ first_finding_at: now })
    .where('id', '=', campaignId)
    .where('first_finding_at', 'is', null)
    .execute();
}

/** Sets the status of a campaign that has not ended. False when it has. */
export async function changeStatus(
  query: CampaignQuery,
  campaignId: string,
  status: CampaignStatus,
  now: number,
  error?: { readonly code: string; readonly message: string },
): Promise<boolean> {
  const changed = await query
    .updateTable('campaigns')
    .set({
      status,
      ...(finalStatuses.includes(status) ? { finished_at: now } : {}),
      ...(error === undefined
        ? {}
        : { error_code: error.code, error_message: error.message.slice(0, 4_000) }),
    })
    .where('id', '=', campaignId)
    .where('status', 'not in', [...finalStatuses])
    .executeTakeFirst();
  return changed.numUpdatedRows > 0n;
}

/** Marks whatever stage is under way as failed, with the reason. */
export async function failStages(
  query: CampaignQuery,
  campaignId: string,
  error: { code: string; message: string },
  now: number,
): Promise<void> {
  await query
    .updateTable('campaign_stages')
    .set({
      status: 'failed',
      error_code: error.code,
      error_message: error.message.slice(0, 4_000),
      finished_at: now,
    })
    .where('campaign_id', '=', campaignId)
    .where('status', 'in', ['running', 'waiting'])
    .execute();
}
