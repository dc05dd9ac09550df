/** Who may publish what, and where, over HTTP. */
import { workspaceChannel } from '@raptorflow/runtime';
import { guildChannels } from '@raptorflow/society';
import { isDeadLetterChannel, type Bus } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { Call } from '../call.ts';

type OpenTypes = 'every type' | readonly string[];

/**
 * Where the admins of a workspace may publish: on channels whose events do no more than they say in their own workspace. On all others
 * parts of the installation tell each other what they have done (a notification that was given up, an item that a pipeline lost, a dead
 * letter, a reply, a heartbeat), and act for everybody on what they hear; a channel that is new belongs to them until it stands here.
 */
const openChannels: ReadonlyMap<string, OpenTypes> = new Map<string, OpenTypes>([
  ...guildChannels.map((name): [string, OpenTypes] => [name, 'every type']),
  ['sys.state.update', 'every type'],
  // What else stands there decides who may enter.
  [workspaceChannel, ['test.event']],
]);

/** Throws `forbidden` where the caller may not publish this. Dead letters are written by the bus alone, whoever asks. */
export function assertMayPublish(
  { channel, type }: { readonly channel: string; readonly type: string },
  call: Call,
): void {
  if (isDeadLetterChannel(channel)) {
    throw new RaptorFlowError(
      'forbidden',
      `Nobody publishes on "${channel}": the bus writes the dead letters there. Publish on the channel of the group that should handle the event.`,
      { details: { channel, type } },
    );
  }
  if (call.caller.operator) return;
  const types = openChannels.get(channel);
  if (types === 'every type' || types?.includes(type) === true) return;
  const open = [...openChannels].map(([name, only]) =>
    only === 'every type' ? name : `${name} (${only.join(', ')} alone)`,
  );
  throw new RaptorFlowError(
    'forbidden',
    `Only the operator of this installation publishes "${type}" on "${channel}", where its own parts work for everybody; admins of a workspace publish on ${open.join(', ')}.`,
    { details: { channel, type } },
  );
}

/** Throws `not_found` unless the caller may know of the event that is named as the cause: its story is told to who continues it. */
export async function assertMayContinue(
  causeId: string | undefined,
  bus: Pick<Bus, 'getMessage'>,
  call: Call,
): Promise<void> {
  if (causeId === undefined || call.caller.operator) return;
  if ((await bus.getMessage(causeId))?.workspaceId === call.workspaceId) return;
  throw new RaptorFlowError(
    'not_found',
    `There is no event ${causeId} in this workspace that could be the cause, or its retention has ended; leave causation_id out.`,
  );
}
