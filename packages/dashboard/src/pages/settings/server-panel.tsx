/** The server's own state, part by part. */
import type { Session } from '@raptorflow/contract';
import { ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { StatusBadge } from '../../components/status.tsx';
import { useSession } from '../../data/session.ts';
import { useHealth } from '../../data/health.ts';
import { formatDuration } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';

/** Version, profile and the health of each part with its reasons. */
export function ServerPanel() {
  const { server } = useSession();
  const health = useHealth();
  const uptime = health.data?.uptime_seconds;
  return (
    <Panel
      flush
      title="Server"
      note={`version ${server.version}, ${storesText(server.stores)}, ${server.environment}${
        uptime === undefined ? '' : `, up for ${formatDuration(uptime * 1000)}`
      }`}
    >
      {health.isPending ? <Loading /> : null}
      {health.error ? (
        <div className="p-4">
          <ErrorNotice error={health.error} retry={() => void health.refetch()} />
        </div>
      ) : null}
      <ul className="divide-y divide-line">
        {Object.entries(health.data?.services ?? {}).map(([name, service]) => (
          <li key={name} className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 py-2">
            <span className="w-28 font-medium">{humanize(name)}</span>
            <StatusBadge status={service.status} />
            <span className="min-w-0 flex-1 basis-60 text-muted">{service.reasons.join(' ')}</span>
            {service.latency_ms === undefined ? null : (
              <span className="text-xs text-muted tabular">
                answered in {formatDuration(service.latency_ms)}
              </span>
            )}
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function storesText({ events, relational }: Session['server']['stores']): string {
  if (events === 'sqlite' && relational === 'sqlite') return 'embedded stores';
  return `events in ${events === 'redis' ? 'Redis' : 'a file'}, data in ${relational === 'postgres' ? 'PostgreSQL' : 'a file'}`;
}
