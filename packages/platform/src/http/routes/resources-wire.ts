/** Resources between the wire and the library. */
import type { WireCleanupReport, WireLeak, WireResource, WireResourceSummary } from '@raptorflow/contract';
import { maskSecrets, toRaptorFlowError } from 'raptorflow/kernel';
import type {
  CleanupReport,
  Leak,
  LeakAccuracy,
  ResourceInfo,
  ResourceStatus,
  ResourceSummary,
} from 'raptorflow/resources';
import { asJson } from '../audited.ts';

const momentOf = (ms: number): string => new Date(ms).toISOString();

/** What went wrong, in words that show no secret. */
const wordsOf = (error: unknown): string => maskSecrets(toRaptorFlowError(error).message);

/** A resource on the wire. */
export function resourceToWire(info: ResourceInfo): WireResource {
  return {
    resource_id: info.id,
    resource_type: info.type,
    status: info.status,
    created_at: momentOf(info.createdAt),
    last_accessed: momentOf(info.lastUsedAt),
    age_ms: Math.max(0, info.ageMs),
    idle_ms: Math.max(0, info.idleMs),
    size_bytes: info.sizeBytes,
    owner: info.owner ?? null,
    workspace_id: info.workspaceId ?? null,
    agent_id: info.agentId ?? null,
    run_id: info.runId ?? null,
    lease_id: info.leaseId ?? null,
    call_site: info.callSite ?? null,
    metadata: info.metadata === undefined ? null : asJson(info.metadata),
    error: info.error === undefined ? null : wordsOf(info.error),
  };
}

/** A leak on the wire. */
export function leakToWire(leak: Leak, nowMs: number): WireLeak {
  return {
    leak_id: leak.id,
    reason: leak.reason,
    severity: leak.severity,
    leak_detected_at: momentOf(leak.detectedAt),
    resource_type: leak.type,
    resource_id: leak.resource?.id ?? null,
    leak_duration_seconds: Math.max(0, nowMs - (leak.resource?.createdAt ?? leak.detectedAt)) / 1_000,
    call_site: leak.callSite ?? null,
    evidence: { ...leak.evidence },
    description: leak.description,
    suggested_action: leak.suggestedAction,
    resource: leak.resource === undefined ? null : resourceToWire(leak.resource),
  };
}

/** Numbers of what is open: of the whole process, or of the resources given. */
export function summaryToWire(
  summary: ResourceSummary,
  about: {
    readonly process: string;
    readonly accuracy: LeakAccuracy;
    readonly violations: number;
    /** Those of one workspace; undefined for all. */
    readonly own: { readonly open: readonly ResourceInfo[]; readonly leaks: number } | undefined;
  },
): WireResourceSummary {
  const { accuracy, own } = about;
  const counted = own === undefined ? summary : countedOf(own.open);
  return {
    process: about.process,
    total_resources: counted.total,
    total_bytes: counted.bytes,
    resources_by_type: { ...counted.byType },
    resources_by_status: { ...counted.byStatus },
    total_leaks: own?.leaks ?? summary.leaks,
    quota_violations: about.violations,
    accuracy: {
      confirmed: accuracy.confirmed,
      wrong: accuracy.wrong,
      missed: accuracy.missed,
      open: accuracy.open,
      precision: accuracy.precision ?? null,
      recall: accuracy.recall ?? null,
    },
    metrics: {
      total_resources_created: summary.registered,
      total_resources_released: summary.released,
      total_resources_cleaned: summary.cleaned,
      bytes_freed: summary.bytesFreed,
    },
  };
}

function countedOf(
  open: readonly ResourceInfo[],
): Pick<ResourceSummary, 'total' | 'bytes' | 'byType' | 'byStatus'> {
  const byType: Record<string, number> = {};
  const byStatus: Record<ResourceStatus, number> = { active: 0, idle: 0, leaked: 0, cleaned_up: 0, error: 0 };
  let bytes = 0;
  for (const { type, status, sizeBytes } of open) {
    byType[type] = (byType[type] ?? 0) + 1;
    byStatus[status] += 1;
    bytes += sizeBytes;
  }
  return { total: open.length, bytes, byType, byStatus };
}

/** What a cleanup did, on the wire. */
export function cleanupToWire(type: string, report: CleanupReport): WireCleanupReport {
  return {
    resource_type: type,
    resources_cleaned: report.cleaned,
    bytes_freed: report.bytesFreed,
    resources_failed: report.failed,
    resources_active: report.active,
    failures: report.failures.map(({ id, error }) => ({ resource_id: id, error: wordsOf(error) })),
    execution_time_seconds: report.durationMs / 1_000,
  };
}
