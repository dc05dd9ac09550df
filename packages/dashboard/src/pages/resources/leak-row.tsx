/** One leak: how bad, what, since when, on what evidence, and what to do about it. */
import type { WireLeak } from '@raptorflow/contract';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { Badge } from '../../components/status.tsx';
import { Ago } from '../../components/time.tsx';
import { useJudgeLeak } from '../../data/resources.ts';
import { formatBytes } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';
import { CallSite } from './call-site.tsx';
import { Owner } from './owner.tsx';
import { useReadOnlyReason } from './resource-rights.ts';
import { evidenceWords, reasonWords, severityTones } from './resource-words.ts';

/** The row with its actions. */
export function LeakRow({ leak, scope }: { readonly leak: WireLeak; readonly scope: MetricScope }) {
  const { resource } = leak;
  return (
    <article
      aria-label={`${humanize(leak.resource_type)} ${leak.resource_id ?? leak.leak_id}`}
      className="flex flex-wrap items-start gap-x-4 gap-y-3 px-4 py-3"
    >
      <div className="min-w-0 flex-1 basis-72 space-y-1.5">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <Badge tone={severityTones[leak.severity]}>{humanize(leak.severity)}</Badge>
          <span className="font-medium">{humanize(leak.resource_type)}</span>
          {resource === null || resource.size_bytes === 0 ? null : (
            <span className="tabular">{formatBytes(resource.size_bytes)}</span>
          )}
          <span className="text-xs text-muted">
            {reasonWords[leak.reason]}, found <Ago at={leak.leak_detected_at} />
          </span>
        </div>
        <p className="break-words">{leak.description}</p>
        <dl className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
          {evidenceWords(leak).map(([name, value]) => (
            <div key={name} className="flex gap-1.5">
              <dt className="text-muted">{name}</dt>
              <dd className="tabular">{value}</dd>
            </div>
          ))}
        </dl>
        {resource === null ? null : (
          <>
            <div className="text-xs">
              <Owner of={resource} />
            </div>
            <CallSite site={leak.call_site} />
          </>
        )}
        <p className="break-words">
          <span className="font-medium">What to do:</span> {leak.suggested_action}
        </p>
      </div>
      {resource === null ? null : <Verdict leak={leak} scope={scope} />}
    </article>
  );
}

/** Right or wrong, said by an admin. A right one stays in the list until it is closed; a wrong one goes. */
function Verdict({ leak, scope }: { readonly leak: WireLeak; readonly scope: MetricScope }) {
  const judge = useJudgeLeak(scope);
  const reason = useReadOnlyReason();
  const say = (right: boolean) => judge.mutate({ leakId: leak.leak_id, right });
  const isConfirmed = judge.data?.data.right === true;
  return (
    <div className="flex max-w-full flex-col items-start gap-2 sm:items-end">
      <div role="group" aria-label="Is it a leak?" className="flex flex-wrap items-center gap-2">
        {isConfirmed ? (
          <Badge tone="ok">You said: right</Badge>
        ) : (
          <Button
            icon="check"
            busy={judge.isPending}
            disabled={reason !== undefined}
            title={reason ?? 'It is a leak: the figures above count it as found rightly.'}
            onClick={() => say(true)}
          >
            Right
          </Button>
        )}
        <Button
          icon="close"
          busy={judge.isPending}
          disabled={reason !== undefined || isConfirmed}
          title={reason ?? 'It is no leak: it is taken back, and its place is given more time from now on.'}
          onClick={() => say(false)}
        >
          Wrong
        </Button>
      </div>
      {judge.error ? <ErrorNotice error={judge.error} /> : null}
    </div>
  );
}
