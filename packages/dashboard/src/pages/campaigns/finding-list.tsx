/** What rules found in a text. */
import type { Finding } from '@raptorflow/contract';

import { Badge, type Tone } from '../../components/status.tsx';
import { humanize } from '../../format/words.ts';

const severityTone: Readonly<Record<Finding['severity'], Tone>> = { warning: 'warn', error: 'bad' };

/** What rules found, or that they found nothing. */
export function FindingList({
  findings,
  none,
}: {
  readonly findings: readonly Finding[];
  readonly none: string;
}) {
  if (findings.length === 0) return <p className="mt-1 text-xs text-muted">{none}</p>;
  return (
    <ul className="mt-1.5 space-y-1">
      {findings.map((finding, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- findings never move, and two may be alike
        <li key={index} className="flex flex-wrap items-baseline gap-x-2">
          <Badge tone={severityTone[finding.severity]}>{humanize(finding.rule)}</Badge>
          <span className="min-w-0 flex-1 basis-52">
            {finding.field === null || finding.field === 'text' ? '' : `${humanize(finding.field)}: `}
            {finding.message}
            {finding.source_url === null ? null : (
              <a
                href={finding.source_url}
                target="_blank"
                rel="noreferrer"
                className="ml-1.5 text-xs text-accent hover:underline"
              >
                the rule
              </a>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}
