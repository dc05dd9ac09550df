/** What makes a task run: the fields that its kind of trigger needs. */
import { useMemo } from 'react';

import { ChoiceField } from '../../components/choice-field.tsx';
import type { Choice } from '../../components/choice-list.ts';
import { SelectField, TextField } from '../../components/field.tsx';
import { useChannels } from '../../data/bus.ts';
import { ownTimeZone, timeZones } from '../../format/wall-clock.ts';
import { sentence } from '../../format/words.ts';
import { isOneOf } from '../../search.ts';
import { cronWords } from './cron-words.ts';
import { triggerKindWords } from './task-words.ts';
import type { TriggerFieldsProps, TriggerKind } from './trigger-form.ts';
import { HealthFields, ThresholdFields } from './watch-fields.tsx';

const kinds = Object.entries(triggerKindWords) as [TriggerKind, string][];

/** The kind, and what it needs. */
export function TriggerFields(props: TriggerFieldsProps) {
  const { form, onChange } = props;
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label="It runs"
        className={form.kind === 'interval' || form.kind === 'once' ? undefined : 'sm:col-span-2'}
        value={form.kind}
        options={kinds}
        onChange={(event) => {
          const names = kinds.map(([name]) => name);
          if (isOneOf(names, event.target.value)) onChange({ ...form, kind: event.target.value });
        }}
      />
      <OwnFields {...props} />
    </div>
  );
}

function OwnFields(props: TriggerFieldsProps) {
  const { form, problems, onChange } = props;
  switch (form.kind) {
    case 'cron':
      return <CronFields {...props} />;
    case 'interval':
      return (
        <TextField
          label="Every"
          hint={problems.every === undefined ? '10 min, 6 h, 1 d' : undefined}
          value={form.every}
          problem={problems.every}
          onChange={(event) => onChange({ ...form, every: event.target.value })}
        />
      );
    case 'once':
      return (
        <TextField
          label="At"
          type="datetime-local"
          hint={`In your time zone, ${ownTimeZone()}.`}
          value={form.at}
          problem={problems.at}
          onChange={(event) => onChange({ ...form, at: event.target.value })}
        />
      );
    case 'threshold':
      return <ThresholdFields {...props} />;
    case 'health':
      return <HealthFields {...props} />;
    case 'event':
      return <EventFields {...props} />;
    case 'manual':
      return null;
  }
}

const usualPatterns: readonly Choice[] = [
  '*/15 * * * *',
  '0 * * * *',
  '0 */6 * * *',
  '0 2 * * *',
  '0 3 * * 0',
  '0 4 1 * *',
].map((value) => ({ value, detail: cronWords(value) ?? '' }));

function CronFields({ form, problems, onChange }: TriggerFieldsProps) {
  const zones = useMemo(() => timeZones().map((value) => ({ value })), []);
  const words = cronWords(form.pattern);
  return (
    <>
      <ChoiceField
        label="Pattern"
        value={form.pattern}
        choices={usualPatterns}
        problem={problems.pattern}
        hint={
          words === null
            ? 'Minute, hour, day of month, month, day of week; @daily and the like.'
            : sentence(words)
        }
        onChange={(pattern) => onChange({ ...form, pattern })}
      />
      <ChoiceField
        label="Time zone"
        value={form.timeZone}
        choices={zones}
        problem={problems.timeZone}
        hint="No time is missed or doubled when its clocks are set."
        onChange={(timeZone) => onChange({ ...form, timeZone })}
      />
    </>
  );
}

function EventFields({ form, problems, onChange }: TriggerFieldsProps) {
  const channels = useChannels().data?.channels ?? [];
  return (
    <>
      <ChoiceField
        label="Channel"
        className="sm:col-span-2"
        value={form.channel}
        choices={channels.map(({ name }) => ({ value: name }))}
        problem={problems.channel}
        placeholder="sys.alert.critical"
        onChange={(channel) => onChange({ ...form, channel })}
      />
      <TextField
        label="Only events of type (optional)"
        hint="With commas between them; empty for any."
        autoComplete="off"
        spellCheck={false}
        value={form.types}
        problem={problems.types}
        onChange={(event) => onChange({ ...form, types: event.target.value })}
      />
      <TextField
        label="Then deaf for"
        hint={problems.pause === undefined ? 'So that a storm of events is one run.' : undefined}
        value={form.pause}
        problem={problems.pause}
        onChange={(event) => onChange({ ...form, pause: event.target.value })}
      />
    </>
  );
}
