/** When a rule fires: its condition, and how long it has to hold. */
import type { WireAlertCondition } from '@raptorflow/contract';

import { SelectField, TextField } from '../../components/field.tsx';
import { useMetricList } from '../../data/metrics.ts';
import { metricFormat } from '../../format/metric.ts';
import { isOneOf } from '../../search.ts';
import {
  type Direction,
  hasResolveThreshold,
  isRelative,
  type RuleForm,
  withCondition,
} from './rule-form.ts';
import { conditionWords, isComparison, sourceOf, unitOf } from './rule-words.ts';
import type { RuleFieldsProps } from './rule-fields.ts';

const metricConditions: readonly WireAlertCondition[] = [
  'gt',
  'gte',
  'lt',
  'lte',
  'eq',
  'ne',
  'change',
  'anomaly',
  'absent',
];
const ruleConditions: readonly WireAlertCondition[] = ['any', 'all'];

/** The fields of the second group: only those that the condition needs. */
export function ConditionFields(props: RuleFieldsProps) {
  const { form, problems, onChange } = props;
  const source = sourceOf(form.condition);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {source === 'objective' ? null : (
        <ConditionField
          {...props}
          label={source === 'rules' ? 'It fires when' : 'It fires when the value'}
          conditions={source === 'rules' ? ruleConditions : metricConditions}
        />
      )}
      {form.condition === 'change' ? <ChangeFields {...props} /> : null}
      {form.condition === 'anomaly' ? <AnomalyFields {...props} /> : null}
      {form.condition === 'burn_rate' ? <BurnRateFields {...props} /> : null}
      {isComparison(form.condition) || form.condition === 'change' ? <ThresholdFields {...props} /> : null}
      <TextField
        label="It has to hold for"
        hint="0 s fires at once."
        value={form.duration}
        problem={problems.duration}
        onChange={(event) => onChange({ ...form, duration: event.target.value })}
      />
      <TextField
        label="Keeps firing for"
        hint="After it has ceased to hold, so that it does not flap."
        value={form.keepFiring}
        problem={problems.keepFiring}
        onChange={(event) => onChange({ ...form, keepFiring: event.target.value })}
      />
    </div>
  );
}

function ConditionField({
  form,
  problems,
  onChange,
  label,
  conditions,
}: RuleFieldsProps & { readonly label: string; readonly conditions: readonly WireAlertCondition[] }) {
  return (
    <SelectField
      label={label}
      className="sm:col-span-2"
      value={form.condition}
      problem={problems.condition}
      options={conditions.map((name) => [name, conditionWords[name]] as const)}
      onChange={(event) => {
        const name = event.target.value;
        if (isOneOf(conditions, name)) onChange(withCondition(form, name));
      }}
    />
  );
}

function ThresholdFields({ form, problems, onChange }: RuleFieldsProps) {
  const metrics = useMetricList().data?.data;
  const unit = unitOf(
    metrics?.find(({ name }) => name === form.metric),
    form.aggregation,
  );
  const inUnit = isRelative(form) ? ', %' : unitWords(unit);
  const written = (text: string) => (isRelative(form) ? undefined : meaningOf(text.trim(), unit));
  return (
    <>
      <TextField
        label={form.condition === 'change' ? `By more than${inUnit}` : `Threshold${inUnit}`}
        inputMode="decimal"
        hint={written(form.threshold)}
        value={form.threshold}
        problem={problems.threshold}
        onChange={(event) => onChange({ ...form, threshold: event.target.value })}
      />
      {hasResolveThreshold(form.condition) ? (
        <TextField
          label={`Resolves at${inUnit} (optional)`}
          inputMode="decimal"
          hint={
            written(form.resolveThreshold) ??
            'What fires is compared with this instead, so that it does not flap.'
          }
          value={form.resolveThreshold}
          problem={problems.resolveThreshold}
          onChange={(event) => onChange({ ...form, resolveThreshold: event.target.value })}
        />
      ) : null}
    </>
  );
}

