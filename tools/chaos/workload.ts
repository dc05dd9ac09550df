import { priorities, type ChannelDeclaration, type EventDraft, type SubscribeOptions } from 'raptorflow/bus';
import type { Chance } from './chance.ts';
import type { Sent } from './ledger.ts';

/** What the handler of an event does. */
export type Deed =
  | 'plain'
  | 'short'
  | 'fail_once'
  | 'fail'
  | 'give_up'
  | 'long'
  | 'late'
  | 'kill_once'
  | 'kill';

/** The payload of every event. */
export interface Task {
  readonly task: string;
  readonly deed: Deed;
  readonly ms: number;
}

/** An attempt that takes longer than this has failed. */
const timeoutMs = 4_000;
/** Attempts that an event has in a group. */
export const attemptsMax = 4;

/** Events of this channel live shortly. */
export const channels: readonly ChannelDeclaration[] = [{ name: 'chaos.short', retentionMs: 1_500 }];

const retry = { retries: attemptsMax - 1, baseMs: 20, factor: 2, capMs: 200 };

/** The groups: who reads what, and how. `strict` groups handle a lane in order, others what has an ordering key. */
export const groups: readonly {
  readonly name: string;
  readonly pattern: string;
  readonly strict: boolean;
  readonly options: SubscribeOptions;
}[] = [
  {
    name: 'workers',
    pattern: 'chaos.*',
    strict: false,
    options: { group: 'workers', from: 'earliest', concurrency: 8, timeoutMs, retry },
  },
  {
    name: 'clerks',
    pattern: 'chaos.keyed',
    strict: true,
    options: { group: 'clerks', from: 'earliest', concurrency: 4, timeoutMs, retry, ordered: true },
  },
];

/** Whether a group reads a channel. */
export function reads(pattern: string, channel: string): boolean {
  return pattern === channel || pattern.endsWith('*');
}

const deeds: Readonly<Record<Deed, number>> = {
  plain: 640,
  short: 240,
  fail_once: 60,
  fail: 10,
  give_up: 12,
  long: 30,
  late: 5,
  kill_once: 0.6,
  kill: 0.2,
};

const kinds = { work: 66, delayed: 7, deduplicated: 8, brief: 4, expiring: 4, keyed: 11 };

/** One publish as it is written into the ledger, and as the bus gets it. */
export interface Order {
  readonly sent: Sent;
  readonly draft: EventDraft;
}

/** Who publishes: one of several strands of a process, each waiting for its answer before it goes on. */
export interface Strand {
  /** Slot of the process: its successors write in the same workspace. */
  readonly slot: string;
  /** Ordering key: changed after a publish whose fate is unknown. */
  readonly key: string;
}

/** The next thing to publish. */
export function nextOrder(chance: Chance, strand: Strand, task: string, at: number): Order {
  const kind = chance.weighted(kinds);
  const deed = chance.weighted(deeds);
  const priority = priorities[chance.between(0, 3)] ?? 'normal';
  const channel = kind === 'keyed' ? 'chaos.keyed' : kind === 'brief' ? 'chaos.short' : 'chaos.work';
  const workspace =
    kind === 'keyed' ? strand.slot : kind === 'deduplicated' ? 'w0' : `w${chance.between(0, 3)}`;
  // Publishers meet in the same fifth of a second.
  const dedupe = kind === 'deduplicated' ? `d${Math.floor(at / 200)}` : null;
  const key = kind === 'keyed' ? strand.key : null;
  const payload: Task = { task, deed, ms: deedMs(deed, chance) };
  return {
    sent: { kind: 'sent', task, channel, workspace, priority, key, dedupe, at },
    draft: {
      type: 'chaos.task',
      payload,
      workspaceId: workspace,
      priority,
      ...(kind === 'delayed' ? { delayMs: chance.between(20, 2_500) } : {}),
      ...(kind === 'expiring' ? { expiresInMs: chance.between(200, 2_000) } : {}),
      ...(dedupe === null ? {} : { dedupeKey: dedupe }),
      ...(key === null ? {} : { orderingKey: key }),
    },
  };
}

function deedMs(deed: Deed, chance: Chance): number {
  if (deed === 'short') return chance.between(1, 12);
  if (deed === 'long') return chance.between(100, 3_000);
  if (deed === 'late') return timeoutMs + chance.between(100, 800);
  return 0;
}
