/** One alert: how bad, what about, since when, and whether somebody has it in hand. */
import type { WireAlert } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';

import { useAddressedScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { Icon } from '../../components/icon.tsx';
import { Ago, Elapsed } from '../../components/time.tsx';
import { useScope } from '../../data/scope.ts';
import { formatMoment } from '../../format/time.ts';
import { LabelList, SeverityBadge, StateBadge } from './alert-badges.tsx';
import { isAcknowledgeable, sinceOf, tellingLabels } from './alert-words.ts';

interface AlertRowProps {
  readonly alert: WireAlert;
  /** In the unit of its rule; null without a value. */
  readonly value: string | null;
  /** Why nobody is told of it, one sentence a reason. */
  readonly quiet: readonly string[];
  readonly mayAct: boolean;
  readonly onAcknowledge: () => void;
  readonly onSilence: () => void;
}

/** The row with its actions. */
export function AlertRow({ alert, value, quiet, mayAct, onAcknowledge, onSilence }: AlertRowProps) {
  const since = sinceOf(alert);
  return (
    <article aria-label={alert.rule} className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-72 space-y-1.5">
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
          <StateBadge state={alert.state} />
          <SeverityBadge severity={alert.severity} />
          <RuleLink name={alert.rule} />
          {value === null ? null : <span className="tabular">{value}</span>}
          <span className="text-xs text-muted" title={formatMoment(since.at)}>
            {since.words}{' '}
            {since.goesOn ? <Elapsed from={since.at} to={null} durationMs={null} /> : <Ago at={since.at} />}
          </span>
        </div>
        {alert.summary === '' ? null : <p className="break-words">{alert.summary}</p>}
        <LabelList labels={tellingLabels(alert.labels)} />
        <Handling alert={alert} quiet={quiet} />
      </div>
      <div className="flex flex-wrap items-center gap-2">
        <Runbook url={alert.runbook_url} />
        {mayAct && isAcknowledgeable(alert) ? (
          <Button icon="check" aria-label={`Acknowledge ${alert.rule}`} onClick={onAcknowledge}>
            Acknowledge
          </Button>
        ) : null}
        {mayAct ? (
          <Button icon="pause" aria-label={`Silence ${alert.rule}`} onClick={onSilence}>
            Silence
          </Button>
        ) : null}
      </div>
    </article>
  );
}

/** A rule's name, as the way to it. */
export function RuleLink({ name }: { readonly name: string }) {
  const { workspaceId } = useScope();
  const { search } = useAddressedScope();
  return (
    <Link
      to="/w/$workspaceId/alerts/rules/$name"
      params={{ workspaceId, name }}
      search={search}
      className="min-w-0 font-medium break-all hover:text-accent hover:underline"
    >
      {name}
    </Link>
  );
}

/** Who has seen it, and why nobody is told of it. */
function Handling({ alert, quiet }: { readonly alert: WireAlert; readonly quiet: readonly string[] }) {
  const { acknowledged } = alert;
  if (acknowledged === null && quiet.length === 0) return null;
  return (
    <ul className="space-y-0.5 text-xs text-muted">
      {acknowledged === null ? null : (
        <li className="flex items-start gap-1.5 break-words">
          <Icon name="check" className="mt-0.5 size-3.5 text-ok" />
          <span>
            Acknowledged by {acknowledged.by} <Ago at={acknowledged.at} />
            {acknowledged.note === '' ? '' : `: ${acknowledged.note}`}
          </span>
        </li>
      )}
      {quiet.map((reason) => (
        <li key={reason} className="flex items-start gap-1.5 break-words">
          <Icon name="pause" className="mt-0.5 size-3.5" />
          <span>{reason}</span>
        </li>
      ))}
    </ul>
  );
}

// A rule is written by people: only an address of the web becomes a link.
function Runbook({ url }: { readonly url: string | null }) {
  if (url === null || !/^https?:\/\//u.test(url)) return null;
  return (
    <a
      href={url}
      target="_blank"
      rel="noreferrer"
      className="inline-flex items-center gap-1 text-accent hover:underline"
    >
      Runbook <Icon name="external" className="size-3" />
    </a>
  );
}
