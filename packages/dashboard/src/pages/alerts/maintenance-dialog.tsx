/** A window of maintenance, new or changed: when, which alerts, and why. */
import type { WireMaintenance } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { TextArea, TextField } from '../../components/field.tsx';
import { useSaveMaintenance } from '../../data/alerts.ts';
import { ownTimeZone } from '../../format/wall-clock.ts';
import {
  draftOfMaintenance,
  formOfMaintenance,
  type MaintenanceForm,
  newMaintenance,
  problemsOfMaintenance,
} from './maintenance-form.ts';
import { MaintenanceTimeFields } from './maintenance-time-fields.tsx';
import { MatcherFields } from './matcher-fields.tsx';
import { MatcherReach } from './matcher-reach.tsx';

/** The dialog; with a window it changes that one. */
export function MaintenanceDialog({
  scope,
  existing,
  onClose,
}: {
  readonly scope: MetricScope;
  readonly existing: WireMaintenance | null;
  readonly onClose: () => void;
}) {
  const save = useSaveMaintenance(scope, existing?.maintenance_id ?? null);
  const [form, setForm] = useState<MaintenanceForm>(() =>
    existing === null
      ? newMaintenance(Date.now(), ownTimeZone())
      : formOfMaintenance(existing, Date.now(), ownTimeZone()),
  );
  const problems = problemsOfMaintenance(form);
  const isSound = Object.keys(problems).length === 0;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isSound) save.mutate(draftOfMaintenance(form), { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={existing === null ? 'New window of maintenance' : `Change ${existing.name}`}
      description="At these times nobody is told of what matches. It is watched and shown all the same."
    >
      <form noValidate className="space-y-4" onSubmit={submit}>
        <TextField
          label="Name"
          hint="What is done then, for example Backup."
          required
          maxLength={200}
          autoComplete="off"
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.target.value })}
        />
        <MaintenanceTimeFields form={form} problems={problems} onChange={setForm} />
        <MatcherFields
          matchers={form.matchers}
          problem={problems.matchers}
          none="Without a label it matches every alert."
          onChange={(matchers) => setForm({ ...form, matchers })}
        />
        {problems.matchers === undefined ? <MatcherReach scope={scope} matchers={form.matchers} /> : null}
        <TextArea
          label="Why (optional)"
          rows={2}
          maxLength={1_000}
          value={form.comment}
          onChange={(event) => setForm({ ...form, comment: event.target.value })}
        />
        {save.error ? <ErrorNotice error={save.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="solid" busy={save.isPending} disabled={!isSound}>
            {existing === null ? 'Add' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
