/** Signals in the words of the wire. */
import type { Signal as WireSignal, ThreatReport as WireReport } from '@raptorflow/contract';
import type { Signal, ThreatReport } from '@raptorflow/society';

/** A signal. */
export function signalToWire(signal: Signal): WireSignal {
  return {
    id: signal.id,
    workspace_id: signal.workspaceId,
    source: signal.source,
    title: signal.title,
    content: signal.content,
    severity: signal.severity,
    severity_basis: signal.severityBasis,
    industry: signal.industry,
    tags: [...signal.tags],
    published_at: signal.published,
    url: signal.url,
    reference: signal.reference,
    ingested_at: signal.ingestedAt,
    expires_at: signal.expiresAt,
  };
}

/** What became of a document. */
export function threatReportToWire(report: ThreatReport): WireReport {
  const { id, format, read, ingested, converted, skipped, failed, failures, skips } = report;
  return {
    run_id: id,
    format,
    read,
    ingested,
    converted,
    skipped,
    failed,
    failures: { ...failures },
    skips: { ...skips },
  };
}
