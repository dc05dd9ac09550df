import type { Bus, Contract, EventOf, Handler, SubscribeOptions, Subscription } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';

/** The guilds that have a channel of their own; the council speaks on theirs. */
export type Guild = 'research' | 'muse' | 'matrix' | 'guardians';

/** Every guild. */
export const guilds: readonly Guild[] = Object.freeze(['research', 'muse', 'matrix', 'guardians']);

/** Whether this is the name of a guild. */
export function isGuild(value: unknown): value is Guild {
  return guilds.some((guild) => guild === value);
}

/** The guild of this name, in any case. Throws `invalid_input` naming the four. */
export function parseGuild(name: string): Guild {
  const lower = name.toLowerCase();
  if (isGuild(lower)) return lower;
  throw new RaptorFlowError(
    'invalid_input',
    `There is no guild "${name}". The guilds are ${guilds.join(', ')}.`,
    {
      details: { guild: name, guilds },
    },
  );
}

/** The channel on which a guild gets its commands and gives its results. */
export function guildChannel(guild: Guild): string {
  return `sys.guild.${guild}.broadcast`;
}

/**
 * Subscribes to a guild's channel. Throws `invalid_input` for an unknown guild, otherwise like `bus.subscribe`.
 */
export async function subscribeToGuild<Known extends Contract, const Type extends string = string>(
  bus: Bus<Known>,
  guild: string,
  handler: Handler<EventOf<Known, Type>>,
  options?: SubscribeOptions<Type>,
): Promise<Subscription> {
  return bus.subscribe<Type>(guildChannel(parseGuild(guild)), handler, options);
}
