import { z } from 'zod';
import type { Clock, Ids, Logger, Random } from '../kernel/index.ts';
import type { Meter } from '../metrics/index.ts';
import type { ChannelDeclaration } from './channel.ts';
import type { Contract } from './contract.ts';
import type { BusEngine } from './engine.ts';
import type { Cause } from './event.ts';
import { isChannelName, isChannelPattern, isEventType, nameBytesMax } from './names.ts';
import type { Route } from './routing.ts';
import type { RetryOptions, StartFrom } from './subscription.ts';
import type { CostOf } from './trace.ts';

/** Limits of a bus. */
export interface BusLimits {
  /** Largest encoded event. Default 256 KiB. */
  readonly payloadBytesMax?: number;
  /** Publishes waiting for the engine; beyond, `exhausted`. Default 100,000. */
  readonly pendingPublishesMax?: number;
  /** Bytes of those. Default 64 MiB. */
  readonly pendingPublishBytesMax?: number;
  /** How long a dedupe key is remembered. Default 10 minutes. */
  readonly dedupeWindowMs?: number;
  /** Events a live subscription holds in memory; beyond, the oldest is dropped and counted. Default 10,000. */
  readonly liveEventsMax?: number;
  /** How much of a payload, a message or a stack a dead letter keeps of an event refused at publishing. Default 8 KiB. */
  readonly deadLetterTextBytesMax?: number;
  /** Dead letters of one reason; beyond, the oldest is dropped and reported. Default 100,000. */
  readonly deadLettersPerReasonMax?: number;
  /** How long a handler may go on after its deadline before its slot is taken from it. Default 5,000. */
  readonly abortGraceMs?: number;
  /** Events that `trace` shows of one request; of more the oldest. Default 5,000. */
  readonly traceEventsMax?: number;
  /** How far `context.extend` can move the deadline of an attempt, counted from its beginning. Default 24 hours. */
  readonly attemptMsMax?: number;
  /** Events that may stand between an event and the start of its chain; beyond, `loop_detected`. Default 32. */
  readonly hopsMax?: number;
  /**
   * How often one agent publishing one type with one payload along a chain is a loop: the event that would be the last of so many is
   * refused. Default 4, which stops two agents that repeat themselves within 8 hops.
   */
  readonly loopRepeats?: number;
  /**
   * How often two agents may take turns on one type without anything in between, whatever they say; beyond, `loop_detected`.
   * Default 6: a debate of three rounds passes.
   */
  readonly alternationsMax?: number;
}

/** How a bus is built. */
export interface BusOptions<Known extends Contract = Contract> {
  readonly engine: BusEngine;
  /** Declared besides the standard channels; a declaration of the same name replaces the standard one. */
  readonly channels?: readonly ChannelDeclaration[];
  /** Added to the standard routes. */
  readonly routes?: readonly Route[];
  readonly contracts?: readonly Known[];
  /** Refuse to publish on channels that nobody declared. Default false. */
  readonly strict?: boolean;
  readonly limits?: BusLimits;
}

/** What a bus is given; all optional, with real ones by default. */
export interface BusDeps {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly ids?: Ids;
  readonly log?: Logger;
  readonly meter?: Meter;
  /**
   * Facts of the caller's present context (a request, a run), used where a draft leaves them out: workspace, correlation and
   * cause. Called once for each publish.
   */
  readonly ambient?: () => Ambient | undefined;
  /** Adds to `trace` what a request cost. */
  readonly costOf?: CostOf;
}

/** What a draft that leaves it out takes from around it. */
export interface Ambient {
  readonly workspaceId?: string | null | undefined;
  readonly requestId?: string | undefined;
  readonly causedBy?: Cause | undefined;
  readonly sourceAgentId?: string | null | undefined;
  readonly budgetId?: string | null | undefined;
}

/** Limits with every default in its place. */
export type ResolvedLimits = Readonly<Required<BusLimits>>;

