/** What fires, is pending, lacks data or has just resolved. */
import type { WireAlert } from '@raptorflow/contract';
import { useState } from 'react';

import { useAddressedScope } from '../../data/addressed-scope.ts';
import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { VirtualList } from '../../components/virtual-list.tsx';
import { useActiveAlerts, useAlertRules, useMaintenance, useSilences } from '../../data/alerts.ts';
import { countOf } from '../../format/number.ts';
import { AcknowledgeDialog } from './acknowledge-dialog.tsx';
import { AlertRow } from './alert-row.tsx';
import { useAlertRights } from './alert-rights.ts';
import { byUrgency, quietReasons, stateSummary } from './alert-words.ts';
import { NoRules } from './no-rules.tsx';
import { SilenceDialog } from './silence-dialog.tsx';
import { useValueFormats } from './value-formats.ts';

type Dialog = { readonly kind: 'acknowledge' | 'silence'; readonly alert: WireAlert } | null;

/** The active alerts, the most urgent first. */
export function ActiveAlertsPage() {
  const { scope } = useAddressedScope();
  const { mayAct } = useAlertRights();
  const active = useActiveAlerts(scope);
  const silences = useSilences(scope).data ?? [];
  const windows = useMaintenance(scope).data ?? [];
  const formats = useValueFormats(scope);
  const [dialog, setDialog] = useState<Dialog>(null);
  if (active.isPending) return <Loading rows={5} label="Reading the alerts" />;
  if (!active.data) return <ErrorNotice error={active.error} retry={() => void active.refetch()} />;
  const alerts = byUrgency(active.data);
  const close = () => setDialog(null);
  return (
    <>
      <Panel
        flush
        title="Active alerts"
        note={
          <span role="status" aria-live="polite">
            {stateSummary(alerts)}
          </span>
        }
      >
        {alerts.length === 0 ? (
          <NothingActive />
        ) : (
          <VirtualList
            label="Active alerts"
            items={alerts}
            keyOf={(alert) => alert.alert_id}
            renderRow={(alert) => (
              <AlertRow
                alert={alert}
                value={alert.value === null ? null : formats(alert.rule)(alert.value)}
                quiet={quietReasons(alert, { silences, windows, alerts })}
                mayAct={mayAct}
                onAcknowledge={() => setDialog({ kind: 'acknowledge', alert })}
                onSilence={() => setDialog({ kind: 'silence', alert })}
              />
            )}
          />
        )}
      </Panel>
      {dialog?.kind === 'acknowledge' ? (
        <AcknowledgeDialog scope={scope} alert={dialog.alert} onClose={close} />
      ) : null}
      {dialog?.kind === 'silence' ? (
        <SilenceDialog scope={scope} alert={dialog.alert} onClose={close} />
      ) : null}
    </>
  );
}

function NothingActive() {
  const { scope } = useAddressedScope();
  const rules = useAlertRules(scope).data;
  const watching = rules?.filter(({ enabled }) => enabled !== false).length ?? 0;
  if (rules === undefined || watching > 0) {
    return (
      <EmptyState icon="check" title="All is quiet">
        {rules === undefined
          ? 'Nothing fires.'
          : `${countOf(watching, 'rule')} on watch, and nothing is wrong.`}
      </EmptyState>
    );
  }
  return <NoRules title="No rule watches" />;
}
