/** What people are told when a rule fires, and what else decides how it is evaluated. */
import type { WireAlertSeverity } from '@raptorflow/contract';

import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { isOneOf } from '../../search.ts';
import { severities } from './alert-words.ts';
import type { MissingPolicy } from './rule-form.ts';
import type { RuleFieldsProps } from './rule-fields.ts';

const severityNames: readonly WireAlertSeverity[] = ['info', 'warning', 'error', 'critical'];

/** The fields of the third group. */
export function NoticeFields({ form, problems, onChange }: RuleFieldsProps) {
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label="Severity"
        value={form.severity}
        problem={problems.severity}
        options={severityNames.map((name) => [name, severities[name].word] as const)}
        onChange={(event) => {
          const name = event.target.value;
          if (isOneOf(severityNames, name)) onChange({ ...form, severity: name });
        }}
      />
      <TextField
        label="Runbook (optional)"
        hint="Address of the page that says what to do."
        type="url"
        inputMode="url"
        maxLength={2_000}
        value={form.runbook}
        problem={problems.runbook}
        onChange={(event) => onChange({ ...form, runbook: event.target.value })}
      />
      <TextArea
        label="Summary (optional)"
        hint="One sentence for the person who is told."
        className="sm:col-span-2"
        rows={2}
        maxLength={500}
        value={form.summary}
        problem={problems.summary}
        onChange={(event) => onChange({ ...form, summary: event.target.value })}
      />
      <TextArea
        label="Labels (optional)"
        hint="One a line: team=core. They decide who is told, and what a silence matches."
        className="sm:col-span-2"
        mono
        rows={2}
        spellCheck={false}
        value={form.labels}
        problem={problems.labels}
        onChange={(event) => onChange({ ...form, labels: event.target.value })}
      />
    </div>
  );
}

const policies: readonly (readonly [MissingPolicy, string])[] = [
  ['no_data', 'Say so: a state of its own'],
  ['ok', 'All is well'],
  ['firing', 'As bad as the condition'],
  ['keep', 'As it was before'],
];

/** The fields of the last group. */
export function EvaluationFields({ form, problems, onChange }: RuleFieldsProps) {
  const names = policies.map(([name]) => name);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <TextField
        label="Evaluated every"
        hint="1 s to 1 h."
        value={form.interval}
        problem={problems.interval}
        onChange={(event) => onChange({ ...form, interval: event.target.value })}
      />
      <SelectField
        label="A series without samples means"
        value={form.missing}
        problem={problems.missing}
        options={policies}
        onChange={(event) => {
          const name = event.target.value;
          if (isOneOf(names, name)) onChange({ ...form, missing: name });
        }}
      />
    </div>
  );
}
