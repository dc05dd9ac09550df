/** What becomes of a task when it fails, is late, or is due while it still runs. Most tasks need nothing of it, so it opens on demand. */
import { useState } from 'react';

import { SelectField, TextField } from '../../components/field.tsx';
import { Icon } from '../../components/icon.tsx';
import { isOneOf } from '../../search.ts';
import type { TaskFieldsProps } from './task-fields.tsx';
import type { TaskForm } from './task-form.ts';
import { missedWords, overlapWords, priorityWords, runsOnWords } from './task-words.ts';

const ownFields = [
  'priority',
  'timeout',
  'retries',
  'retryDelay',
  'overlap',
  'concurrency',
  'missed',
  'runsOn',
  'tags',
] as const;

const isScheduled = ({ trigger: { kind } }: TaskForm): boolean =>
  kind === 'cron' || kind === 'interval' || kind === 'once';

/** The fields; they stand open when something is wrong with one of them. */
export function PaceFields(props: TaskFieldsProps) {
  const [isOpen, setOpen] = useState(false);
  const isWrong = ownFields.some((field) => props.problems.fields[field] !== undefined);
  return (
    <details
      open={isOpen || isWrong}
      // What a problem has opened stays open when it is mended: the keyboard is in there.
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="group/pace rounded-md border border-line"
    >
      <summary className="flex items-center gap-2 px-3 py-2 font-medium hover:bg-hover/60 [&::-webkit-details-marker]:hidden">
        <Icon
          name="chevron"
          className="size-3.5 -rotate-90 text-muted transition-transform group-open/pace:rotate-0"
        />
        When it fails, is late or takes long
      </summary>
      <div className="grid gap-4 px-3 pt-1 pb-4 sm:grid-cols-2">
        <AttemptFields {...props} />
        <TurnFields {...props} />
      </div>
    </details>
  );
}

function AttemptFields({ form, problems: { fields }, onChange }: TaskFieldsProps) {
  return (
    <>
      <TextField
        label="Given up after"
        hint={fields.timeout === undefined ? 'One attempt may take so long.' : undefined}
        value={form.timeout}
        problem={fields.timeout}
        onChange={(event) => onChange({ ...form, timeout: event.target.value })}
      />
      <TextField
        label="Tried again"
        inputMode="numeric"
        hint={fields.retries === undefined ? 'So many times after a failure, at most 20.' : undefined}
        value={form.retries}
        problem={fields.retries}
        onChange={(event) => onChange({ ...form, retries: event.target.value })}
      />
      <TextField
        label="Pause before that"
        value={form.retryDelay}
        problem={fields.retryDelay}
        onChange={(event) => onChange({ ...form, retryDelay: event.target.value })}
      />
      <Choice
        label="While many wait"
        words={priorityWords}
        value={form.priority}
        problem={fields.priority}
        onChange={(priority) => onChange({ ...form, priority })}
      />
    </>
  );
}

function TurnFields({ form, problems: { fields }, onChange }: TaskFieldsProps) {
  return (
    <>
      <Choice
        label="Due while it still runs"
        words={overlapWords}
        value={form.overlap}
        problem={fields.overlap}
        onChange={(overlap) => onChange({ ...form, overlap })}
      />
      {form.overlap === 'allow' ? (
        <TextField
          label="At once at most"
          inputMode="numeric"
          value={form.concurrency}
          problem={fields.concurrency}
          onChange={(event) => onChange({ ...form, concurrency: event.target.value })}
        />
      ) : null}
      {isScheduled(form) ? (
        <Choice
          label="Due while the server was away"
          words={missedWords}
          value={form.missed}
          problem={fields.missed}
          onChange={(missed) => onChange({ ...form, missed })}
        />
      ) : null}
      <Choice
        label="Who does it"
        words={runsOnWords}
        value={form.runsOn}
        problem={fields.runsOn}
        onChange={(runsOn) => onChange({ ...form, runsOn })}
      />
      <TextField
        label="Tags (optional)"
        hint="With commas between them."
        value={form.tags}
        problem={fields.tags}
        onChange={(event) => onChange({ ...form, tags: event.target.value })}
      />
    </>
  );
}

/** One of a few words of the contract. */
function Choice<K extends string>({
  label,
  words,
  value,
  problem,
  onChange,
}: {
  readonly label: string;
  readonly words: Readonly<Record<K, string>>;
  readonly value: K;
  readonly problem: string | undefined;
  readonly onChange: (value: K) => void;
}) {
  const options = Object.entries(words) as [K, string][];
  return (
    <SelectField
      label={label}
      value={value}
      problem={problem}
      options={options}
      onChange={(event) => {
        const names = options.map(([name]) => name);
        if (isOneOf(names, event.target.value)) onChange(event.target.value);
      }}
    />
  );
}
