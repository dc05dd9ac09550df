import { z } from 'zod';
import { createIds, parseOptions, RaptorFlowError, systemClock, type Clock } from '../../kernel/index.ts';
import type { Bus, BusEvent } from '../../bus/index.ts';
import { keptChannel, recentChannel } from '../channels.ts';
import type { Checkpoint, CheckpointStore } from '../checkpoint.ts';
import { countsSchema } from './counts-schema.ts';

/** How checkpoints are kept on a bus. */
export interface BusCheckpointsOptions {
  /** How often one is kept for longer than ten minutes, milliseconds. Default 60,000. */
  readonly keepEveryMs?: number;
}

/** What they are given; optional, with a real one by default. */
export interface BusCheckpointsDeps {
  readonly clock?: Clock;
}

const optionsSchema = z.strictObject({ keepEveryMs: z.int().nonnegative().default(60_000) });
const type = 'pipeline_checkpoint';
/** Runs of which is remembered when one was kept last; of one that is forgotten here, the next checkpoint is kept. */
const runsMax = 1_000;

const payloadSchema = z.union([
  z.object({
    id: z.string(),
    started_at: z.number(),
    finished_at: z.number().nullable(),
    counts: countsSchema,
  }),
  z.object({ id: z.string(), forgotten: z.literal(true) }),
]);
type Payload = z.output<typeof payloadSchema>;

/**
 * Checkpoints as events of a bus, as durable as its engine says, on every engine and for every process that reaches it.
 *
 * A bus has no place that holds the latest of something and nothing else, so its retention does the compacting: every checkpoint is published
 * on a channel that keeps ten minutes, and one of a run each `keepEveryMs`, its first and its last on one that keeps a week. A run that is taken up within ten
 * minutes goes on at its last checkpoint, later with at most `keepEveryMs` of work that is repeated, and after a week anew. With the
 * pause that a pipeline makes between checkpoints, a run that goes on holds at most 3,000 events on the one channel and 10,080 on the other. The channels are
 * `pipelineChannels`.
 *
 * `load` reads what the channels hold of all runs, some thousand events in ten milliseconds. Close it or not, the bus is its maker's. Throws
 * `invalid_options`; its calls throw what publishing and replaying throw, and `load` also `storage_corrupt`.
 */
export function busCheckpoints(
  bus: Pick<Bus, 'publish' | 'replayChannel'>,
  options: BusCheckpointsOptions = {},
  deps: BusCheckpointsDeps = {},
): CheckpointStore {
  const { keepEveryMs } = parseOptions('busCheckpoints', optionsSchema, options);
  const clock = deps.clock ?? systemClock;
  const ids = createIds({ clock });
  const keptAt = new Map<string, number>();
  const publish = async (channels: readonly string[], payload: Payload): Promise<void> => {
    await Promise.all(
      channels.map((channel) => {
        // A request of its own: a story of whoever runs the pipeline would be of nothing but checkpoints.
        const id = ids.next('evt');
        return bus.publish(channel, { id, requestId: id, type, workspaceId: null, payload });
      }),
    );
  };
  return {
    async load(id) {
      for (const channel of [recentChannel, keptChannel]) {
        const newest: BusEvent[] = [];
        const look = (event: BusEvent): void => {
          if (isOf(id, event.payload)) newest[0] = event;
        };
        await bus.replayChannel(channel, look, { types: [type] });
        if (newest[0]) return fromPayload(newest[0]);
      }
      return null;
    },
    async save(checkpoint) {
      const { id, startedAt, finishedAt, counts } = checkpoint;
      const now = clock.monotonic();
      const isKept = finishedAt !== null || !(now - (keptAt.get(id) ?? -Infinity) < keepEveryMs);
      const payload = { id, started_at: startedAt, finished_at: finishedAt, counts };
      await publish(isKept ? [recentChannel, keptChannel] : [recentChannel], payload);
      if (!isKept) return;
      // The one kept last stands last.
      keptAt.delete(id);
      if (finishedAt === null) keptAt.set(id, now);
      const [oldest] = keptAt.keys();
      if (keptAt.size > runsMax && oldest !== undefined) keptAt.delete(oldest);
    },
    async forget(id) {
      keptAt.delete(id);
      await publish([recentChannel, keptChannel], { id, forgotten: true });
    },
    close: async () => undefined,
  };
}

function isOf(id: string, payload: unknown): boolean {
  return typeof payload === 'object' && payload !== null && 'id' in payload && payload.id === id;
}

/** Null for a run that was forgotten. */
function fromPayload(event: BusEvent): Checkpoint | null {
  const parsed = payloadSchema.safeParse(event.payload);
  if (!parsed.success) {
    throw new RaptorFlowError(
      'storage_corrupt',
      `The event ${event.id} on ${event.channel} is no checkpoint; forget the run to begin it anew.`,
      { details: { event_id: event.id } },
    );
  }
  if ('forgotten' in parsed.data) return null;
  const { id, started_at: startedAt, finished_at: finishedAt, counts } = parsed.data;
  return { id, startedAt, finishedAt, counts };
}
