/** How bad an alert is, and in which state, as words with a tone. */
import type { WireAlertSeverity, WireAlertState } from '@raptorflow/contract';

import { Badge, Dot } from '../../components/status.tsx';
import { alertStates, severities } from './alert-words.ts';

/** "Firing", with its dot; `count` says how many. */
export function StateBadge({ state, count }: { readonly state: WireAlertState; readonly count?: number }) {
  const { word, tone } = alertStates[state];
  return (
    <Badge tone={tone}>
      <Dot tone={tone} live={state === 'firing'} />
      {count === undefined ? word : `${count} ${word.toLowerCase()}`}
    </Badge>
  );
}

/** "Critical". */
export function SeverityBadge({ severity }: { readonly severity: WireAlertSeverity }) {
  const { word, tone } = severities[severity];
  return <Badge tone={tone}>{word}</Badge>;
}

/** Labels, one beside the other. */
export function LabelList({ labels }: { readonly labels: Readonly<Record<string, string>> }) {
  const entries = Object.entries(labels);
  if (entries.length === 0) return null;
  return (
    <ul aria-label="Labels" className="flex flex-wrap gap-1">
      {entries.map(([name, value]) => (
        <li
          key={name}
          className="max-w-full truncate rounded-sm bg-sunken px-1.5 font-mono text-2xs text-muted"
        >
          {name}={value}
        </li>
      ))}
    </ul>
  );
}
