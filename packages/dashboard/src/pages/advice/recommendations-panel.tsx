/** What is advised, and what became of it. */
import { useNavigate, useSearch } from '@tanstack/react-router';

import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { SelectField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { type MetricScope, useAddressedScope } from '../../data/addressed-scope.ts';
import { usePatterns, useRecommendations, useUsageProfiles } from '../../data/analytics.ts';
import { useScope } from '../../data/scope.ts';
import { countOf } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { isOneOf } from '../../search.ts';
import { kindWords, priorities } from './advice-words.ts';
import { RecommendationRow } from './recommendation-row.tsx';

const kinds = Object.keys(kindWords) as (keyof typeof kindWords)[];

/** The panel with its filters; what it shows stands in the address. */
export function RecommendationsPanel({ scope }: { readonly scope: MetricScope }) {
  const { priority, kind } = useSearch({ from: '/w/$workspaceId/resources/advice' });
  const filter = {
    priority: isOneOf(priorities, priority) ? priority : undefined,
    kind: isOneOf(kinds, kind) ? kind : undefined,
  };
  const recommendations = useRecommendations(scope, filter);
  const patterns = usePatterns(scope).data?.data;
  const items = recommendations.data?.data ?? [];
  const open = items.filter(({ state }) => state === 'open').length;
  const isFiltered = filter.priority !== undefined || filter.kind !== undefined;
  return (
    <Panel
      flush
      title="Advice"
      note={recommendations.data === undefined ? undefined : `${countOf(open, 'thing')} to do`}
      actions={<Filters {...filter} />}
    >
      {recommendations.isPending ? <Loading rows={4} label="Reading the advice" /> : null}
      {recommendations.error && items.length === 0 ? (
        <div className="p-4">
          <ErrorNotice error={recommendations.error} retry={() => void recommendations.refetch()} />
        </div>
      ) : null}
      {recommendations.data !== undefined && items.length === 0 ? (
        <NoAdvice scope={scope} isFiltered={isFiltered} />
      ) : null}
      <div className="divide-y divide-line">
        {items.map((advice) => (
          <RecommendationRow
            key={advice.recommendation_id}
            advice={advice}
            scope={scope}
            patterns={patterns ?? []}
          />
        ))}
      </div>
    </Panel>
  );
}

/** Why nothing is advised: a filter, too few samples, or because all is well. */
function NoAdvice({ scope, isFiltered }: { readonly scope: MetricScope; readonly isFiltered: boolean }) {
  const profiles = useUsageProfiles(scope).data;
  if (isFiltered) {
    return (
      <EmptyState icon="filter" title="Nothing of that kind is advised">
        Choose “Every priority” and “Every kind” to see all advice.
      </EmptyState>
    );
  }
  const isEnough = profiles?.some(({ figures }) => figures.status === 'measured') === true;
  return isEnough ? (
    <EmptyState icon="check" title="Nothing has to be done">
      Usage is looked at every five minutes. What leaks, grows towards its limit, comes in peaks or lies idle
      stands here with what to do about it.
    </EmptyState>
  ) : (
    <EmptyState icon="metrics" title="Not enough data yet">
      Nothing is advised from too few samples. How many are missing stands below, at each thing that is used;
      they come by themselves while the server runs.
    </EmptyState>
  );
}

function Filters({
  priority,
  kind,
}: {
  readonly priority: string | undefined;
  readonly kind: string | undefined;
}) {
  const { workspaceId } = useScope();
  const { search } = useAddressedScope();
  const { series } = useSearch({ from: '/w/$workspaceId/resources/advice' });
  const navigate = useNavigate();
  const choose = (change: { readonly priority?: string; readonly kind?: string }) =>
    void navigate({
      to: '/w/$workspaceId/resources/advice',
      params: { workspaceId },
      search: { ...search, priority: priority ?? '', kind: kind ?? '', series: series ?? '', ...change },
      resetScroll: false,
    });
  return (
    <div className="flex flex-wrap gap-2">
      <SelectField
        label="Priority"
        hideLabel
        className="w-36"
        value={priority ?? ''}
        options={[['', 'Every priority'], ...priorities.map((one) => [one, humanize(one)] as const)]}
        onChange={(event) => choose({ priority: event.target.value })}
      />
      <SelectField
        label="Kind of advice"
        hideLabel
        className="w-36"
        value={kind ?? ''}
        options={[['', 'Every kind'], ...kinds.map((one) => [one, kindWords[one]] as const)]}
        onChange={(event) => choose({ kind: event.target.value })}
      />
    </div>
  );
}
