/** When there is maintenance: once, on days of the week, or on a day of the month. */
import { useMemo } from 'react';

import { ChoiceField } from '../../components/choice-field.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { timeZones } from '../../format/wall-clock.ts';
import { isOneOf } from '../../search.ts';
import { draftOfMaintenance, type MaintenanceForm, type MaintenanceProblems } from './maintenance-form.ts';
import type { Weekday } from './maintenance-times.ts';
import { dayNames, scheduleWords, weekFromMonday } from './maintenance-words.ts';

interface TimeFieldsProps {
  readonly form: MaintenanceForm;
  readonly problems: MaintenanceProblems;
  readonly onChange: (form: MaintenanceForm) => void;
}

const kinds: readonly (readonly [MaintenanceForm['kind'], string])[] = [
  ['once', 'Once'],
  ['weekly', 'On days of the week'],
  ['monthly', 'On a day of the month'],
];

const monthDays: readonly (readonly [string, string])[] = [
  ...Array.from({ length: 31 }, (_, index) => [String(index + 1), `Day ${index + 1}`] as const),
  ['last', 'The last day'],
];

/** The fields that the kind of schedule needs, and below them what they say together. */
export function MaintenanceTimeFields({ form, problems, onChange }: TimeFieldsProps) {
  const zones = useMemo(() => timeZones().map((value) => ({ value })), []);
  const names = kinds.map(([name]) => name);
  const isSound = timeFields.every((field) => problems[field] === undefined);
  return (
    <div className="grid gap-4 sm:grid-cols-2">
      <SelectField
        label="When"
        className={form.kind === 'monthly' ? undefined : 'sm:col-span-2'}
        value={form.kind}
        options={kinds}
        onChange={(event) => {
          const name = event.target.value;
          if (isOneOf(names, name)) onChange({ ...form, kind: name });
        }}
      />
      {form.kind === 'weekly' ? (
        <DayFields
          days={form.days}
          problem={problems.days}
          onChange={(days) => onChange({ ...form, days })}
        />
      ) : null}
      {form.kind === 'monthly' ? (
        <SelectField
          label="Day"
          value={form.day}
          options={monthDays}
          onChange={(event) => onChange({ ...form, day: event.target.value })}
        />
      ) : null}
      <BeginField form={form} problems={problems} onChange={onChange} />
      <TextField
        label="Lasts"
        hint={problems.duration === undefined ? '30 min, 1 h 30 min, 1 d' : undefined}
        value={form.duration}
        problem={problems.duration}
        onChange={(event) => onChange({ ...form, duration: event.target.value })}
      />
      <ChoiceField
        label="Time zone"
        className="sm:col-span-2"
        value={form.timeZone}
        choices={zones}
        problem={problems.timeZone}
        hint={isSound ? `${scheduleWords(draftOfMaintenance(form).schedule)}.` : undefined}
        onChange={(timeZone) => onChange({ ...form, timeZone })}
      />
    </div>
  );
}

function BeginField({ form, problems, onChange }: TimeFieldsProps) {
  return form.kind === 'once' ? (
    <TextField
      label="Begins"
      type="datetime-local"
      required
      value={form.from}
      problem={problems.from}
      onChange={(event) => onChange({ ...form, from: event.target.value })}
    />
  ) : (
    <TextField
      label="Begins at"
      // Not of the type for times: that one follows the browser's language, with AM and PM in some.
      hint={problems.start === undefined ? '02:00, 22:30' : undefined}
      maxLength={5}
      autoComplete="off"
      required
      value={form.start}
      problem={problems.start}
      onChange={(event) => onChange({ ...form, start: event.target.value })}
    />
  );
}

const timeFields = ['from', 'days', 'start', 'duration', 'timeZone'] as const;

function DayFields({
  days,
  problem,
  onChange,
}: {
  readonly days: readonly Weekday[];
  readonly problem: string | undefined;
  readonly onChange: (days: readonly Weekday[]) => void;
}) {
  return (
    <fieldset className="min-w-0 sm:col-span-2">
      <legend className="mb-1 text-sm font-medium">Days</legend>
      <div className="-mx-2 grid grid-cols-2 sm:grid-cols-4">
        {weekFromMonday.map((day) => (
          <label
            key={day}
            className="flex items-center gap-2 rounded-md px-2 py-1 hover:bg-hover has-focus-visible:outline-2 has-focus-visible:outline-accent"
          >
            <input
              type="checkbox"
              className="accent-accent outline-none"
              checked={days.includes(day)}
              onChange={() =>
                onChange(days.includes(day) ? days.filter((one) => one !== day) : [...days, day])
              }
            />
            {dayNames[day]}
          </label>
        ))}
      </div>
      {problem === undefined ? null : <p className="mt-1 text-xs text-bad">{problem}</p>}
    </fieldset>
  );
}
