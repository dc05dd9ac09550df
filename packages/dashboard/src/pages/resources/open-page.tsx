/** What is open: how much of each kind, and each resource with whose it is. */
import { useAddressedScope } from '../../data/addressed-scope.ts';
import { ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Figure } from '../../components/panel.tsx';
import { useResourceSummary } from '../../data/resources.ts';
import { formatBytes, formatCount } from '../../format/number.ts';
import { KindsPanel } from './kinds-panel.tsx';
import { ResourceTable } from './resource-table.tsx';

/** The page. */
export function OpenResourcesPage() {
  const { scope } = useAddressedScope();
  const summary = useResourceSummary(scope);
  if (summary.isPending) return <Loading rows={6} label="Reading what is open" />;
  if (!summary.data) return <ErrorNotice error={summary.error} retry={() => void summary.refetch()} />;
  const { data } = summary;
  const { resources_by_status: byStatus, metrics } = data;
  return (
    <div className="space-y-4">
      <div className="grid grid-cols-2 gap-3 sm:grid-cols-3 lg:grid-cols-6">
        <Figure
          label="Open now"
          value={formatCount(data.total_resources)}
          note={`${formatBytes(data.total_bytes)} in all`}
        />
        <Figure label="In use" value={formatCount(byStatus.active)} note="used a short time ago" />
        <Figure label="Idle" value={formatCount(byStatus.idle)} note="not used for a while" />
        <Figure label="Leaked" value={formatCount(byStatus.leaked)} note="nobody will release them" />
        <Figure
          label="Could not be closed"
          value={formatCount(byStatus.error)}
          note="the next cleanup tries again"
        />
        <Figure
          label="Closed by cleanup"
          value={formatCount(metrics.total_resources_cleaned)}
          note={`of ${formatCount(metrics.total_resources_created)} opened since the start of ${data.process}; ${formatBytes(metrics.bytes_freed)} freed`}
        />
      </div>
      {data.total_resources === 0 ? null : (
        <KindsPanel scope={scope} counts={data.resources_by_type} total={data.total_resources} />
      )}
      <ResourceTable scope={scope} kinds={Object.keys(data.resources_by_type)} />
    </div>
  );
}
