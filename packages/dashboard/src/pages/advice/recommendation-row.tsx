/** One piece of advice: how urgent, what to do, what it saves, on what evidence, and the button that does it. */
import type { WireRecommendation, WireUsagePattern } from '@raptorflow/contract';
import { useId, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Badge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import type { MetricScope } from '../../data/addressed-scope.ts';
import { humanize, sentence } from '../../format/words.ts';
import { Owner } from '../resources/owner.tsx';
import { useReadOnlyReason } from '../resources/resource-rights.ts';
import {
  basisWords,
  confidenceWords,
  effortWords,
  kindWords,
  priorityTones,
  savingWords,
  stateWords,
} from './advice-words.ts';
import { ApplyDialog } from './apply-dialog.tsx';
import { EvidenceList } from './evidence-list.tsx';

interface RowProps {
  readonly advice: WireRecommendation;
  readonly scope: MetricScope;
}

/** The row with its button. */
export function RecommendationRow({
  advice,
  scope,
  patterns,
}: RowProps & { readonly patterns: readonly WireUsagePattern[] }) {
  const titleId = useId();
  const [word, tone] = stateWords[advice.state];
  const pattern = patternBehind(advice, patterns);
  return (
    <article aria-labelledby={titleId} className="flex flex-wrap items-start gap-x-6 gap-y-3 px-4 py-3">
      <div className="min-w-0 flex-1 basis-80 space-y-2">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={priorityTones[advice.priority]}>{humanize(advice.priority)}</Badge>
          <h3 id={titleId} className="font-medium break-words">
            {advice.title}
          </h3>
          {advice.state === 'open' ? null : <Badge tone={tone}>{word}</Badge>}
        </div>
        <p className="max-w-3xl break-words">{advice.description}</p>
        <Change advice={advice} />
        <Facts advice={advice} />
        {pattern === null ? null : (
          <details>
            <summary className="cursor-pointer text-xs font-medium">What it was seen by</summary>
            <div className="mt-1 ml-4">
              <EvidenceList pattern={pattern} />
            </div>
          </details>
        )}
        <Steps advice={advice} />
        <Application advice={advice} />
      </div>
      <Apply advice={advice} scope={scope} />
    </article>
  );
}

/** Now, and after it. */
function Change({ advice }: { readonly advice: WireRecommendation }) {
  return (
    <p className="flex max-w-3xl flex-wrap items-center gap-x-2 gap-y-1 rounded-md bg-sunken px-3 py-2">
      <span className="break-words">{sentence(advice.current_state).replace(/\.$/u, '')}</span>
      <Icon name="arrow" className="size-3.5 text-muted" />
      <span className="sr-only">becomes</span>
      <span className="font-medium break-words">{advice.recommended_state}</span>
    </p>
  );
}

function Facts({ advice }: { readonly advice: WireRecommendation }) {
  const saving = savingWords(advice);
  const sure = confidenceWords(advice.confidence);
  const facts: readonly (readonly [string, string])[] = [
    ['Of', humanize(advice.resource_type)],
    ['Kind', kindWords[advice.optimization_type]],
    ['Effort', effortWords[advice.implementation_effort]],
    ['Saves', saving === '' ? 'cannot be computed' : saving],
    ['Follows from', `${basisWords(advice)}${sure === '' ? '' : `, ${sure}`}`],
  ];
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
      {facts.map(([name, value]) => (
        <div key={name} className="flex gap-1.5">
          <dt className="text-muted">{name}</dt>
          <dd className="tabular">{value}</dd>
        </div>
      ))}
      <div className="flex gap-1.5">
        <dt className="text-muted">Whose</dt>
        <dd>
          <Owner of={{ owner: null, agent_id: null, run_id: null, workspace_id: advice.workspace_id }} />
        </dd>
      </div>
      <div className="flex gap-1.5">
        <dt className="text-muted">Last seen</dt>
        <dd>
          <Ago at={advice.last_seen} />
        </dd>
      </div>
    </dl>
  );
}

/** The way there; it stands open where only people can go it. */
function Steps({ advice: { steps, applicable, state } }: { readonly advice: WireRecommendation }) {
  if (steps.length === 0) return null;
  return (
    <details open={!applicable && state === 'open'}>
      <summary className="cursor-pointer text-xs font-medium">
        What to do, in {steps.length === 1 ? 'one step' : `${steps.length} steps`}
      </summary>
      <ol className="mt-1 ml-5 max-w-3xl list-decimal space-y-0.5">
        {steps.map((step) => (
          <li key={step} className="break-words">
            {step}
          </li>
        ))}
      </ol>
    </details>
  );
}

/** Who carried it out and what came of it; nothing where nobody tried. */
function Application({ advice: { application } }: { readonly advice: WireRecommendation }) {
  if (application === null) return null;
  const { by, at, outcome, result } = application;
  return (
    <p className={outcome === 'failed' ? 'max-w-3xl break-words text-bad' : 'max-w-3xl break-words'}>
      <span className="font-medium">
        {outcome === 'failed' ? `It could not be carried out (${by}, ` : `Carried out by ${by} (`}
        <Ago at={at} />
        ):
      </span>{' '}
      {sentence(result)}
    </p>
  );
}

/** The button where the program can do it by itself; else who has to. */
function Apply({ advice, scope }: RowProps) {
  const reason = useReadOnlyReason();
  const [isAsked, setAsked] = useState(false);
  if (!advice.applicable && !isAsked) {
    return advice.state === 'open' ? (
      <p className="text-xs text-muted sm:max-w-44 sm:text-right">
        Only people can do this: follow its steps.
      </p>
    ) : null;
  }
  return (
    <>
      {advice.applicable ? (
        <Button
          icon="spark"
          disabled={reason !== undefined}
          title={reason}
          aria-label={`Carry out: ${advice.title}`}
          onClick={() => setAsked(true)}
        >
          Carry out…
        </Button>
      ) : null}
      {isAsked ? <ApplyDialog advice={advice} scope={scope} onClose={() => setAsked(false)} /> : null}
    </>
  );
}

/** The pattern that advice follows from; null where it cannot be told which one it is. */
function patternBehind(
  { resource_type: type, workspace_id: workspaceId, basis }: WireRecommendation,
  patterns: readonly WireUsagePattern[],
): WireUsagePattern | null {
  const fitting = patterns.filter(
    (pattern) =>
      pattern.pattern_type === basis &&
      pattern.resource_type === type &&
      pattern.series.workspace_id === workspaceId,
  );
  const isOneSeries = new Set(fitting.map(({ series }) => series.series_id)).size === 1;
  if (!isOneSeries) return null;
  // Of two windows that show the same, the longer one is advised from.
  const spanOf = (pattern: WireUsagePattern) =>
    Date.parse(pattern.time_window_end) - Date.parse(pattern.time_window_start);
  return fitting.reduce((longest, pattern) => (spanOf(pattern) > spanOf(longest) ? pattern : longest));
}
