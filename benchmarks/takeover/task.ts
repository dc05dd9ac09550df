import { defineContract, type Contract } from 'raptorflow/bus';
import { z } from 'zod';

/**
 * What a handler does with a task.
 * `work`: takes a few milliseconds. `hold`: the first attempt never ends, the second one ends at once. `long`: ends when it is released.
 * `busy`: blocks its event loop for five seconds. `frozen`: ends after a second; its process is stopped meanwhile, and the second attempt
 * outlasts the late acknowledgement of the first and fails for good.
 */
const taskKinds = ['work', 'hold', 'long', 'busy', 'frozen'] as const;

const schema = z.strictObject({ task: z.string(), kind: z.enum(taskKinds) });

/** The contract of the events whose handlers are killed. */
export const taskContract: Contract<'bench.task', 1, typeof schema> = defineContract('bench.task', 1, schema);

/** What a member says, one line of JSON each. */
export type MemberLine =
  | { readonly kind: 'ready' }
  | { readonly kind: 'started' | 'finished'; readonly task: string; readonly attempt: number };

/** How long a `busy` handler blocks its event loop. */
export const busyMs = 5_000;

/** A group, and the channel that it reads. */
export interface TaskGroup {
  readonly group: string;
  readonly channel: string;
}

/** The channel of a group. */
export function taskGroup(group: string): TaskGroup {
  return { group, channel: `bench.tasks.${group}` };
}
