/** The patterns that usage has, each with its evidence and how sure it is. */
import type { WireUsagePattern } from '@raptorflow/contract';
import { useId } from 'react';

import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import type { MetricScope } from '../../data/addressed-scope.ts';
import { usePatterns } from '../../data/analytics.ts';
import { countOf } from '../../format/number.ts';
import { confidenceWords, patternTones, patternWords } from './advice-words.ts';
import { EvidenceList } from './evidence-list.tsx';
import { SeriesName } from './series-name.tsx';

/** The panel. */
export function PatternsPanel({ scope }: { readonly scope: MetricScope }) {
  const patterns = usePatterns(scope);
  const items = patterns.data?.data ?? [];
  const undecided = patterns.data?.undecided ?? 0;
  return (
    <Panel
      flush
      title="Patterns"
      note={
        patterns.data === undefined
          ? undefined
          : `${countOf(items.length, 'pattern')}${undecided === 0 ? '' : `, ${countOf(undecided, 'question')} open for lack of samples`}`
      }
    >
      {patterns.isPending ? <Loading rows={3} label="Reading the patterns" /> : null}
      {patterns.error && items.length === 0 ? (
        <div className="p-4">
          <ErrorNotice error={patterns.error} retry={() => void patterns.refetch()} />
        </div>
      ) : null}
      {patterns.data !== undefined && items.length === 0 ? (
        <EmptyState icon="metrics" title={undecided === 0 ? 'No pattern was found' : 'Not enough data yet'}>
          {undecided === 0
            ? 'What grows, leaks, jumps, comes in peaks or lies idle stands here with its evidence.'
            : `Of ${countOf(undecided, 'question')} nobody can say yet whether usage grows, leaks, jumps, comes in peaks or lies idle: that takes up to two weeks of samples.`}
        </EmptyState>
      ) : null}
      <div className="divide-y divide-line">
        {items.map((pattern) => (
          <PatternRow
            key={`${pattern.series.series_id} ${pattern.pattern_type} ${pattern.time_window_start}`}
            pattern={pattern}
          />
        ))}
      </div>
    </Panel>
  );
}

function PatternRow({ pattern }: { readonly pattern: WireUsagePattern }) {
  const titleId = useId();
  return (
    <article aria-labelledby={titleId} className="space-y-1.5 px-4 py-3">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
        <span id={titleId} className="inline-flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={patternTones[pattern.pattern_type]}>{patternWords[pattern.pattern_type]}</Badge>
          <SeriesName series={pattern.series} />
        </span>
        <span className="text-xs text-muted">
          {confidenceWords(pattern.confidence)}, first seen <Ago at={pattern.first_seen} />, last seen{' '}
          <Ago at={pattern.last_seen} />
        </span>
      </div>
      <EvidenceList pattern={pattern} />
    </article>
  );
}
