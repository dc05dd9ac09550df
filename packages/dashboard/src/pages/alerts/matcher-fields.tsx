/** Which alerts are meant: lines of a label, a comparison and a value. */
import type { WireAlertMatcher } from '@raptorflow/contract';

import { Button, IconButton } from '../../components/button.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { isOneOf } from '../../search.ts';
import { type MatcherRow, matcherWords } from './silence-form.ts';

const ops: readonly WireAlertMatcher['op'][] = ['eq', 'ne', 'like', 'not_like'];
const matchersMax = 20;

/** The lines; all of them have to match. */
export function MatcherFields({
  matchers,
  problem,
  none,
  onChange,
}: {
  readonly matchers: readonly MatcherRow[];
  readonly problem: string | undefined;
  /** What no line at all means, where that is allowed. */
  readonly none?: string;
  readonly onChange: (matchers: readonly MatcherRow[]) => void;
}) {
  const add = () => {
    const key = Math.max(-1, ...matchers.map((matcher) => matcher.key)) + 1;
    onChange([...matchers, { key, label: '', op: 'eq', value: '' }]);
  };
  return (
    <fieldset className="min-w-0">
      <legend className="mb-1 text-sm font-medium">Alerts with all of these labels</legend>
      <div className="space-y-2">
        {matchers.map((matcher, index) => (
          <MatcherLine
            key={matcher.key}
            place={index + 1}
            matcher={matcher}
            onChange={(changed) => onChange(matchers.map((one) => (one === matcher ? changed : one)))}
            onRemove={() => onChange(matchers.filter((one) => one !== matcher))}
          />
        ))}
      </div>
      <div className="mt-2 flex flex-wrap items-center justify-between gap-2">
        <p role="status" className="min-w-0 flex-1 basis-48 text-xs text-muted">
          {problem ??
            (matchers.length === 0 ? none : undefined) ??
            'In “is like”, * stands for any characters.'}
        </p>
        {matchers.length < matchersMax ? (
          <Button icon="plus" onClick={add}>
            Add a label
          </Button>
        ) : null}
      </div>
    </fieldset>
  );
}

function MatcherLine({
  place,
  matcher,
  onChange,
  onRemove,
}: {
  readonly place: number;
  readonly matcher: MatcherRow;
  readonly onChange: (matcher: MatcherRow) => void;
  readonly onRemove: () => void;
}) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)_7rem_2rem] items-start gap-2 sm:grid-cols-[minmax(0,3fr)_7rem_minmax(0,4fr)_2rem]">
      <TextField
        label={`Label ${place}`}
        hideLabel
        placeholder="Label"
        maxLength={100}
        value={matcher.label}
        onChange={(event) => onChange({ ...matcher, label: event.target.value })}
      />
      <SelectField
        label={`Comparison ${place}`}
        hideLabel
        value={matcher.op}
        options={ops.map((op) => [op, matcherWords[op]] as const)}
        onChange={(event) => {
          const op = event.target.value;
          if (isOneOf(ops, op)) onChange({ ...matcher, op });
        }}
      />
      <TextField
        label={`Value ${place}`}
        hideLabel
        placeholder="Value"
        maxLength={1_000}
        className="max-sm:order-last max-sm:col-span-3"
        value={matcher.value}
        onChange={(event) => onChange({ ...matcher, value: event.target.value })}
      />
      <IconButton icon="trash" label={`Remove label ${place}`} onClick={onRemove} />
    </div>
  );
}
