/** What quotas have to say, as events: each kind about a quota and a workspace once a minute at most. */
import type { Bus, EventDraft } from 'raptorflow/bus';
import { toRaptorFlowError, type Clock, type Logger } from 'raptorflow/kernel';
import type { QuotaApproval, QuotaNotice, QuotasDeps } from 'raptorflow/resources';

/** Who is told. */
export interface QuotaNews {
  readonly notice: NonNullable<QuotasDeps['onNotice']>;
  readonly approval: NonNullable<QuotasDeps['alert']>;
}

interface News {
  readonly channel: string;
  readonly type: string;
  readonly workspaceId: string | undefined;
  /** What it is about, besides the workspace. */
  readonly about: string;
  readonly payload: Readonly<Record<string, unknown>>;
}

const quietMs = 60_000;
/** Things that are kept quiet at a time; beyond, the memory starts afresh. */
const quietMax = 10_000;

/** Publishes what quotas say. A bus that is away is noted in the log; nobody waits for it. */
export function quotaNews(
  bus: Pick<Bus, 'publish'>,
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
): QuotaNews {
  const told = new Map<string, number>();
  const publish = ({ channel, type, workspaceId, payload }: News): void => {
    const draft: EventDraft = { type, payload, ...(workspaceId !== undefined && { workspaceId }) };
    bus.publish(channel, draft).catch((error: unknown) => {
      log.warn('What a quota had to say could not be published.', {
        type,
        error: toRaptorFlowError(error).message,
      });
    });
  };
  return {
    notice(notice) {
      const news = newsOf(notice);
      const now = clock.now();
      const key = `${news.type} ${news.about} ${news.workspaceId ?? ''}`;
      if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
      if (told.size >= quietMax) told.clear();
      told.set(key, now);
      publish(news);
    },
    approval: (approval) => publish(approvalNews(approval)),
  };
}

function newsOf(notice: QuotaNotice): News {
  switch (notice.kind) {
    case 'warning': {
      const { quotaId, subject, usage, limit } = notice;
      return {
        channel: 'sys.alert.warning',
        type: 'quota.warning',
        workspaceId: subject.workspaceId,
        about: quotaId,
        payload: { quota_id: quotaId, resource_type: subject.resource, current_usage: usage, limit },
      };
    }
    case 'violation': {
      const { violation } = notice;
      return {
        channel: 'sys.alert.warning',
        type: 'quota.violation',
        workspaceId: violation.workspaceId ?? undefined,
        about: violation.quotaId,
        payload: {
          violation_id: violation.id,
          quota_id: violation.quotaId,
          resource_type: violation.resource,
          current_usage: violation.usage,
          limit: violation.limit,
          exceeded_by: violation.exceededBy,
          action_taken: violation.actionTaken,
          agent_id: violation.agentId,
          run_id: violation.runId,
        },
      };
    }
    case 'raised': {
      const { quotaId, from, to, past } = notice.adjustment;
      return {
        channel: 'sys.state.update',
        type: 'quota.raised',
        workspaceId: undefined,
        about: quotaId,
        payload: { quota_id: quotaId, from, to, past: [...past] },
      };
    }
    case 'store_failed':
      return {
        channel: 'sys.alert.critical',
        type: 'quota.store_failed',
        workspaceId: undefined,
        about: notice.outcome,
        payload: { outcome: notice.outcome, quota_ids: [...notice.quotaIds], error: notice.error.message },
      };
    case 'lease_lost':
      return {
        channel: 'sys.alert.warning',
        type: 'quota.lease_lost',
        workspaceId: undefined,
        about: '',
        payload: { counters: notice.counters.length },
      };
  }
}

function approvalNews({ id, quotaId, subject, amount, usage, limit, expiresAt }: QuotaApproval): News {
  return {
    channel: 'sys.alert.warning',
    type: 'quota.approval_needed',
    workspaceId: subject.workspaceId,
    about: id,
    payload: {
      approval_id: id,
      quota_id: quotaId,
      resource_type: subject.resource,
      amount,
      current_usage: usage,
      limit,
      expires_at: new Date(expiresAt).toISOString(),
    },
  };
}
