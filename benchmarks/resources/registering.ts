import { createResources, type ResourceHandle } from 'raptorflow/resources';
import { assertCount } from '../harness/fault.ts';
import type { Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace, type Leg } from '../harness/race.ts';
import { nanosecondsPerCall } from '../metrics/pass.ts';

const open = 1_000;
const owners: readonly string[] = Array.from({ length: 50 }, (_, index) => `agent-${index}`);
const types = ['network_connection', 'file_handle', 'lock', 'async_task'] as const;
const ownerOf = (index: number): string => owners[index % owners.length] ?? '';
const typeOf = (index: number): string => types[index % types.length] ?? '';

function ours(calls: number): Leg {
  return {
    who: 'ours',
    run: async () => {
      const resources = createResources({ leaks: { growth: false } });
      const handles: (ResourceHandle | undefined)[] = Array.from({ length: open });
      const ns = nanosecondsPerCall(calls, (count) => {
        for (let index = 0; index < count; index += 1) {
          const at = index % open;
          handles[at]?.release();
          handles[at] = resources.register({ type: typeOf(index), owner: ownerOf(index), workspaceId: 'w' });
        }
      });
      assertCount('open resources', resources.summary().total, open);
      await resources.stop();
      return { register_release_us: ns / 1_000 };
    },
  };
}

/** What one would write for oneself: an object for each resource in a map, without verdicts. */
function mapOfObjects(calls: number): Leg {
  return {
    who: 'map_of_objects',
    run: async () => {
      const all = new Map<string, object>();
      const ids: string[] = Array.from({ length: open }, () => '');
      let last = 0;
      const ns = nanosecondsPerCall(calls, (count) => {
        for (let index = 0; index < count; index += 1) {
          const at = index % open;
          all.delete(ids[at] ?? '');
          last += 1;
          const id = `resource-${last}`;
          ids[at] = id;
          const now = performance.now();
          all.set(id, {
            type: typeOf(index),
            owner: ownerOf(index),
            workspaceId: 'w',
            createdAt: now,
            usedAt: now,
          });
        }
      });
      assertCount('objects', all.size, open);
      return { register_release_us: ns / 1_000 };
    },
  };
}

/** In the manner of HikariCP's leakDetectionThreshold: each resource has its stack taken and a timer started. */
function stackAndTimer(calls: number): Leg {
  return {
    who: 'stack_and_timer',
    run: async () => {
      const timers: NodeJS.Timeout[] = [];
      const ns = nanosecondsPerCall(calls / 10, (count) => {
        for (let index = 0; index < count; index += 1) {
          const at = index % open;
          clearTimeout(timers[at]);
          const holder: { stack?: string } = {};
          Error.captureStackTrace(holder);
          timers[at] = setTimeout(() => holder.stack, 60_000);
        }
      });
      for (const timer of timers) clearTimeout(timer);
      return { register_release_us: ns / 1_000 };
    },
  };
}

/** What it costs to open and close something that is tracked. */
export async function registering(settings: BenchSettings, findings: Findings): Promise<void> {
  const calls = 100 * settings.operations;
  const legs = [ours(calls), mapOfObjects(calls), stackAndTimer(calls)];
  const race = { title: 'a resource registered and released, 1,000 open', legs, rounds: settings.rounds };
  await runRace(race, findings, settings.print);
}
