import { RaptorFlowError } from '../../../kernel/index.ts';
import type { EngineGroups, MemberSpec } from '../../engine.ts';
import type { GroupReport } from '../../report.ts';
import type { Connection } from './connection.ts';
import { pairsOf } from './replies.ts';
import { scripts } from './scripts.ts';

/** A group without members for longer is worth a warning. */
const idleGroupMsMax = 7 * 86_400_000;

/** What groups need of the engine. */
export interface GroupsHost {
  readonly prefix: string;
  readonly partitions: number;
  keyOf(partition: number): string;
  connection(): Connection;
  now(): number;
  /** Where an event is stored; null for an unknown one. */
  locate(eventId: string): Promise<number | null>;
}

interface Definition {
  /** What must agree. */
  readonly def: string;
  readonly pattern: string;
  readonly types?: readonly string[];
  readonly ordered?: boolean;
  readonly seen?: number;
}

/** Groups: their definitions once for all partitions, their places in each. */
export class RedisGroups implements EngineGroups {
  readonly #host: GroupsHost;

  constructor(host: GroupsHost) {
    this.#host = host;
  }

  /** The hashes of members and definitions. */
  get keys(): readonly [string, string] {
    return [`{${this.#host.prefix}}:members`, `{${this.#host.prefix}}:groups`];
  }

