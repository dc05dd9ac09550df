import { z } from 'zod';
import { seededRandom } from '../../../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../../../kernel/testing/index.ts';
import { createMetrics, type Metrics } from '../../../metrics/index.ts';
import type { HealthStatus } from '../../../resilience/index.ts';
import {
  createCleanupScheduler,
  defineCleanupAction,
  memoryCleanupStore,
  type CleanupAction,
  type CleanupContext,
  type CleanupEffect,
  type CleanupScheduler,
  type CleanupSchedulerOptions,
  type CleanupStore,
} from '../../index.ts';

/** What an action was called with, and how the test answers. */
export interface Call {
  readonly name: string;
  readonly context: CleanupContext;
  readonly at: number;
  /** When its work ended, or undefined while it works. */
  endedAt: number | undefined;
}

/** A scheduler whose actions, metrics, health and events are the test's. */
export interface World {
  readonly clock: FakeClock;
  readonly store: CleanupStore;
  readonly metrics: Metrics;
  readonly calls: Call[];
  /** How actions work; the default ends at once. */
  work: (call: Call) => Promise<CleanupEffect | void>;
  metric: number | undefined;
  health: HealthStatus;
  /** An event arrives. */
  emit(id: string): void;
  subscriptions: number;
  start(options?: CleanupSchedulerOptions): Promise<CleanupScheduler>;
  startOn(store: CleanupStore, options: CleanupSchedulerOptions): Promise<CleanupScheduler>;
  /** Stops everything that was started. */
  end(): Promise<void>;
}

/** Midnight in UTC, a Thursday. */
export const begin: number = Date.UTC(2026, 0, 1);
export const minute = 60_000;
export const hour: number = 60 * minute;

/** An action that does nothing. */
export const idleAction: CleanupAction = defineCleanupAction({
  description: 'Does nothing.',
  parameters: z.strictObject({}),
  run: async () => undefined,
});

/** Builds the world; schedulers that are started in it share its store. */
export function createWorld(): World {
  const clock = createFakeClock(begin);
  const started: CleanupScheduler[] = [];
  const handlers = new Set<(event: { readonly id: string }) => void>();
  const act = (name: string): ReturnType<typeof defineCleanupAction> =>
    defineCleanupAction({
      description: 'Notes that it was called.',
      parameters: z.strictObject({ keepMs: z.int().positive().optional() }),
      run: async (_, context) => {
        const call: Call = { name, context, at: clock.now(), endedAt: undefined };
        world.calls.push(call);
        try {
          return await world.work(call);
        } finally {
          call.endedAt = clock.now();
        }
      },
    });
  const world: World = {
    clock,
    store: memoryCleanupStore({ clock }),
    metrics: createMetrics({}, { clock }),
    calls: [],
    work: async () => ({ resourcesCleaned: 2, bytesFreed: 10, message: 'Swept.' }),
    metric: undefined,
    health: 'healthy',
    subscriptions: 0,
    emit: (id) => {
      for (const handler of handlers) handler({ id });
    },
    start: (options = {}) => world.startOn(world.store, options),
    async startOn(store, options) {
      const scheduler = createCleanupScheduler(options, {
        actions: { sweep: act('sweep'), retain: act('retain') },
        store,
        clock,
        random: seededRandom(started.length),
        meter: world.metrics,
        ports: {
          readMetric: () => world.metric,
          readHealth: () => world.health,
          subscribe: async (_, handler) => {
            handlers.add(handler);
            world.subscriptions += 1;
            return () => {
              world.subscriptions -= 1;
              handlers.delete(handler);
            };
          },
        },
      });
      await scheduler.start();
      started.push(scheduler);
      return scheduler;
    },
    async end() {
      for (const scheduler of started) await scheduler.stop({ deadlineMs: 0 });
    },
  };
  return world;
}
