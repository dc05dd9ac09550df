/** How verdicts about leaks have turned out. */
import type { WireResourceSummary } from '@raptorflow/contract';

import { Figure } from '../../components/panel.tsx';
import { countOf, formatCount, formatPercent } from '../../format/number.ts';

const shareOrNone = (share: number | null): string =>
  share === null ? 'not known yet' : formatPercent(share);

/** Precision and recall with the counts they come from, of the whole process since its start. */
export function AccuracyFigures({ accuracy }: { readonly accuracy: WireResourceSummary['accuracy'] }) {
  const { confirmed, wrong, missed, open, precision, recall } = accuracy;
  return (
    <div className="grid grid-cols-2 gap-3 lg:grid-cols-4">
      <Figure
        label="Verdicts that were right"
        value={shareOrNone(precision)}
        note={
          precision === null
            ? 'none has been decided since the server’s start'
            : `precision: ${formatCount(confirmed)} of ${countOf(confirmed + wrong, 'decided one')}`
        }
      />
      <Figure
        label="Leaks that were found"
        value={shareOrNone(recall)}
        note={
          recall === null
            ? 'no leak is known since the server’s start'
            : `recall: ${formatCount(missed)} missed, which a cleanup or a person found first`
        }
      />
      <Figure
        label="Proved wrong"
        value={formatCount(wrong)}
        note="used again, released after all, or judged so"
      />
      <Figure label="Not decided" value={formatCount(open)} note="a judgement below decides one" />
    </div>
  );
}
