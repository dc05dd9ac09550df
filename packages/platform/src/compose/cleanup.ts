/** Cleanup tasks of a process: what they can do here, and what makes them run. */
import { join } from 'node:path';
import type { ResponseCache } from '@raptorflow/runtime';
import type { Bus } from 'raptorflow/bus';
import type { Service } from 'raptorflow/kernel';
import type { Metrics } from 'raptorflow/metrics';
import {
  createCleanupScheduler,
  defaultCleanupTasks,
  defineCleanupAction,
  redisCleanupStore,
  sqliteCleanupStore,
  type CleanupActions,
  type CleanupPorts,
  type CleanupScheduler,
  type CleanupStore,
  type CleanupTaskDraft,
  type Resources,
} from 'raptorflow/resources';
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Health } from '../health/health.ts';
import { sharedPlace } from './history.ts';
import type { CommonDeps } from './stores.ts';

/** What tasks work on. */
export interface CleanupParts {
  readonly resources: Pick<Resources, 'cleanup'>;
  readonly cache: Pick<ResponseCache, 'sweep'>;
  readonly bus: Pick<Bus, 'deadLetters' | 'subscribe'>;
}

/** Tasks of the process, not started yet. */
export interface Cleanup extends Pick<Service, 'start' | 'stop'> {
  readonly scheduler: CleanupScheduler;
  /** What tasks can do, by name. */
  readonly actions: CleanupActions;
  /** From now on tasks hear of the program's health. */
  watchHealth(health: Pick<Health, 'all'>): void;
}

/** The file of the embedded profile. */
const cleanupFile = 'cleanup.db';
const dayMs = 86_400_000;
const lettersPageMax = 1_000;
/** Pages of letters that one run looks through; the next run goes on. */
const letterPagesMax = 100;

/** Builds the scheduler, not started yet. */
export function createCleanup(config: Config, parts: CleanupParts, deps: CommonDeps): Cleanup {
  const { clock, log, meter, metrics, own } = deps;
  const actions = actionsOver(parts, () => clock.now());
  let health: Pick<Health, 'all'> | undefined;
  const ports: CleanupPorts = {
    ...portsOver(parts.bus, metrics),
    async readHealth(component) {
      const reading = await health?.all();
      return component === undefined ? reading?.status : reading?.parts[component]?.status;
    },
  };
  const scheduler = createCleanupScheduler(
    { tasks: tasksWith(actions) },
    { actions, store: storeOf(config, deps), ports, clock, log: log.child('cleanup'), meter },
  );
  return {
    scheduler,
    actions,
    watchHealth(watched) {
      health = watched;
    },
    start: () => scheduler.start(),
    async stop(options) {
      await scheduler.stop(options);
      own.ended('cleanup');
    },
  };
}

function storeOf(config: Config, { thread, own }: CommonDeps): CleanupStore {
  const place = sharedPlace(config, 'cleanup', own);
  return place
    ? redisCleanupStore(place)
    : sqliteCleanupStore({ path: join(config.home, cleanupFile) }, { thread });
}

/** The library's tasks as far as they can be done here, and those of the program's own. */
function tasksWith(actions: CleanupActions): CleanupTaskDraft[] {
  return [
    ...defaultCleanupTasks.filter(({ action, parameters }) => action in actions && parameters === undefined),
    {
      id: 'dead_letters_retention_daily',
      name: 'Daily retention of dead letters',
      description: 'Gives up dead letters that nobody has looked after for thirty days.',
      action: 'dead_letters.retention',
      parameters: { keep_days: 30 },
      trigger: { kind: 'cron', pattern: '30 2 * * *' },
      priority: 'low',
      tags: ['bus'],
    },
  ];
}

function actionsOver({ resources, cache, bus }: CleanupParts, now: () => number): CleanupActions {
  return {
    'resources.cleanup': defineCleanupAction({
      description: 'Closes resources that are not in use.',
      parameters: z.strictObject({
        resource_type: z.string().min(1).max(100).optional(),
        idle_seconds_min: z.number().nonnegative().optional(),
      }),
      async run({ resource_type: type, idle_seconds_min: idleSeconds }) {
        const { cleaned, bytesFreed, failed } = await resources.cleanup({
          ...(type !== undefined && { type }),
          ...(idleSeconds !== undefined && { idleMsMin: idleSeconds * 1_000 }),
        });
        const trouble = failed > 0 ? `; ${failed} could not be closed` : '';
        return {
          resourcesCleaned: cleaned,
          bytesFreed,
          message: `${cleaned} resources were closed${trouble}.`,
        };
      },
    }),
    'cache.sweep': defineCleanupAction({
      description: 'Removes answers of models that serve no more.',
      parameters: z.strictObject({}),
      async run() {
        const { answers, bytes } = await cache.sweep();
        return { resourcesCleaned: answers, bytesFreed: bytes, message: `${answers} answers were removed.` };
      },
    }),
    'dead_letters.retention': defineCleanupAction({
      description: 'Gives up dead letters that are older than so many days.',
      parameters: z.strictObject({ keep_days: z.number().positive().max(3_650).default(30) }),
      async run({ keep_days: keepDays }, { signal }) {
        const discarded = await discardOlder(bus, now() - keepDays * dayMs, signal);
        return { resourcesCleaned: discarded, message: `${discarded} dead letters were given up.` };
      },
    }),
  };
}

// Newest first, so the old ones are on the last pages.
async function discardOlder(
  { deadLetters }: Pick<Bus, 'deadLetters'>,
  beforeMs: number,
  signal: AbortSignal,
): Promise<number> {
  const old: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < letterPagesMax && !signal.aborted; page += 1) {
    const { items, cursor: next } = await deadLetters.list({
      limit: lettersPageMax,
      ...(cursor !== undefined && { cursor }),
    });
    for (const { id, deadAt } of items) if (Date.parse(deadAt) < beforeMs) old.push(id);
    if (next === null) break;
    cursor = next;
  }
  for (let at = 0; at < old.length && !signal.aborted; at += lettersPageMax) {
    await deadLetters.discard(old.slice(at, at + lettersPageMax));
  }
  return old.length;
}

function portsOver(bus: CleanupParts['bus'], metrics: Metrics): CleanupPorts {
  return {
    readMetric: ({ metric, tags }) => valueOf(metrics, metric, tags),
    async subscribe({ channel, types }, handler) {
      const subscription = await bus.subscribe(channel, ({ id }) => handler({ id }), {
        name: 'cleanup',
        ...(types !== undefined && { types: [...types] }),
      });
      return () => subscription.stop();
    },
  };
}

/** The sum of a counter's or gauge's series that have these tags. */
function valueOf(metrics: Metrics, name: string, tags: Readonly<Record<string, string>>): number | undefined {
  for (const snapshot of metrics.snapshotEach()) {
    if (snapshot.definition.name !== name) continue;
    if (snapshot.kind !== 'counter' && snapshot.kind !== 'gauge') return undefined;
    const fitting = snapshot.series.filter((series) =>
      Object.entries(tags).every(([key, value]) => series.tags[key] === value),
    );
    return fitting.length === 0 ? undefined : fitting.reduce((sum, { value }) => sum + value, 0);
  }
  return undefined;
}
