/** The pages of the editor: one for a new rule, one for each rule that there is. */
import { Link, useParams, useSearch } from '@tanstack/react-router';

import { useAddressedScope } from '../../data/addressed-scope.ts';
import { EmptyState, ErrorNotice, Loading } from '../../components/feedback.tsx';
import { PageHeader } from '../../components/panel.tsx';
import { useAlertRules, useIsMonitoringOff } from '../../data/alerts.ts';
import { useMetricList } from '../../data/metrics.ts';
import { useScope } from '../../data/scope.ts';
import { useAlertRights } from './alert-rights.ts';
import { MonitoringOff } from './monitoring-off.tsx';
import { RuleEditor } from './rule-editor.tsx';
import { formOfRule, newRule, type RuleForm, withMetric } from './rule-form.ts';
import { tagLinesOfAddress } from './tag-lines.ts';

/** A new rule; the address may say what it is to watch. */
export function NewRulePage() {
  const search = useSearch({ from: '/w/$workspaceId/alerts/new-rule' });
  const { mayChangeRules } = useAlertRights();
  const metrics = useMetricList();
  const isOff = useIsMonitoringOff();
  const known = metrics.data?.data.find(({ name }) => name === search.metric);
  const first: RuleForm = {
    ...withMetric({ ...newRule, aggregation: search.by ?? newRule.aggregation }, search.metric ?? '', known),
    tags: tagLinesOfAddress(search.tags),
  };
  return (
    <>
      <PageHeader
        title="New alert rule"
        trail={<RulesTrail />}
        note="Say what to watch and when it is bad. What it would have done on the past stands beside it."
      />
      {isOff ? (
        <MonitoringOff />
      ) : mayChangeRules ? (
        // What the address says is put into the form once, with the metric known.
        metrics.isPending ? (
          <Loading rows={8} label="Reading the metrics" />
        ) : (
          <RuleEditor first={first} existing={null} />
        )
      ) : (
        <EmptyState icon="alerts" title="Rules are written by admins">
          Ask an admin of the workspace for a new rule.
        </EmptyState>
      )}
    </>
  );
}

/** A rule that there is. */
export function RulePage() {
  const { name } = useParams({ from: '/w/$workspaceId/alerts/rules/$name' });
  const { scope } = useAddressedScope();
  const rules = useAlertRules(scope);
  const isOff = useIsMonitoringOff();
  const rule = rules.data?.find((one) => one.name === name);
  return (
    <>
      <PageHeader
        title={name}
        trail={<RulesTrail />}
        note={scope === 'installation' ? 'A rule of the installation.' : 'A rule of this workspace.'}
      />
      {rules.isPending ? <Loading rows={8} label="Reading the rule" /> : null}
      {isOff ? <MonitoringOff /> : null}
      {rules.error && rules.data === undefined && !isOff ? (
        <ErrorNotice error={rules.error} retry={() => void rules.refetch()} />
      ) : null}
      {rules.data !== undefined && rule === undefined ? <NoSuchRule name={name} /> : null}
      {rule === undefined ? null : (
        <RuleEditor key={`${scope} ${name}`} first={formOfRule(rule)} existing={rule} />
      )}
    </>
  );
}

function RulesTrail() {
  const { workspaceId } = useScope();
  const { search } = useAddressedScope();
  return (
    <Link
      to="/w/$workspaceId/alerts/rules"
      params={{ workspaceId }}
      search={search}
      className="hover:text-text hover:underline"
    >
      Alert rules
    </Link>
  );
}

function NoSuchRule({ name }: { readonly name: string }) {
  return (
    <EmptyState icon="alerts" title="There is no such rule">
      “{name}” was deleted, or belongs to somebody else. Its changes stay in the history.
    </EmptyState>
  );
}
