/** The rules that a rule of rules looks at. */
import type { MetricScope } from '../../data/addressed-scope.ts';
import { ErrorNotice, Loading } from '../../components/feedback.tsx';
import { useAlertRules } from '../../data/alerts.ts';
import { conditionWords } from './rule-words.ts';
import type { RuleFieldsProps } from './rule-fields.ts';

/** All other rules, to be ticked; one that is not there any more stays ticked until it is taken out. */
export function RuleMembers({
  form,
  problems,
  onChange,
  scope,
}: RuleFieldsProps & { readonly scope: MetricScope }) {
  const rules = useAlertRules(scope);
  const names = rules.data?.map(({ name }) => name) ?? [];
  const offered = [...new Set([...names, ...form.members])].filter((name) => name !== form.name).sort();
  const toggle = (name: string) =>
    onChange({
      ...form,
      members: form.members.includes(name)
        ? form.members.filter((one) => one !== name)
        : [...form.members, name],
    });
  return (
    <fieldset className="min-w-0 sm:col-span-2">
      <legend className="mb-1 text-sm font-medium">Rules</legend>
      {rules.isPending ? <Loading label="Reading the rules" /> : null}
      {rules.error ? <ErrorNotice error={rules.error} retry={() => void rules.refetch()} /> : null}
      {rules.data !== undefined && offered.length === 0 ? (
        <p className="text-muted">There is no other rule yet. Write one that watches a metric first.</p>
      ) : null}
      <div className="max-h-60 space-y-0.5 overflow-y-auto">
        {offered.map((name) => {
          const rule = rules.data?.find((one) => one.name === name);
          return (
            <label
              key={name}
              className="flex items-start gap-2 rounded-md px-2 py-1.5 hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent"
            >
              <input
                type="checkbox"
                className="mt-0.5 accent-accent outline-none"
                checked={form.members.includes(name)}
                onChange={() => toggle(name)}
              />
              <span className="min-w-0">
                <span className="break-all">{name}</span>{' '}
                <span className="text-xs text-muted">
                  {rule === undefined
                    ? 'does not exist any more'
                    : (rule.metric ?? conditionWords[rule.condition])}
                </span>
              </span>
            </label>
          );
        })}
      </div>
      {problems.members === undefined ? null : <p className="mt-1 text-xs text-bad">{problems.members}</p>}
    </fieldset>
  );
}
