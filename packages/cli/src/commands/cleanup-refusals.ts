/** What the server refuses of a cleanup task, told at the option that said it. */
import type { Invocation } from '../command.ts';
import { withConnection, type Connection } from '../connection.ts';
import { atOptions } from '../refusals.ts';
import { fieldsGiven, taskFields, type TaskField } from './cleanup-fields.ts';
import { triggerFields } from './cleanup-triggers.ts';

/** Runs `work` with a connection; what the server refuses of a task stands at its option. */
export function withCleanup(
  invocation: Invocation,
  work: (connection: Connection) => Promise<void>,
): Promise<void> {
  return atOptions(
    invocation,
    (field) => placeOf(field, invocation),
    () => withConnection(invocation, { own: 'allowed' }, work),
  );
}

function placeOf(path: string, invocation: Invocation): string | undefined {
  // The library keeps some fields in groups, and time in milliseconds.
  const field = path.replace(/^(?:attempts|pace)\./u, '').replace(/_ms$/u, '_seconds');
  const [first = '', second] = field.split('.');
  switch (first) {
    case 'task_id':
      return invocation.options['task'] === undefined ? 'TASK' : '--task';
    case 'parameters':
      return second === undefined ? '--parameter' : `--parameter ${second}`;
    case 'trigger':
      return triggerPlaceOf(second, invocation);
    case 'limit':
    case 'cursor':
      return `--${first}`;
    default:
      return namesOf(
        taskFields.filter((each) => each.field === first),
        ' or ',
      );
  }
}

function triggerPlaceOf(field: string | undefined, invocation: Invocation): string | undefined {
  const given = fieldsGiven(invocation, triggerFields);
  if (field === undefined) return namesOf(given, ', ');
  const fitting = triggerFields.filter((each) => each.field === field);
  const said = fitting.filter((each) => given.includes(each));
  return namesOf(said.length > 0 ? said : fitting, ' or ');
}

function namesOf(fields: readonly TaskField[], between: string): string | undefined {
  return fields.length === 0 ? undefined : fields.map(({ option }) => `--${option}`).join(between);
}
