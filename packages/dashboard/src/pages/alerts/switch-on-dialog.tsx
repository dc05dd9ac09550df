/** Switches a rule on, after it has been seen on the past. */
import type { WireAlertRule } from '@raptorflow/contract';

import type { MetricScope } from '../../data/addressed-scope.ts';
import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { draftOfRule, useSaveRule } from '../../data/alerts.ts';
import { BacktestResult, PastChoice } from './backtest-panel.tsx';
import { useTriedRule } from './tried-rule.ts';

/** The dialog; what cannot be tried can be switched on all the same, once that has been said. */
export function SwitchOnDialog({
  scope,
  rule,
  onClose,
}: {
  readonly scope: MetricScope;
  readonly rule: WireAlertRule;
  readonly onClose: () => void;
}) {
  const save = useSaveRule(scope, { replaces: true });
  const draft = draftOfRule(rule);
  const tried = useTriedRule(scope, draft);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Switch ${rule.name} on?`}
      description="This is what it would have done, had it been on."
    >
      <div className="space-y-4">
        <PastChoice tried={tried} />
        <BacktestResult draft={draft} tried={tried} />
        {save.error ? <ErrorNotice error={save.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Leave it off</Button>
          <Button
            tone="solid"
            busy={save.isPending}
            disabled={!tried.isCurrent}
            onClick={() => save.mutate({ ...draft, enabled: true }, { onSuccess: onClose })}
          >
            Switch on
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
