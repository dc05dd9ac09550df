/** Says that somebody has seen an alert. */
import type { WireAlert } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { TextArea } from '../../components/field.tsx';
import { useAcknowledge } from '../../data/alerts.ts';

/** Asks for a note, which may be empty. */
export function AcknowledgeDialog({
  scope,
  alert,
  onClose,
}: {
  readonly scope: MetricScope;
  readonly alert: WireAlert;
  readonly onClose: () => void;
}) {
  const acknowledge = useAcknowledge(scope);
  const [note, setNote] = useState('');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    acknowledge.mutate({ alertId: alert.alert_id, note: note.trim() }, { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Acknowledge ${alert.rule}`}
      description="Everybody sees that you have it in hand, and nobody is told again until it has resolved."
    >
      <form className="space-y-4" onSubmit={submit}>
        <TextArea
          label="Note (optional)"
          hint="What you know, or what you are doing about it."
          maxLength={1_000}
          value={note}
          onChange={(event) => setNote(event.target.value)}
        />
        {acknowledge.error ? <ErrorNotice error={acknowledge.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="solid" busy={acknowledge.isPending}>
            Acknowledge
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
