/** The facts a marketer would underline: claim, value, source, and what contradicts it. */
import type { Contradiction, Fact, Standing } from '@raptorflow/contract';
import { useState } from 'react';

import { CitationMarks } from '../../components/citation.tsx';
import { type Column, DataTable, wholeListing } from '../../components/data-table.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { Icon } from '../../components/icon.tsx';
import { Panel } from '../../components/panel.tsx';
import { pillClasses } from '../../components/pill.ts';
import { Badge } from '../../components/status.tsx';
import { countOf } from '../../format/number.ts';
import { humanize } from '../../format/words.ts';

type NumberOf = (documentId: string) => number;

/** How many facts stand above the prose until asked for more. */
const shownMax = 12;

/** The filter that shows only contradicted facts. */
const contradicted = '!contradicted';

/** The table with a filter by category. */
export function FactTable({
  facts,
  numberOf,
}: {
  readonly facts: readonly Fact[];
  readonly numberOf: NumberOf;
}) {
  const [chosen, setChosen] = useState<string | null>(null);
  const [whole, setWhole] = useState(false);
  const matching = facts.filter((fact) => {
    if (chosen === null) return true;
    return chosen === contradicted ? fact.contradictions.length > 0 : fact.category === chosen;
  });
  const cut = chosen === null && !whole && matching.length > shownMax + 5;
  const shown = cut ? matching.slice(0, shownMax) : matching;
  return (
    <Panel
      flush
      title="Facts"
      note={countOf(facts.length, 'fact')}
      actions={<Categories facts={facts} chosen={chosen} onChoose={setChosen} />}
    >
      <DataTable
        label="Facts"
        columns={columnsOf(numberOf)}
        listing={wholeListing(shown, { isPending: false, error: null, refetch: () => undefined })}
        keyOf={(fact) => fact.id}
        empty={
          <EmptyState icon="document" title="No fact was found">
            The documents state nothing that could be quoted. Add documents with figures, names and prices.
          </EmptyState>
        }
      />
      {cut ? (
        <div className="border-t border-line px-4 py-2">
          <button type="button" className="text-accent hover:underline" onClick={() => setWhole(true)}>
            Show all {facts.length} facts
          </button>
        </div>
      ) : null}
    </Panel>
  );
}

const standingHints: Readonly<Record<Standing, string>> = {
  stated: 'Its document states it plainly.',
  disputed: 'Its own document disputes it.',
  outdated: 'Its own document calls it outdated.',
  draft: 'Its document is a draft.',
};

function columnsOf(numberOf: NumberOf): readonly Column<Fact>[] {
  return [
    {
      header: 'Claim',
      width: 'minmax(0, 5fr)',
      onPhone: 'title',
      cell: (fact) => (
        <span className="break-words">
          {fact.subject === null ? null : <span className="font-medium">{fact.subject}: </span>}
          {fact.claim}
          {fact.standing === 'stated' ? null : (
            <span className="ml-2">
              <Badge tone="warn" title={standingHints[fact.standing]}>
                {humanize(fact.standing)}
              </Badge>
            </span>
          )}
        </span>
      ),
    },
    {
      header: 'Value',
      width: 'minmax(0, 2fr)',
      cell: (fact) =>
        fact.value === null ? (
          <span className="text-muted">no figure</span>
        ) : (
          <span className="font-semibold break-words text-text tabular">{fact.value}</span>
        ),
    },
    {
      header: 'Source',
      width: '5rem',
      cell: (fact) => <CitationMarks citations={fact.citations} numberOf={numberOf} />,
    },
    {
      header: 'Contradictions',
      width: 'minmax(0, 3fr)',
      onPhone: 'title',
      cell: (fact) => <Contradictions list={fact.contradictions} numberOf={numberOf} />,
    },
  ];
}

function Contradictions({
  list,
  numberOf,
}: {
  readonly list: readonly Contradiction[];
  readonly numberOf: NumberOf;
}) {
  if (list.length === 0) return <span className="text-xs text-muted max-sm:hidden">none found</span>;
  return (
    <ul className="space-y-1">
      {list.map((one) => (
        <li key={one.value} className="flex gap-1.5 text-warn">
          <Icon name="warning" className="mt-0.5" />
          <span className="min-w-0 break-words">
            {one.value}
            <CitationMarks citations={one.citations} numberOf={numberOf} />
            {one.explanation === null ? null : (
              <span className="block text-xs text-muted">{one.explanation}</span>
            )}
          </span>
        </li>
      ))}
    </ul>
  );
}

function Categories({
  facts,
  chosen,
  onChoose,
}: {
  readonly facts: readonly Fact[];
  readonly chosen: string | null;
  readonly onChoose: (category: string | null) => void;
}) {
  const categories = [...new Set(facts.map((fact) => fact.category))];
  const disputed = facts.filter((fact) => fact.contradictions.length > 0).length;
  const choices: (readonly [string | null, string])[] = [
    [null, 'All'],
    ...categories.map((category) => [category, humanize(category)] as const),
  ];
  if (disputed > 0) choices.push([contradicted, `Contradicted (${disputed})`]);
  return (
    <div role="group" aria-label="Show facts" className="-my-1 flex flex-wrap gap-1">
      {choices.map(([category, text]) => (
        <button
          key={text}
          type="button"
          aria-pressed={chosen === category}
          onClick={() => onChoose(category)}
          className={pillClasses}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
