/** The metrics to choose from, by what they are about. */
import type { WireMetricInfo } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { useScope } from '../../data/scope.ts';
import { humanize } from '../../format/words.ts';
import type { MetricSearch } from './metric-choice.ts';

/** Links to each metric; the stretch of time stays when another one is chosen. */
export function MetricLinks({
  metrics,
  chosen,
  search,
}: {
  readonly metrics: readonly WireMetricInfo[];
  readonly chosen: string;
  readonly search: MetricSearch;
}) {
  const { workspaceId } = useScope();
  const { by: _by, tags: _tags, metric: _metric, ...stretch } = search;
  const categories = [...new Set(metrics.map(({ category }) => category))].toSorted();
  if (metrics.length === 0) return <p className="p-4 text-sm text-muted">No metric says that.</p>;
  return (
    <nav aria-label="Metrics" className="p-2">
      {categories.map((category) => (
        <section key={category} className="mb-2">
          <h3 className="px-2 py-1 text-2xs font-semibold tracking-wide text-muted uppercase">
            {humanize(category)}
          </h3>
          <ul>
            {metrics
              .filter((metric) => metric.category === category)
              .map(({ name, description }) => (
                <li key={name}>
                  <Link
                    to="/w/$workspaceId/metrics"
                    params={{ workspaceId }}
                    search={{ ...stretch, metric: name }}
                    resetScroll={false}
                    aria-current={name === chosen ? 'true' : undefined}
                    title={description}
                    className="block truncate rounded-md px-2 py-1.5 font-mono text-xs text-muted hover:bg-hover hover:text-text aria-[current]:bg-accent-soft aria-[current]:text-accent"
                  >
                    {name}
                  </Link>
                </li>
              ))}
          </ul>
        </section>
      ))}
    </nav>
  );
}
