/** A new silence: which alerts, until when, and why. */
import type { WireAlert } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { useNow } from '../../components/time.tsx';
import { useCreateSilence } from '../../data/alerts.ts';
import { MatcherFields } from './matcher-fields.tsx';
import { MatcherReach } from './matcher-reach.tsx';
import {
  draftOfSilence,
  problemsOfSilence,
  type SilenceForm,
  silenceFor,
  silenceSpans,
  untilMoment,
} from './silence-form.ts';

/** The dialog; with an alert it begins with what tells that one from all others. */
export function SilenceDialog({
  scope,
  alert = null,
  onClose,
}: {
  readonly scope: MetricScope;
  readonly alert?: WireAlert | null;
  readonly onClose: () => void;
}) {
  const create = useCreateSilence(scope);
  const [form, setForm] = useState<SilenceForm>(() => silenceFor(alert));
  const now = useNow();
  const problems = problemsOfSilence(form, now);
  const isSound = Object.keys(problems).length === 0;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isSound) create.mutate(draftOfSilence(form, Date.now()), { onSuccess: onClose });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title={alert === null ? 'New silence' : `Silence ${alert.rule}`}
      description="What matches is watched and shown all the same, but nobody is told of it."
    >
      <form className="space-y-4" onSubmit={submit}>
        <MatcherFields
          matchers={form.matchers}
          problem={problems.matchers}
          onChange={(matchers) => setForm({ ...form, matchers })}
        />
        {problems.matchers === undefined ? <MatcherReach scope={scope} matchers={form.matchers} /> : null}
        <EndFields form={form} problem={problems.until} onChange={setForm} />
        <TextArea
          label="Why"
          hint="For whoever wonders where the alert went."
          rows={2}
          required
          maxLength={1_000}
          value={form.comment}
          onChange={(event) => setForm({ ...form, comment: event.target.value })}
        />
        {create.error ? <ErrorNotice error={create.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="solid" busy={create.isPending} disabled={!isSound}>
            Silence
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function EndFields({
  form,
  problem,
  onChange,
}: {
  readonly form: SilenceForm;
  readonly problem: string | undefined;
  readonly onChange: (form: SilenceForm) => void;
}) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label="For"
        value={form.span}
        options={[
          ...Object.entries(silenceSpans).map(([name, { label }]) => [name, label] as const),
          [untilMoment, 'Until a moment'] as const,
        ]}
        onChange={(event) => onChange({ ...form, span: event.target.value })}
      />
      {form.span === untilMoment ? (
        <TextField
          label="Until"
          type="datetime-local"
          required
          value={form.until}
          problem={form.until === '' ? undefined : problem}
          onChange={(event) => onChange({ ...form, until: event.target.value })}
        />
      ) : null}
    </div>
  );
}
