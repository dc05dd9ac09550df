/** Who may use how much: requests that wait for an answer, the quotas with what is used of them, and what did not fit. */
import { useAddressedScope } from '../../data/addressed-scope.ts';
import { ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { useQuotas } from '../../data/quotas.ts';
import { countOf } from '../../format/number.ts';
import { ApprovalsPanel } from './approvals-panel.tsx';
import { QuotasPanel } from './quotas-panel.tsx';
import { ViolationsPanel } from './violations-panel.tsx';

/** The page. */
export function QuotasPage() {
  const { scope } = useAddressedScope();
  const quotas = useQuotas(scope);
  if (quotas.isPending) return <Loading rows={6} label="Reading the quotas" />;
  if (!quotas.data) return <ErrorNotice error={quotas.error} retry={() => void quotas.refetch()} />;
  const { data } = quotas;
  const failures = data.metrics.store_failures;
  const names = new Map(data.quotas.map(({ quota_id: id, name }) => [id, name]));
  return (
    <div className="space-y-4">
      {failures === 0 ? null : (
        <Notice tone="warn">
          The store of the quotas has failed {countOf(failures, 'time')} since the server’s start. While it is
          away, hard quotas refuse everything and soft ones let everything pass uncounted. Look at the health
          on the Overview.
        </Notice>
      )}
      <ApprovalsPanel scope={scope} approvals={data.approvals} names={names} />
      <QuotasPanel scope={scope} quotas={data.quotas} usage={data.usage} metrics={data.metrics} />
      <ViolationsPanel scope={scope} names={names} />
    </div>
  );
}
