/** What a rule watches: a metric, an objective for good events, or other rules. */
import type { WireMetricInfo } from '@raptorflow/contract';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { ChoiceField } from '../../components/choice-field.tsx';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { useMetricList } from '../../data/metrics.ts';
import { RuleMembers } from './rule-members.tsx';
import { aggregationsFor, type RuleForm, withCondition, withMetric } from './rule-form.ts';
import type { RuleFieldsProps } from './rule-fields.ts';
import { type RuleSource, sourceOf } from './rule-words.ts';

const sources: Readonly<
  Record<RuleSource, { readonly label: string; readonly first: RuleForm['condition'] }>
> = {
  metric: { label: 'A metric', first: 'gt' },
  objective: { label: 'An objective: the share of events that has to be good', first: 'burn_rate' },
  rules: { label: 'Other rules', first: 'any' },
};

function isSource(name: string): name is RuleSource {
  return name in sources;
}

/** The fields of the first group. */
export function WatchFields(
  props: RuleFieldsProps & { readonly scope: MetricScope; readonly isNew: boolean },
) {
  const { form, problems, onChange, isNew } = props;
  const source = sourceOf(form.condition);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      {isNew ? (
        <TextField
          label="Name"
          hint="For example cpu_high. It cannot be changed later."
          className="sm:col-span-2"
          maxLength={100}
          autoComplete="off"
          spellCheck={false}
          value={form.name}
          problem={problems.name}
          onChange={(event) => onChange({ ...form, name: event.target.value })}
        />
      ) : null}
      <SelectField
        label="It watches"
        className="sm:col-span-2"
        value={source}
        options={Object.entries(sources).map(([name, { label }]) => [name, label] as const)}
        onChange={(event) => {
          const name = event.target.value;
          if (isSource(name)) onChange(withCondition(form, sources[name].first));
        }}
      />
      {source === 'metric' ? <MetricFields {...props} /> : null}
      {source === 'objective' ? <ObjectiveFields {...props} /> : null}
      {source === 'rules' ? <RuleMembers {...props} /> : null}
      {source === 'metric' ? null : (
        <TextField
          label="One alert for each (optional)"
          hint="Names of tags: route, host. Empty for one alert in all."
          className="sm:col-span-2"
          value={form.by}
          problem={problems.by}
          onChange={(event) => onChange({ ...form, by: event.target.value })}
        />
      )}
    </div>
  );
}

function MetricFields({ form, problems, onChange }: RuleFieldsProps) {
  const metrics = useMetricList().data?.data ?? [];
  const metric = metrics.find(({ name }) => name === form.metric);
  return (
    <>
      <MetricField
        label="Metric"
        className="sm:col-span-2"
        value={form.metric}
        problem={problems.metric}
        onChange={(name, known) => onChange(withMetric(form, name, known))}
      />
      <SelectField
        label="Summed up by"
        hint={metric === undefined ? undefined : unitHint(metric.unit)}
        value={form.aggregation}
        problem={problems.aggregation}
        options={aggregationsFor(metric).map((name) => [name, aggregationWords[name] ?? name] as const)}
        onChange={(event) => onChange({ ...form, aggregation: event.target.value })}
      />
      <TextField
        label="Over the last"
        hint="30 s, 5 min, 1 h"
        value={form.window}
        problem={problems.window}
        onChange={(event) => onChange({ ...form, window: event.target.value })}
      />
      <TextArea
        label="Only series with these tags (optional)"
        hint={`One a line: name=value.${knownTags(metric)}`}
        className="sm:col-span-2"
        mono
        rows={2}
        spellCheck={false}
        value={form.tags}
        problem={problems.tags}
        onChange={(event) => onChange({ ...form, tags: event.target.value })}
      />
    </>
  );
}

const aggregationWords: Readonly<Record<string, string>> = {
  average: 'Average',
  sum: 'Sum',
  min: 'Smallest',
  max: 'Largest',
  count: 'Number of samples',
  rate: 'Rate a second',
  p50: 'Median (p50)',
  p95: '95th percentile (p95)',
  p99: '99th percentile (p99)',
  last: 'Newest sample',
};

function unitHint(unit: string): string | undefined {
  if (unit === '1') return undefined;
  return `It is measured in ${unit === 'micro_usd' ? 'millionths of a US dollar' : unit}.`;
}

function knownTags(metric: WireMetricInfo | undefined): string {
  if (metric === undefined || metric.tag_names.length === 0) return '';
  return ` This metric has ${metric.tag_names.join(', ')}.`;
}

function ObjectiveFields({ form, problems, onChange }: RuleFieldsProps) {
  return (
    <>
      {objectiveParts.map(({ metric, tags, label }) => (
        <div key={metric} className="grid content-start gap-4 sm:col-span-2 sm:grid-cols-2">
          <MetricField
            label={label}
            value={form[metric]}
            problem={problems[metric]}
            onChange={(name) => onChange({ ...form, [metric]: name })}
          />
          <TextArea
            label="Only with these tags (optional)"
            hint="One a line: name=value."
            mono
            rows={2}
            spellCheck={false}
            value={form[tags]}
            problem={problems[tags]}
            onChange={(event) => onChange({ ...form, [tags]: event.target.value })}
          />
        </div>
      ))}
    </>
  );
}

const objectiveParts = [
  { metric: 'goodMetric', tags: 'goodTags', label: 'Metric that counts good events' },
  { metric: 'totalMetric', tags: 'totalTags', label: 'Metric that counts all events' },
] as const;

/** A metric, found by its name or by what it means. */
function MetricField({
  onChange,
  ...field
}: {
  readonly label: string;
  readonly value: string;
  readonly problem: string | undefined;
  readonly className?: string;
  readonly onChange: (name: string, known: WireMetricInfo | undefined) => void;
}) {
  const metrics = useMetricList().data?.data ?? [];
  const chosen = metrics.find(({ name }) => name === field.value.trim());
  const isUnknown = chosen === undefined && field.value.trim() !== '' && metrics.length > 0;
  return (
    <ChoiceField
      {...field}
      choices={metrics.map(({ name, description }) => ({ value: name, detail: description }))}
      placeholder="Find by name or meaning"
      hint={
        chosen?.description ??
        (isUnknown ? 'Nothing of this name is measured yet.' : 'Type to search, or choose.')
      }
      onChange={(name) => {
        onChange(
          name,
          metrics.find((metric) => metric.name === name),
        );
      }}
    />
  );
}
