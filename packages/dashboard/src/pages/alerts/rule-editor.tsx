/** The editor of a rule: a form in groups, and beside it what the rule would have done on the past. */
import { isClientError } from '@raptorflow/client';
import type { WireAlertRule } from '@raptorflow/contract';
import { useNavigate } from '@tanstack/react-router';
import { type SyntheticEvent, useMemo, useState } from 'react';

import { type MetricScope, useAddressedScope } from '../../data/addressed-scope.ts';
import { EmptyState, Notice } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { useSaveRule } from '../../data/alerts.ts';
import { useMetricList } from '../../data/metrics.ts';
import { useScope } from '../../data/scope.ts';
import { parseSpan } from '../../format/span.ts';
import { useAlertRights } from './alert-rights.ts';
import { BacktestResult, PastChoice } from './backtest-panel.tsx';
import { MetricPast } from './metric-past.tsx';
import { ConditionFields } from './rule-condition-fields.tsx';
import { draftOfForm, type RuleForm } from './rule-form.ts';
import { EvaluationFields, NoticeFields } from './rule-notice-fields.tsx';
import { problemsOfRefusal, problemsOfRule, shownProblems } from './rule-problems.ts';
import { RuleSaveBar } from './rule-save-bar.tsx';
import { WatchFields } from './rule-watch-fields.tsx';
import { ruleSentence, sourceOf } from './rule-words.ts';
import { readTagLines } from './tag-lines.ts';
import { pasts, type TriedRule, useTriedRule } from './tried-rule.ts';

interface RuleEditorProps {
  readonly first: RuleForm;
  /** The rule that is changed; null for a new one. */
  readonly existing: WireAlertRule | null;
}

/** Form, past and save bar. */
export function RuleEditor({ first, existing }: RuleEditorProps) {
  const { scope } = useAddressedScope();
  const { mayChangeRules } = useAlertRights();
  const [form, setForm] = useState(first);
  const own = problemsOfRule(form);
  // A name decides nothing, so the rule is tried before it has one.
  const isTestable = Object.keys(own).every((field) => field === 'name');
  const tried = useTriedRule(scope, isTestable ? draftOfForm(form, true) : null);
  const saving = useSaving(scope, form, existing);
  const server = { ...problemsOfRefusal(tried.error).fields, ...problemsOfRefusal(saving.error).fields };
  const fields = { form, problems: shownProblems(form, own, server), onChange: setForm };
  const isSound = Object.keys(own).length === 0 && !isClientError(tried.error, 'invalid_input');
  const isOn = existing !== null && existing.enabled !== false;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (isSound && (!isOn || tried.isCurrent)) saving.save(isOn);
  };
  return (
    <form noValidate onSubmit={submit}>
      <div className="grid grid-cols-1 items-start gap-4 lg:grid-cols-2">
        <fieldset disabled={!mayChangeRules} className="min-w-0 space-y-4">
          <Panel title="What it watches">
            <WatchFields {...fields} scope={scope} isNew={existing === null} />
          </Panel>
          <Panel title="When it fires">
            <ConditionFields {...fields} />
            {isTestable ? <Sentence form={form} /> : null}
          </Panel>
          <Panel title="What people are told">
            <NoticeFields {...fields} />
          </Panel>
          <Panel title="More">
            <EvaluationFields {...fields} />
          </Panel>
        </fieldset>
        <Panel
          title="On the past"
          className="lg:sticky lg:top-16 lg:max-h-[calc(100dvh-9rem)] lg:overflow-y-auto"
          actions={
            <div className="-my-1">
              <PastChoice tried={tried} />
            </div>
          }
        >
          <Past form={form} scope={scope} tried={tried} isTestable={isTestable} />
        </Panel>
      </div>
      {mayChangeRules ? (
        <RuleSaveBar
          existing={existing}
          open={Object.values(own)}
          isSound={isSound}
          isTried={tried.isCurrent}
          busy={saving.isPending}
          error={saving.error}
          onSave={saving.save}
        />
      ) : (
        <div className="mt-4">
          <Notice>An admin of the workspace can change this rule.</Notice>
        </div>
      )}
    </form>
  );
}

/** Saves the form and goes back to the list; what the server refused is forgotten when the form changes. */
function useSaving(scope: MetricScope, form: RuleForm, existing: WireAlertRule | null) {
  const { workspaceId } = useScope();
  const { search } = useAddressedScope();
  const navigate = useNavigate();
  const { mutate, error, isPending } = useSaveRule(scope, { replaces: existing !== null });
  const [refused, setRefused] = useState<RuleForm | null>(null);
  const save = (enabled: boolean) =>
    mutate(draftOfForm(form, enabled), {
      onError: () => setRefused(form),
      onSuccess: () => void navigate({ to: '/w/$workspaceId/alerts/rules', params: { workspaceId }, search }),
    });
  return { save, isPending, error: refused === form ? error : null };
}

function Sentence({ form }: { readonly form: RuleForm }) {
  const metrics = useMetricList().data?.data;
  const sentence = useMemo(() => ruleSentence(draftOfForm(form, true), metrics ?? []), [form, metrics]);
  return (
    <p className="mt-4 border-t border-line pt-3 break-words text-muted">
      {`It fires when ${sentence}${parseSpan(form.duration) === 0 ? '' : `, for ${form.duration.trim()}`}.`}
    </p>
  );
}

function Past({
  form,
  scope,
  tried,
  isTestable,
}: {
  readonly form: RuleForm;
  readonly scope: MetricScope;
  readonly tried: TriedRule;
  readonly isTestable: boolean;
}) {
  const metrics = useMetricList().data?.data;
  const isKnown =
    sourceOf(form.condition) === 'metric' && metrics?.some(({ name }) => name === form.metric) === true;
  const metric = isKnown ? (
    <MetricPast
      scope={scope}
      metric={form.metric}
      aggregation={form.aggregation}
      tags={readTagLines(form.tags).tags ?? {}}
      lastMs={pasts[tried.past].ms}
    />
  ) : null;
  if (isTestable) {
    return (
      <div className="space-y-3">
        <BacktestResult draft={draftOfForm(form, true)} tried={tried} />
        {tried.error === null ? null : metric}
      </div>
    );
  }
  if (metric !== null) {
    return (
      <div className="space-y-3">
        <p className="text-sm text-muted">
          How the metric went. Complete the rule to see where it would have fired.
        </p>
        {metric}
      </div>
    );
  }
  return (
    <EmptyState icon="alerts" title="Nothing to try yet">
      Say what the rule watches and when it fires. It is then tried on the past, here, before it can be
      switched on.
    </EmptyState>
  );
}
