import type { Client } from '@raptorflow/client';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { flagOption, textOption, type Command, type Invocation, type OptionDescription } from '../command.ts';
import { confirm, yesOption } from '../confirmation.ts';
import { formatDistance, formatTime } from '../figures.ts';
import { actionField, fieldsGiven, optionsOf, taskFields, type CleanupTask } from './cleanup-fields.ts';
import { findTask } from './cleanup.ts';
import { parameterOption, parametersIn } from './cleanup-parameters.ts';
import { withCleanup } from './cleanup-refusals.ts';
import { triggerChoices, triggerFields, triggerIn, whenText } from './cleanup-triggers.ts';

type Change = NonNullable<Parameters<Client['cleanup']['update']>[0]['body']>;

const changeOptions: Readonly<Record<string, OptionDescription>> = {
  ...optionsOf([actionField]),
  ...parameterOption,
  ...optionsOf(triggerFields),
  ...optionsOf(taskFields),
};

const valuesNote =
  'A VALUE that reads as JSON is taken as such, any other as text.\n"none" takes away what may be left out of a trigger.';

/** `raptorflow cleanup add`. */
export const cleanupAdd: Command = {
  name: 'cleanup add',
  summary: 'Add a task; it runs from now on (operator only).',
  operands: 'TASK',
  operandCount: [1, 1],
  options: { ...changeOptions, disabled: { type: 'boolean', help: 'Not yet: until it is enabled.' } },
  notes: `Required: --action, and one of ${triggerChoices}:
  raptorflow cleanup add letters_nightly --action dead_letters.retention \\
    --parameter keep_days=7 --cron "30 2 * * *" --time-zone Europe/Berlin
${valuesNote}`,
  run: (invocation) =>
    withCleanup(invocation, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      const action = textOption(invocation, 'action');
      if (action === undefined) {
        throw new RaptorFlowError(
          'invalid_input',
          'Say what it does with --action; "raptorflow cleanup actions" lists what there is.',
        );
      }
      const trigger = triggerIn(invocation);
      if (trigger === undefined) {
        throw new RaptorFlowError('invalid_input', `Say what makes it run: one of ${triggerChoices}.`);
      }
      const parameters = parametersIn(invocation, {});
      const { data } = await client.cleanup.create({
        body: {
          ...changesIn(invocation),
          ...(parameters === undefined ? {} : { parameters }),
          ...(flagOption(invocation, 'disabled') ? { enabled: false } : {}),
          task_id: id,
          action,
          trigger,
        },
      });
      tell(invocation, data);
    }),
};

/** `raptorflow cleanup set`. */
export const cleanupSet: Command = {
  name: 'cleanup set',
  summary: 'Change a task; what is not named stays (operator only).',
  operands: 'TASK',
  operandCount: [1, 1],
  options: changeOptions,
  notes: `${valuesNote}
Nothing behind the = takes a parameter away; another action begins without any.`,
  run: (invocation) =>
    withCleanup(invocation, async ({ client }) => {
      const [id = ''] = invocation.positionals;
      const present = await findTask(client, id);
      const changes = changesIn(invocation);
      const isOther = changes.action !== undefined && changes.action !== present.action;
      const parameters =
        parametersIn(invocation, isOther ? {} : present.parameters) ?? (isOther ? {} : undefined);
      const trigger = triggerIn(invocation, present.trigger);
      const body: Change = {
        ...changes,
        ...(parameters === undefined ? {} : { parameters }),
        ...(trigger === undefined ? {} : { trigger }),
      };
      if (Object.keys(body).length === 0) {
        throw new RaptorFlowError(
          'invalid_input',
          `Say what shall change: raptorflow cleanup set ${id} --every 10m. All there is: raptorflow cleanup set --help`,
        );
      }
      tell(invocation, (await client.cleanup.update({ params: { task_id: id }, body })).data);
    }),
};

/** What the options say, beside trigger and parameters. Throws `invalid_input`. */
function changesIn(invocation: Invocation): Omit<Change, 'trigger' | 'parameters'> {
  const entries = fieldsGiven(invocation, taskFields).map(({ option, field, read }) => [
    field,
    read(textOption(invocation, option) ?? '', option),
  ]);
  return Object.fromEntries(entries) as Change;
}

function tell({ output }: Invocation, task: CleanupTask): void {
  output.result(task);
  output.line(`${task.task_id}: ${whenText(task)}. ${stateText(task)}`);
}

function stateText({ enabled, next_run: next }: CleanupTask): string {
  if (!enabled) return 'It is off, and runs by hand only.';
  if (next === null) return 'It is on.';
  return `Next run: ${formatTime(next)}, ${formatDistance(next, systemClock.now())}.`;
}

/** `raptorflow cleanup enable`. */
export const cleanupEnable: Command = switching(
  'enable',
  true,
  'Let a task run by itself again (operator only).',
);

/** `raptorflow cleanup disable`. */
export const cleanupDisable: Command = switching(
  'disable',
  false,
  'Keep a task; it runs by hand only (operator only).',
);

function switching(word: 'enable' | 'disable', enabled: boolean, summary: string): Command {
  return {
    name: `cleanup ${word}`,
    summary,
    operands: 'TASK',
    operandCount: [1, 1],
    run: (invocation) =>
      withCleanup(invocation, async ({ client }) => {
        const [id = ''] = invocation.positionals;
        tell(invocation, (await client.cleanup.update({ params: { task_id: id }, body: { enabled } })).data);
      }),
  };
}

/** `raptorflow cleanup remove`. */
export const cleanupRemove: Command = {
  name: 'cleanup remove',
  summary: 'Remove a task for good, after asking; its history stays (operator only).',
  operands: 'TASK',
  operandCount: [1, 1],
  options: yesOption,
  run: (invocation) =>
    withCleanup(invocation, async ({ client }) => {
      const { task_id: id, name } = await findTask(client, invocation.positionals[0] ?? '');
      await confirm(invocation, {
        what: 'cleanup remove asks before it removes',
        text: `Remove ${id} (${name})? Type "remove" to go on: `,
        word: 'remove',
        otherwise: 'Nothing was removed.',
      });
      await client.cleanup.remove({ params: { task_id: id } });
      invocation.output.result({ task_id: id, removed: true });
      invocation.output.line(`${id} is removed; its history stays.`);
    }),
};
