/** What a task is called and what it does. */
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import type { ParameterField } from './parameter-fields.ts';
import { type Action, fieldsOf, idOf, type TaskForm, type TaskProblems, withAction } from './task-form.ts';

/** A part of the form. */
export interface TaskFieldsProps {
  readonly form: TaskForm;
  readonly problems: TaskProblems;
  readonly onChange: (form: TaskForm) => void;
}

/** Name, id, action and parameters. */
export function TaskFields({
  form,
  problems,
  onChange,
  actions,
  isNew,
}: TaskFieldsProps & { readonly actions: readonly Action[]; readonly isNew: boolean }) {
  const { fields } = problems;
  const made = idOf({ ...form, id: '' });
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <TextField
          label="Name"
          required
          maxLength={200}
          autoComplete="off"
          className={isNew ? undefined : 'sm:col-span-2'}
          value={form.name}
          problem={fields.name}
          onChange={(event) => onChange({ ...form, name: event.target.value })}
        />
        {isNew ? (
          <TextField
            label="Id (optional)"
            hint="What scripts and the audit log call it; it stays for good."
            placeholder={made}
            maxLength={100}
            autoComplete="off"
            spellCheck={false}
            value={form.id}
            problem={fields.id}
            onChange={(event) => onChange({ ...form, id: event.target.value })}
          />
        ) : null}
      </div>
      <TextField
        label="Note (optional)"
        maxLength={1_000}
        value={form.description}
        problem={fields.description}
        onChange={(event) => onChange({ ...form, description: event.target.value })}
      />
      <ActionFields form={form} problems={problems} onChange={onChange} actions={actions} />
    </>
  );
}

function ActionFields({
  form,
  problems,
  onChange,
  actions,
}: TaskFieldsProps & { readonly actions: readonly Action[] }) {
  const known = actions.find(({ action }) => action === form.action);
  const names = actions.map(({ action }) => action);
  const offered = known === undefined && form.action !== '' ? [form.action, ...names] : names;
  const fields = fieldsOf(form.action, actions);
  const set = (name: string, text: string) =>
    onChange({ ...form, parameters: { ...form.parameters, [name]: text } });
  return (
    <>
      <SelectField
        label="What it does"
        value={form.action}
        options={offered.map((name) => [name, name] as const)}
        hint={known?.description ?? 'This server does not have this action; another one runs the task.'}
        problem={problems.fields.action}
        onChange={(event) => onChange(withAction(form, event.target.value, actions))}
      />
      {fields === null ? (
        <TextArea
          label="Parameters"
          hint="A JSON object."
          mono
          spellCheck={false}
          value={form.parameters[''] ?? ''}
          problem={problems.parameters['']}
          onChange={(event) => set('', event.target.value)}
        />
      ) : (
        <ParameterGrid
          fields={fields}
          texts={form.parameters}
          problems={problems.parameters}
          onChange={set}
        />
      )}
    </>
  );
}

function ParameterGrid({
  fields,
  texts,
  problems,
  onChange,
}: {
  readonly fields: readonly ParameterField[];
  readonly texts: Readonly<Record<string, string>>;
  readonly problems: Readonly<Record<string, string>>;
  readonly onChange: (name: string, text: string) => void;
}) {
  if (fields.length === 0) return null;
  return (
    <fieldset className="grid min-w-0 gap-4 rounded-md border border-line p-3 sm:grid-cols-2">
      <legend className="px-1 text-xs text-muted">Parameters</legend>
      {fields.map((field) => (
        <Parameter
          key={field.name}
          field={field}
          text={texts[field.name] ?? ''}
          problem={problems[field.name]}
          onChange={(text) => onChange(field.name, text)}
        />
      ))}
      {problems[''] === undefined ? null : <p className="text-xs text-bad sm:col-span-2">{problems['']}</p>}
    </fieldset>
  );
}

const yesOrNo: readonly (readonly [string, string])[] = [
  ['true', 'Yes'],
  ['false', 'No'],
];

function Parameter({
  field,
  text,
  problem,
  onChange,
}: {
  readonly field: ParameterField;
  readonly text: string;
  readonly problem: string | undefined;
  readonly onChange: (text: string) => void;
}) {
  const { label, kind, choices, fallback, hint } = field;
  const common = { label, problem, ...(hint === '' || problem === hint ? {} : { hint }) };
  if (kind === 'choice' || kind === 'flag') {
    const options = kind === 'flag' ? yesOrNo : choices.map((one) => [one, one] as const);
    return (
      <SelectField
        {...common}
        value={text}
        options={[['', fallback === '' ? 'Not said' : `As usual: ${fallback}`], ...options]}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  if (kind === 'json') {
    return (
      <TextArea
        {...common}
        mono
        rows={2}
        spellCheck={false}
        className="sm:col-span-2"
        placeholder={fallback}
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <TextField
      {...common}
      autoComplete="off"
      inputMode={kind === 'number' ? 'decimal' : 'text'}
      placeholder={fallback}
      value={text}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
