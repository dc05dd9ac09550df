/** The fields of a quota; what its kind does not know is not offered. */
import type { MetricScope } from '../../data/addressed-scope.ts';
import { ChoiceField } from '../../components/choice-field.tsx';
import type { Choice } from '../../components/choice-list.ts';
import { SelectField, TextField } from '../../components/field.tsx';
import { hasTimeZone, type problemsOf, type QuotaForm, readAmount, withKind } from './quota-form.ts';
import { actionWords, amountText, choicesOf, kindWords, periodWords, scopeWords } from './quota-words.ts';

interface QuotaFieldsProps {
  readonly scope: MetricScope;
  readonly form: QuotaForm;
  readonly problems: ReturnType<typeof problemsOf>;
  readonly onChange: (form: QuotaForm) => void;
}

const knownTypes: readonly Choice[] = [
  { value: 'memory', detail: 'bytes' },
  { value: 'file_handle', detail: 'open files' },
  { value: 'network_connection', detail: 'connections to other machines' },
  { value: 'database_connection', detail: 'connections to databases' },
  { value: 'async_task', detail: 'tasks that run at once' },
  { value: 'thread', detail: 'worker threads' },
  { value: 'process', detail: 'child processes' },
  { value: 'cache', detail: 'caches' },
  { value: 'lock', detail: 'locks' },
  { value: 'temporary_file', detail: 'temporary files' },
];

const ownScopes: readonly QuotaForm['scope'][] = ['workspace', 'user', 'agent', 'run'];
const everyScope: readonly QuotaForm['scope'][] = ['global', ...ownScopes];

const namesOf = <K extends string>(words: Readonly<Record<K, string>>, keys: readonly K[]) =>
  keys.map((key) => [key, words[key]] as const);

/** The value of a select as one of its own choices. */
function chosen<K extends string>(keys: readonly K[], value: string, otherwise: K): K {
  return keys.find((key) => key === value) ?? otherwise;
}

/** What is limited, for whom, and how. */
export function QuotaFields({ scope, form, problems, onChange }: QuotaFieldsProps) {
  const offered = scope === 'installation' ? everyScope : ownScopes;
  return (
    <>
      <TextField
        label="Name"
        required
        maxLength={200}
        value={form.name}
        problem={problems.name}
        onChange={(event) => onChange({ ...form, name: event.target.value })}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <ChoiceField
          label="Of what"
          hint="Such as memory, or a meter: llm_tokens."
          value={form.type}
          choices={knownTypes}
          problem={problems.type}
          onChange={(type) => onChange({ ...form, type })}
        />
        <SelectField
          label="Counts for"
          value={form.scope}
          options={namesOf(scopeWords, offered)}
          onChange={(event) => onChange({ ...form, scope: chosen(offered, event.target.value, 'workspace') })}
        />
      </div>
      <LimitFields form={form} problems={problems} onChange={onChange} />
    </>
  );
}

function LimitFields({ form, problems, onChange }: Omit<QuotaFieldsProps, 'scope'>) {
  const { actions, periods, hasBurst } = choicesOf(form.kind);
  const kinds = ['hard', 'soft', 'burst', 'dynamic'] as const;
  return (
    <>
      <SelectField
        label="Kind"
        value={form.kind}
        options={namesOf(kindWords, kinds)}
        onChange={(event) => onChange(withKind(form, chosen(kinds, event.target.value, 'hard')))}
      />
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Limit"
          required
          inputMode="numeric"
          value={form.limit}
          problem={problems.limit}
          hint={readBack(form.type, form.limit)}
          onChange={(event) => onChange({ ...form, limit: event.target.value })}
        />
        <SelectField
          label="Within"
          value={form.period}
          options={namesOf(periodWords, periods)}
          onChange={(event) =>
            onChange({ ...form, period: chosen(periods, event.target.value, form.period) })
          }
        />
        {hasBurst ? (
          <TextField
            label="Up to, above the limit"
            inputMode="numeric"
            value={form.burst}
            problem={problems.burst}
            hint={readBack(form.type, form.burst) ?? 'Empty: as far as it goes.'}
            onChange={(event) => onChange({ ...form, burst: event.target.value })}
          />
        ) : null}
        {hasTimeZone(form) ? (
          <TextField
            label="Time zone"
            hint="Where its days begin, such as Europe/Berlin."
            value={form.timeZone}
            onChange={(event) => onChange({ ...form, timeZone: event.target.value })}
          />
        ) : null}
        <SelectField
          label="What does not fit"
          value={form.action}
          options={namesOf(actionWords, actions)}
          onChange={(event) =>
            onChange({ ...form, action: chosen(actions, event.target.value, form.action) })
          }
        />
      </div>
    </>
  );
}

/** A long number in the unit of what is limited, so that a wrong zero is seen. */
function readBack(type: string, text: string): string | undefined {
  const amount = readAmount(text);
  return amount === null ? undefined : `That is ${amountText(type, amount)}.`;
}