const count = z.int().positive();
const limitsSchema = z
  .strictObject({
    payloadBytesMax: count.default(256 * 1024),
    pendingPublishesMax: count.default(100_000),
    pendingPublishBytesMax: count.default(64 * 1024 * 1024),
    dedupeWindowMs: count.default(600_000),
    liveEventsMax: count.default(10_000),
    deadLetterTextBytesMax: count.default(8 * 1024),
    deadLettersPerReasonMax: count.default(100_000),
    abortGraceMs: z.int().nonnegative().default(5_000),
    traceEventsMax: count.default(5_000),
    attemptMsMax: count.default(86_400_000),
    hopsMax: count.default(32),
    loopRepeats: count.min(2).default(4),
    alternationsMax: count.default(6),
  })
  .prefault({});

const channelSchema = z.strictObject({
  name: z.string().refine(isChannelPattern, 'is no channel name or pattern'),
  retentionMs: count.optional(),
  expired: z.enum(['dead_letter', 'drop']).optional(),
  contracts: z.array(z.custom<Contract>(isContract, 'is no contract')).optional(),
  limits: z.strictObject({ eventsMax: count.optional(), bytesMax: count.optional() }).optional(),
  carries: z.string().optional(),
});

const routeSchema = z.strictObject({
  type: z
    .string()
    .refine(
      (type) => isEventType(type.endsWith('.*') ? type.slice(0, -2) : type),
      'is no event type or prefix',
    ),
  channel: z.custom<Route['channel']>(
    (channel) => typeof channel === 'string' || typeof channel === 'function',
    'is neither a channel nor a function',
  ),
  leadsTo: z.array(z.string().refine(isChannelName, 'is no channel name')).optional(),
});

/** The options of `createBus` with every default in its place. */
export interface ResolvedBusOptions {
  readonly engine: BusEngine;
  readonly channels: readonly ChannelDeclaration[];
  readonly routes: readonly Route[];
  readonly contracts: readonly Contract[];
  readonly strict: boolean;
  readonly limits: ResolvedLimits;
}

/** Checks the options of `createBus` and supplies defaults. */
export const busOptionsSchema: z.ZodType<ResolvedBusOptions> = z.strictObject({
  engine: z.custom<BusEngine>(
    (engine) => typeof engine === 'object' && engine !== null && 'append' in engine && 'join' in engine,
    'is no bus engine; pass sqliteEngine({ path })',
  ),
  channels: z.array(channelSchema).default([]),
  routes: z.array(routeSchema).default([]),
  contracts: z.array(z.custom<Contract>(isContract, 'is no contract; use defineContract')).default([]),
  strict: z.boolean().default(false),
  limits: limitsSchema,
});

const types = z.array(z.string().refine(isEventType, 'is no event type')).min(1);

/** The options of `subscribe` with those defaults in their places that do not depend on others. */
export interface ResolvedSubscribeOptions {
  readonly group?: string | undefined;
  readonly name?: string | undefined;
  readonly from?: StartFrom | undefined;
  readonly types?: readonly string[] | undefined;
  readonly concurrency?: number | undefined;
  readonly prefetch?: number | undefined;
  readonly retry: Required<RetryOptions>;
  readonly timeoutMs: number;
  readonly ordered: boolean;
}

/** Checks what `subscribe` is given. */
export const subscribeOptionsSchema: z.ZodType<ResolvedSubscribeOptions> = z.strictObject({
  group: z
    .string()
    .min(1)
    .max(nameBytesMax)
    .regex(/^[\w.:-]+$/, 'may hold letters, digits and _ . : -')
    .optional(),
  name: z.string().min(1).max(nameBytesMax).optional(),
  from: z
    .union([
      z.literal('new'),
      z.literal('earliest'),
      z.strictObject({ sinceMs: z.number().nonnegative() }),
      z.strictObject({ eventId: z.string().min(1) }),
    ])
    .optional(),
  types: types.optional(),
  concurrency: count.max(10_000).optional(),
  prefetch: count.max(100_000).optional(),
  retry: z
    .strictObject({
      retries: z.int().nonnegative().max(1_000).default(3),
      baseMs: z.number().nonnegative().default(1_000),
      factor: z.number().min(1).default(2),
      capMs: z.number().nonnegative().default(60_000),
    })
    .prefault({}),
  timeoutMs: count.default(30_000),
  ordered: z.boolean().default(false),
});

function isContract(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'type' in value && 'version' in value && 'schema' in value
  );
}
