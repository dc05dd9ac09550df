/** Triggers that look at something again and again: a metric, or health. */
import { ChoiceField } from '../../components/choice-field.tsx';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { useHealth } from '../../data/health.ts';
import { useMetricList } from '../../data/metrics.ts';
import { isOneOf } from '../../search.ts';
import { statusWords } from './task-words.ts';
import type { TriggerFieldsProps, TriggerForm } from './trigger-form.ts';

const conditions = ['above', 'below'] as const;
const statuses = Object.entries(statusWords) as [TriggerForm['status'], string][];

/** Which metric, and from where on. */
export function ThresholdFields(props: TriggerFieldsProps) {
  const { form, problems, onChange } = props;
  // Only what is one number at a moment can be compared with one.
  const metrics = (useMetricList().data?.data ?? []).filter(
    ({ type }) => type === 'counter' || type === 'gauge',
  );
  const chosen = metrics.find(({ name }) => name === form.metric.trim());
  const unit = chosen === undefined || chosen.unit === '1' ? '' : `, ${chosen.unit}`;
  return (
    <>
      <ChoiceField
        label="Metric"
        className="sm:col-span-2"
        value={form.metric}
        choices={metrics.map(({ name, description }) => ({ value: name, detail: description }))}
        problem={problems.metric}
        placeholder="Find by name or meaning"
        hint={chosen?.description ?? 'A counter or a gauge; type to search.'}
        onChange={(metric) => onChange({ ...form, metric })}
      />
      <TextArea
        label="Only with these tags (optional)"
        className="sm:col-span-2"
        hint="One a line: name=value. What has them is summed up."
        mono
        rows={2}
        spellCheck={false}
        value={form.metricTags}
        problem={problems.metricTags}
        onChange={(event) => onChange({ ...form, metricTags: event.target.value })}
      />
      <SelectField
        label="When it is"
        value={form.condition}
        options={conditions.map((one) => [one, one] as const)}
        onChange={(event) => {
          if (isOneOf(conditions, event.target.value)) onChange({ ...form, condition: event.target.value });
        }}
      />
      <TextField
        label={`Threshold${unit}`}
        inputMode="decimal"
        value={form.value}
        problem={problems.value}
        onChange={(event) => onChange({ ...form, value: event.target.value })}
      />
      <TextField
        label={`Over when back at${unit} (optional)`}
        inputMode="decimal"
        className="sm:col-span-2"
        hint="Empty: five percent back."
        value={form.clearValue}
        problem={problems.clearValue}
        onChange={(event) => onChange({ ...form, clearValue: event.target.value })}
      />
      <WatchFields {...props} />
    </>
  );
}

/** Whose health, and how bad. */
export function HealthFields(props: TriggerFieldsProps) {
  const { form, problems, onChange } = props;
  const parts = Object.keys(useHealth().data?.services ?? {});
  return (
    <>
      <ChoiceField
        label="Part (optional)"
        value={form.component}
        choices={parts.map((value) => ({ value }))}
        problem={problems.component}
        hint="Empty: the installation as a whole."
        onChange={(component) => onChange({ ...form, component })}
      />
      <SelectField
        label="When it is"
        value={form.status}
        options={statuses}
        onChange={(event) => {
          const names = statuses.map(([name]) => name);
          if (isOneOf(names, event.target.value)) onChange({ ...form, status: event.target.value });
        }}
      />
      <WatchFields {...props} />
    </>
  );
}

function WatchFields({ form, problems, onChange }: TriggerFieldsProps) {
  return (
    <>
      <TextField
        label="Looked at every"
        value={form.checkEvery}
        problem={problems.checkEvery}
        onChange={(event) => onChange({ ...form, checkEvery: event.target.value })}
      />
      <TextField
        label="While it lasts, again after"
        hint={problems.repeat === undefined ? 'Empty: not again before it has been over.' : undefined}
        value={form.repeat}
        problem={problems.repeat}
        onChange={(event) => onChange({ ...form, repeat: event.target.value })}
      />
    </>
  );
}
