/** Requests over a limit that wait for a person; without one there is no panel. */
import type { WireQuotaApproval } from '@raptorflow/contract';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Ago, useNow } from '../../components/time.tsx';
import { useDecideApproval } from '../../data/quotas.ts';
import { countOf } from '../../format/number.ts';
import { formatDuration, formatMoment } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';
import { amountText } from './quota-words.ts';
import { Subject } from './subject.tsx';
import { useReadOnlyReason } from './resource-rights.ts';

/** The panel. */
export function ApprovalsPanel({
  scope,
  approvals,
  names,
}: {
  readonly scope: MetricScope;
  readonly approvals: readonly WireQuotaApproval[];
  readonly names: ReadonlyMap<string, string>;
}) {
  if (approvals.length === 0) return null;
  return (
    <Panel flush title="Waiting for an answer" note={countOf(approvals.length, 'request')}>
      <ul aria-label="Requests that wait" className="divide-y divide-line">
        {approvals.map((approval) => (
          <ApprovalRow
            key={approval.approval_id}
            approval={approval}
            name={names.get(approval.quota_id) ?? approval.quota_id}
            scope={scope}
          />
        ))}
      </ul>
    </Panel>
  );
}

function ApprovalRow({
  approval,
  name,
  scope,
}: {
  readonly approval: WireQuotaApproval;
  readonly name: string;
  readonly scope: MetricScope;
}) {
  const decide = useDecideApproval(scope);
  const reason = useReadOnlyReason();
  const now = useNow();
  const { resource_type: type, amount, current_usage: used, limit } = approval;
  const say = (approve: boolean) => decide.mutate({ approvalId: approval.approval_id, approve });
  const left = Date.parse(approval.expires_at) - now;
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-72 space-y-1">
        <p>
          <span className="font-semibold tabular">{amountText(type, amount)}</span> more of “{humanize(type)}”
          than <span className="font-medium">{name}</span> allows:{' '}
          <span className="tabular">
            {amountText(type, used)} of {amountText(type, limit)}
          </span>{' '}
          are used
        </p>
        <div className="flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-muted">
          <Subject of={approval} />
          <span>
            asked <Ago at={approval.asked_at} />
          </span>
          <span title={formatMoment(approval.expires_at)}>
            {left > 0 ? `refused by itself in ${formatDuration(left)}` : 'refused by now'}
          </span>
        </div>
        {decide.error ? <ErrorNotice error={decide.error} /> : null}
      </div>
      <div className="flex gap-2">
        <Button
          icon="check"
          busy={decide.isPending}
          disabled={reason !== undefined}
          title={reason}
          aria-label={`Approve ${amountText(type, amount)} for ${name}`}
          onClick={() => say(true)}
        >
          Approve
        </Button>
        <Button
          tone="danger"
          icon="close"
          busy={decide.isPending}
          disabled={reason !== undefined}
          title={reason}
          aria-label={`Deny ${amountText(type, amount)} for ${name}`}
          onClick={() => say(false)}
        >
          Deny
        </Button>
      </div>
    </li>
  );
}
