/** Adds a quota, or changes one. */
import type { WireQuota } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { Switch } from '../../components/switch.tsx';
import { useCreateQuota, useUpdateQuota } from '../../data/quotas.ts';
import { QuotaFields } from './quota-fields.tsx';
import { draftOf, formOf, problemsOf } from './quota-form.ts';

/** The dialog; `quota` is null for a new one. */
export function QuotaDialog({
  scope,
  quota,
  onClose,
}: {
  readonly scope: MetricScope;
  readonly quota: WireQuota | null;
  readonly onClose: () => void;
}) {
  const create = useCreateQuota(scope);
  const update = useUpdateQuota(scope, quota?.quota_id ?? '');
  const save = quota === null ? create : update;
  const [form, setForm] = useState(() => formOf(quota));
  const [isTried, setTried] = useState(false);
  const problems = problemsOf(form);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(problems).length === 0) save.mutate(draftOf(form), { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={quota === null ? 'New quota' : `The quota “${quota.name}”`}
      description={
        scope === 'installation'
          ? 'It counts in every workspace, from the next request on.'
          : 'It counts in this workspace, from the next request on.'
      }
    >
      <form noValidate onSubmit={submit} className="space-y-4">
        <QuotaFields scope={scope} form={form} problems={isTried ? problems : {}} onChange={setForm} />
        <TextField
          label="Note (optional)"
          maxLength={1_000}
          value={form.description}
          onChange={(event) => setForm({ ...form, description: event.target.value })}
        />
        {quota === null ? null : (
          <div className="flex items-center gap-3">
            <Switch
              label="The quota is on"
              checked={form.enabled}
              onChange={(enabled) => setForm({ ...form, enabled })}
            />
            <span>{form.enabled ? 'On' : 'Off: nothing is counted or refused'}</span>
          </div>
        )}
        {save.error ? <ErrorNotice error={save.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="solid" busy={save.isPending}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
