/** What a pattern was seen by. */
import type { WireUsagePattern } from '@raptorflow/contract';

import { countOf } from '../../format/number.ts';
import { evidenceOf, windowWords } from './advice-words.ts';

const hourMs = 3_600_000;

/** Its figures, and on how many samples of which stretch they rest. */
export function EvidenceList({ pattern }: { readonly pattern: WireUsagePattern }) {
  const { time_window_start: from, time_window_end: to, samples, season_hours: season } = pattern;
  const hours = Math.round((Date.parse(to) - Date.parse(from)) / hourMs);
  const entries = [
    ...evidenceOf(pattern),
    ['Looked at', `${countOf(samples, 'sample')} of ${windowWords(hours)}`] as const,
    ...(season === null ? [] : [['Season taken out', windowWords(season)] as const]),
  ];
  return (
    <dl className="flex flex-wrap gap-x-5 gap-y-1 text-xs">
      {entries.map(([name, value]) => (
        <div key={name} className="flex gap-1.5">
          <dt className="text-muted">{name}</dt>
          <dd className="tabular">{value}</dd>
        </div>
      ))}
    </dl>
  );
}