/** A long number as people read it: "1500" of ms is 1.5 s. Nothing where that is what stands there already. */
function meaningOf(text: string, unit: string): string | undefined {
  if (text === '' || !Number.isFinite(Number(text))) return undefined;
  const meant = metricFormat(unit)(Number(text));
  return meant.startsWith(text) ? undefined : `That is ${meant}.`;
}

function unitWords(unit: string): string {
  if (unit === '1') return '';
  return `, ${unit.replace('micro_usd', 'millionths of a US dollar').replace('/s', ' a second')}`;
}

const directions: readonly (readonly [Direction, string])[] = [
  ['up', 'Upwards'],
  ['down', 'Downwards'],
  ['either', 'Either way'],
];

function DirectionField({
  form,
  problems,
  onChange,
  field,
}: RuleFieldsProps & { readonly field: 'changeDirection' | 'anomalyDirection' }) {
  const names = directions.map(([name]) => name);
  return (
    <SelectField
      label="Which way"
      value={form[field]}
      problem={problems[field]}
      options={directions}
      onChange={(event) => {
        const name = event.target.value;
        if (isOneOf(names, name)) onChange({ ...form, [field]: name });
      }}
    />
  );
}

function ChangeFields(props: RuleFieldsProps) {
  const { form, problems, onChange } = props;
  return (
    <>
      <DirectionField {...props} field="changeDirection" />
      <SelectField
        label="Measured"
        value={form.changeMode}
        problem={problems.changeMode}
        options={[
          ['relative', 'In percent of what it was'],
          ['absolute', 'In the unit of the metric'],
        ]}
        onChange={(event) =>
          onChange({ ...form, changeMode: event.target.value === 'absolute' ? 'absolute' : 'relative' })
        }
      />
      <TextField
        label="Compared with what it was before"
        hint="1 h, 1 d, 7 d"
        className="sm:col-span-2"
        value={form.changeEarlier}
        problem={problems.changeEarlier}
        onChange={(event) => onChange({ ...form, changeEarlier: event.target.value })}
      />
    </>
  );
}

interface LineField {
  readonly field: keyof Pick<
    RuleForm,
    'season' | 'past' | 'confidence' | 'objective' | 'threshold' | 'longWindow' | 'shortWindow'
  >;
  readonly label: string;
  readonly hint: string;
  readonly inputMode?: 'decimal';
}

const anomalyLines: readonly LineField[] = [
  { field: 'season', label: 'It repeats itself every', hint: 'A day, if days are alike: 1 d.' },
  { field: 'past', label: 'Learns from the last (optional)', hint: 'Empty for fourteen times that.' },
  {
    field: 'confidence',
    label: 'Values to take as usual, %',
    hint: 'The more, the fewer alerts.',
    inputMode: 'decimal',
  },
];

const burnRateLines: readonly LineField[] = [
  {
    field: 'objective',
    label: 'Events that have to be good, %',
    hint: 'For example 99.9.',
    inputMode: 'decimal',
  },
  {
    field: 'threshold',
    label: 'Burns faster than, times',
    hint: '1 uses the budget up exactly; 14.4 in two days of thirty.',
    inputMode: 'decimal',
  },
  { field: 'longWindow', label: 'Over the long window', hint: 'Says that it matters: 1 h.' },
  {
    field: 'shortWindow',
    label: 'And the short window (optional)',
    hint: 'Says that it still goes on. Empty for a twelfth.',
  },
];

function LineFields({
  form,
  problems,
  onChange,
  lines,
}: RuleFieldsProps & { readonly lines: readonly LineField[] }) {
  return lines.map(({ field, label, hint, inputMode }) => (
    <TextField
      key={field}
      label={label}
      hint={hint}
      inputMode={inputMode}
      value={form[field]}
      problem={problems[field]}
      onChange={(event) => onChange({ ...form, [field]: event.target.value })}
    />
  ));
}

function AnomalyFields(props: RuleFieldsProps) {
  return (
    <>
      <DirectionField {...props} field="anomalyDirection" />
      <LineFields {...props} lines={anomalyLines} />
    </>
  );
}

function BurnRateFields(props: RuleFieldsProps) {
  return <LineFields {...props} lines={burnRateLines} />;
}