  /** Makes a member known. Rejects with `conflict` and `not_found`, before it changes anything. */
  async join(member: string, spec: MemberSpec): Promise<void> {
    const definition = definitionOf(spec);
    const args = [member, spec.group, JSON.stringify(definition), this.#host.now()];
    const asked = await this.#global('joinGroup', [...args, 1]);
    const state = this.#stateOf(asked, spec.group);
    const start = state === 'same' ? null : await this.#startOf(spec);
    this.#stateOf(await this.#global('joinGroup', [...args, 0]), spec.group);
    const [how, at] = start ?? ['end', 0];
    const text = JSON.stringify(definition);
    await this.#everywhere('define', [spec.group, text, how, at]);
  }

  async leave(member: string, group: string): Promise<void> {
    await this.#global('leaveGroup', [member, group, this.#host.now()]);
  }

  async list(): Promise<readonly GroupReport[]> {
    const [membersKey, groupsKey] = this.keys;
    const connection = this.#host.connection();
    const [members, definitions, parts] = await Promise.all([
      connection.call('hvals', membersKey) as Promise<string[]>,
      connection.call('hgetall', groupsKey),
      this.#everywhere('progress', ['*']),
    ]);
    const sums = sumUp(parts as string[][]);
    const now = this.#host.now();
    return pairsOf(definitions)
      .map(([name, text]): GroupReport => {
        const { pattern, types, ordered, seen } = JSON.parse(text) as Definition;
        const count = members.filter((group) => group === name).length;
        const sum = sums.get(name);
        return {
          name,
          pattern,
          types: types ?? null,
          ordered: ordered === true,
          members: count,
          lag: sum ? sum.backlog + sum.holds + sum.inFlight : 0,
          inFlight: sum?.inFlight ?? 0,
          waitingForRetry: sum?.holds ?? 0,
          oldestUnhandledMs: sum?.oldest === undefined ? null : Math.max(0, now - sum.oldest),
          lastSeenAt: new Date(count > 0 ? now : (seen ?? now)).toISOString(),
        };
      })
      .toSorted((left, right) => (left.name < right.name ? -1 : 1));
  }

  async lag(group: string): Promise<number> {
    const sum = sumUp((await this.#everywhere('progress', [group])) as string[][]).get(group);
    return sum ? sum.backlog + sum.holds + sum.inFlight : 0;
  }

  async delete(name: string): Promise<boolean> {
    const members = Number(await this.#global('deleteGroup', [name]));
    if (members < 0) return false;
    if (members > 0) {
      throw new RaptorFlowError(
        'conflict',
        `The group "${name}" has ${members} running subscriptions; stop them before deleting it.`,
        { details: { group: name, members } },
      );
    }
    await this.#everywhere('drop', [name]);
    return true;
  }

  /** Warnings about groups that nobody has read for a week. */
  async warnings(): Promise<string[]> {
    const [membersKey, groupsKey] = this.keys;
    const connection = this.#host.connection();
    const [members, definitions] = await Promise.all([
      connection.call('hvals', membersKey) as Promise<string[]>,
      connection.call('hgetall', groupsKey),
    ]);
    const now = this.#host.now();
    return pairsOf(definitions).flatMap(([name, text]) => {
      const idleMs = now - ((JSON.parse(text) as Definition).seen ?? now);
      if (members.includes(name) || idleMs <= idleGroupMsMax) return [];
      return [
        `Nobody has read the group "${name}" for ${Math.floor(idleMs / 86_400_000)} days; its events expire into the dead letters. Subscribe again, or delete it with bus.groups.delete.`,
      ];
    });
  }

  #stateOf(answer: unknown, group: string): string {
    const [verdict, state] = answer as [string, string];
    if (verdict === 'ok') return state;
    const { pattern, types, ordered } = JSON.parse(state) as Definition;
    throw new RaptorFlowError(
      'conflict',
      `The group "${group}" is running on "${pattern}" with another pattern, types or order. All members of a group subscribe alike; use another group name.`,
      { details: { group, pattern, types: types ?? null, ordered: ordered === true } },
    );
  }

  async #startOf({ from, group }: MemberSpec): Promise<readonly [string, number]> {
    if (from === 'new') return ['end', 0];
    if (from === 'earliest') return ['begin', 0];
    if ('sinceMs' in from) return ['since', Math.floor(this.#host.now() - from.sinceMs)];
    const position = await this.#host.locate(from.eventId);
    if (position !== null) return ['after', position];
    throw new RaptorFlowError(
      'not_found',
      `The group "${group}" cannot begin after ${from.eventId}: no such event is stored (any more).`,
      { details: { eventId: from.eventId } },
    );
  }

  #global(
    name: 'joinGroup' | 'leaveGroup' | 'deleteGroup',
    args: readonly (string | number)[],
  ): Promise<unknown> {
    return this.#host.connection().run(scripts[name], this.keys, args);
  }

  #everywhere(name: 'define' | 'drop' | 'progress', args: readonly (string | number)[]): Promise<unknown[]> {
    const host = this.#host;
    const connection = this.#host.connection();
    return Promise.all(
      Array.from({ length: host.partitions }, (_, partition) =>
        connection.run(scripts[name], [host.keyOf(partition)], [Math.floor(host.now()), ...args]),
      ),
    );
  }
}

function definitionOf({ pattern, types, ordered }: MemberSpec): Definition {
  const sorted = types?.toSorted();
  return {
    def: JSON.stringify([pattern, sorted ?? null, ordered]),
    pattern,
    ...(sorted ? { types: sorted } : {}),
    ...(ordered ? { ordered } : {}),
  };
}

interface Sum {
  backlog: number;
  holds: number;
  inFlight: number;
  oldest: number | undefined;
}

function sumUp(parts: readonly (readonly string[])[]): Map<string, Sum> {
  const sums = new Map<string, Sum>();
  for (const part of parts) {
    for (let at = 0; at + 4 < part.length; at += 5) {
      const name = part[at] ?? '';
      const sum = sums.get(name) ?? { backlog: 0, holds: 0, inFlight: 0, oldest: undefined };
      sum.backlog += Number(part[at + 1]);
      sum.holds += Number(part[at + 2]);
      sum.inFlight += Number(part[at + 3]);
      const oldest = part[at + 4] === '' ? undefined : Number(part[at + 4]);
      if (oldest !== undefined && !(sum.oldest !== undefined && sum.oldest <= oldest)) sum.oldest = oldest;
      sums.set(name, sum);
    }
  }
  return sums;
}
