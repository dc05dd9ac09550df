/** Adds a cleanup task, or changes one: what it does, what makes it run, and what becomes of it when it fails or is late. */
import type { WireCleanupTask } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { useCreateTask, useUpdateTask } from '../../data/cleanup.ts';
import { ownTimeZone } from '../../format/wall-clock.ts';
import { PaceFields } from './pace-fields.tsx';
import { TaskFields } from './task-fields.tsx';
import {
  type Action,
  changeOf,
  draftOfTask,
  formOfTask,
  isSound,
  newTask,
  problemsOfTask,
  type TaskForm,
  type TaskProblems,
} from './task-form.ts';
import { refusalOf } from './task-refusal.ts';
import { TriggerFields } from './trigger-fields.tsx';

interface TaskDialogProps {
  readonly task: WireCleanupTask | null;
  readonly actions: readonly Action[];
  readonly onClose: () => void;
}

/** The dialog; `task` is null for a new one. */
export function TaskDialog({ task, actions, onClose }: TaskDialogProps) {
  const { form, setForm, problems, error, isSaving, submit } = useTaskEditing({ task, actions, onClose });
  const props = { form, problems, onChange: setForm };
  return (
    <Dialog
      open
      onClose={onClose}
      title={task === null ? 'New cleanup task' : `The task “${task.name}”`}
      description="It works on the whole installation."
    >
      <form noValidate onSubmit={submit} className="space-y-4">
        <TaskFields {...props} actions={actions} isNew={task === null} />
        <TriggerFields
          form={form.trigger}
          problems={problems.fields}
          onChange={(trigger) => setForm({ ...form, trigger })}
        />
        <PaceFields {...props} />
        {error === null ? null : <ErrorNotice error={error} />}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="solid" busy={isSaving}>
            {task === null ? 'Add the task' : 'Save'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface TaskEditing {
  readonly form: TaskForm;
  readonly setForm: (form: TaskForm) => void;
  /** What stands beside the fields: what the server refused, and after the first try what the form finds itself. */
  readonly problems: TaskProblems;
  /** What the server said that is about no field. */
  readonly error: Error | null;
  readonly isSaving: boolean;
  readonly submit: (event: SyntheticEvent) => void;
}

function useTaskEditing({ task, actions, onClose }: TaskDialogProps): TaskEditing {
  const timeZone = ownTimeZone();
  const create = useCreateTask();
  const update = useUpdateTask();
  const [first] = useState(() =>
    task === null
      ? newTask(actions[0]?.action ?? '', Date.now(), timeZone)
      : formOfTask(task, actions, Date.now(), timeZone),
  );
  const [form, setForm] = useState(first);
  // What was refused is about the form as it was sent.
  const [sent, setSent] = useState<TaskForm | null>(null);
  const [isTried, setTried] = useState(false);
  const own = problemsOfTask(form, actions);
  const save = task === null ? create : update;
  const refusal = sent === null ? null : refusalOf(save.error, sent);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isSound(own)) return;
    setSent(form);
    const draft = draftOfTask(form, actions, timeZone);
    if (task === null) {
      create.mutate(draft, { onSuccess: onClose });
      return;
    }
    const change = changeOf(draftOfTask(first, actions, timeZone), draft);
    if (Object.keys(change).length === 0) onClose();
    else update.mutate({ taskId: task.task_id, change }, { onSuccess: onClose });
  };
  return {
    form,
    setForm,
    problems: shownProblems(form, sent, refusal?.problems ?? null, isTried ? own : null),
    error: refusal?.complete === true ? null : save.error,
    isSaving: save.isPending,
    submit,
  };
}

/** A refusal stands beside its field until the field is changed. */
function shownProblems(
  form: TaskForm,
  sent: TaskForm | null,
  refused: TaskProblems | null,
  own: TaskProblems | null,
): TaskProblems {
  const textOf = (whole: TaskForm | null, field: string) =>
    new Map<string, unknown>(Object.entries({ ...whole?.trigger, ...whole })).get(field);
  const unchanged = Object.entries(refused?.fields ?? {}).filter(
    ([field]) => textOf(form, field) === textOf(sent, field),
  );
  const parameters = Object.entries(refused?.parameters ?? {}).filter(
    ([name]) => form.parameters[name] === sent?.parameters[name],
  );
  return {
    fields: { ...Object.fromEntries(unchanged), ...own?.fields },
    parameters: { ...Object.fromEntries(parameters), ...own?.parameters },
  };
}
