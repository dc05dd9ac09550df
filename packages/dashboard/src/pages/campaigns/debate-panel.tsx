/** The debate: each round with the text as it stood, and what the panel said about it. */
import type { DebateRound, DebateVoice } from '@raptorflow/contract';

import { Disclosure } from '../../components/disclosure.tsx';
import { Panel } from '../../components/panel.tsx';
import { Badge, StatusBadge } from '../../components/status.tsx';
import { countOf } from '../../format/number.ts';
import { FindingList } from './finding-list.tsx';

const outcomes: Readonly<Record<DebateRound['outcome'], string>> = {
  accepted: 'accepted',
  revised: 'revised',
  kept_after_last_round: 'kept after the last round',
};

/** All rounds of an asset, oldest first. */
export function DebatePanel({ rounds }: { readonly rounds: readonly DebateRound[] }) {
  return (
    <Panel flush title="Debate" note={rounds.length === 0 ? undefined : countOf(rounds.length, 'round')}>
      {rounds.length === 0 ? (
        <p className="p-4 text-muted">
          No round was held yet. The panel reads each draft, and sends it back at most three times.
        </p>
      ) : null}
      <ol className="divide-y divide-line">
        {rounds.map((round, index) => (
          <li key={`${round.variant_id}:${round.round}`}>
            <Disclosure
              open={index === rounds.length - 1}
              summary={
                <span className="flex min-w-0 flex-1 flex-wrap items-center gap-x-3 gap-y-1">
                  <span className="font-medium">Round {round.round}</span>
                  <Badge
                    tone={round.outcome === 'accepted' ? 'ok' : round.outcome === 'revised' ? 'run' : 'warn'}
                  >
                    {outcomes[round.outcome]}
                  </Badge>
                </span>
              }
            >
              <blockquote className="max-w-[46rem] border-l-2 border-line pl-3 break-words whitespace-pre-wrap text-muted">
                {round.text}
              </blockquote>
              {round.changes.length > 0 ? (
                <div>
                  <h3 className="text-xs text-muted">What the next version changes</h3>
                  <ul className="list-disc pl-4 marker:text-line-strong">
                    {round.changes.map((change) => (
                      <li key={change}>{change}</li>
                    ))}
                  </ul>
                </div>
              ) : null}
              <ul className="grid gap-2 sm:grid-cols-2">
                {round.panel.map((voice) => (
                  <Voice key={voice.agent_code} voice={voice} />
                ))}
              </ul>
            </Disclosure>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function Voice({ voice }: { readonly voice: DebateVoice }) {
  return (
    <li className="rounded-md border border-line px-3 py-2">
      <div className="flex flex-wrap items-center gap-2">
        <span className="font-medium">{voice.agent_name}</span>
        <span className="text-xs text-muted">{voice.agent_code}</span>
        <span className="ml-auto">
          {voice.score === null ? <StatusBadge status={voice.result} /> : <Badge>{voice.score} of 10</Badge>}
        </span>
      </div>
      <FindingList findings={voice.findings} none="No rule found anything." />
    </li>
  );
}
