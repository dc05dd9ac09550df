/** Asks before advice is carried out, and says what was done. */
import type { WireRecommendation } from '@raptorflow/contract';

import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice, Notice } from '../../components/feedback.tsx';
import type { MetricScope } from '../../data/addressed-scope.ts';
import { useApplyAdvice } from '../../data/analytics.ts';
import { sentence } from '../../format/words.ts';
import { changeWords } from './advice-words.ts';
import { usePlaceWords } from './series-name.tsx';

/** The dialog. */
export function ApplyDialog({
  advice,
  scope,
  onClose,
}: {
  readonly advice: WireRecommendation;
  readonly scope: MetricScope;
  readonly onClose: () => void;
}) {
  const apply = useApplyAdvice(scope);
  const placeOf = usePlaceWords();
  const result = apply.data?.data.application?.result;
  return (
    <Dialog
      open
      onClose={onClose}
      title={result === undefined ? `Carry out “${advice.title}”?` : `Carried out: “${advice.title}”`}
    >
      {result === undefined ? (
        <div className="space-y-4">
          <p>{changeWords(advice, placeOf(advice.workspace_id))}</p>
          <dl className="grid grid-cols-[max-content_minmax(0,1fr)] gap-x-4 gap-y-1">
            <dt className="text-muted">Now</dt>
            <dd className="break-words">{advice.current_state}</dd>
            <dt className="text-muted">Afterwards</dt>
            <dd className="break-words">{advice.recommended_state}</dd>
          </dl>
          <p className="text-xs text-muted">
            It is done once. Your name stays with it, here and in the audit log.
          </p>
          {apply.error ? <ErrorNotice error={apply.error} label="It was not carried out" /> : null}
          <div className="flex justify-end gap-2">
            <Button onClick={onClose}>Keep as it is</Button>
            <Button
              tone="danger"
              busy={apply.isPending}
              onClick={() => apply.mutate(advice.recommendation_id)}
            >
              Carry it out
            </Button>
          </div>
        </div>
      ) : (
        <div className="space-y-4">
          <Notice tone="ok">{sentence(result)}</Notice>
          <div className="flex justify-end">
            <Button tone="solid" onClick={onClose}>
              Done
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}
