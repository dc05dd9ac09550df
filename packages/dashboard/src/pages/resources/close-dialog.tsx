/** Asks before resources of a kind are closed, and says what was closed. */
import type { WireCleanupReport } from '@raptorflow/contract';
import { useId, useState } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice, Notice } from '../../components/feedback.tsx';
import { useCloseResources } from '../../data/resources.ts';
import { formatBytes } from '../../format/number.ts';
import { formatDuration } from '../../format/time.ts';
import { humanize } from '../../format/words.ts';

/** The dialog. */
export function CloseDialog({
  scope,
  kind,
  onClose,
}: {
  readonly scope: MetricScope;
  readonly kind: string;
  readonly onClose: () => void;
}) {
  const close = useCloseResources(scope);
  const [force, setForce] = useState(false);
  const name = humanize(kind);
  const report = close.data?.data;
  return (
    <Dialog
      open
      onClose={onClose}
      title={report === undefined ? `Close what is open of “${name}”?` : `Closed of “${name}”`}
      description={
        scope === 'installation' ? 'Of every workspace, and the server’s own.' : 'Of this workspace only.'
      }
    >
      {report === undefined ? (
        <div className="space-y-4">
          <p>
            What is idle, leaked or could not be closed before is closed now. Whoever still holds it finds it
            closed; this cannot be undone.
          </p>
          <ForceChoice checked={force} onChange={setForce} />
          {close.error ? <ErrorNotice error={close.error} /> : null}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Keep as it is</Button>
            <Button tone="danger" busy={close.isPending} onClick={() => close.mutate({ type: kind, force })}>
              {force ? 'Close all of them' : 'Close what is not in use'}
            </Button>
          </div>
        </div>
      ) : (
        <div className="space-y-4">
          <Report report={report} message={close.data?.message ?? ''} />
          <div className="flex justify-end">
            <Button tone="solid" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}

function ForceChoice({
  checked,
  onChange,
}: {
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
}) {
  const id = useId();
  return (
    <div className="flex items-start gap-2">
      <input
        id={id}
        type="checkbox"
        className="mt-1 size-4 shrink-0 accent-bad"
        aria-describedby={`${id}-hint`}
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <div className="min-w-0">
        <label htmlFor={id} className="font-medium">
          Also what is in use
        </label>
        <p id={`${id}-hint`} className="text-xs text-muted">
          Work that goes on with it right now fails, and its run with it. The audit log notes that you forced
          it.
        </p>
      </div>
    </div>
  );
}

function Report({ report, message }: { readonly report: WireCleanupReport; readonly message: string }) {
  const failed = report.resources_failed;
  return (
    <>
      <Notice tone={failed > 0 ? 'warn' : 'ok'}>
        {message} {formatBytes(report.bytes_freed)} freed in{' '}
        {formatDuration(report.execution_time_seconds * 1_000)}.
      </Notice>
      {failed === 0 ? null : (
        <div>
          <p className="font-medium">Why some could not be closed; the next cleanup tries again:</p>
          <ul className="mt-1 space-y-1 text-xs">
            {report.failures.map(({ resource_id: id, error }) => (
              <li key={id} className="break-words">
                <code className="break-all">{id}</code>: <span className="text-bad">{error}</span>
              </li>
            ))}
          </ul>
        </div>
      )}
    </>
  );
}
