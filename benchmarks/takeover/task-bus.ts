import type { Bus } from 'raptorflow/bus';
import { fault } from '../harness/fault.ts';
import type { taskContract } from './task.ts';

/** A bus that publishes tasks. */
export type TaskBus = Bus<typeof taskContract>;

const patienceMs = 60_000;

/** Resolves when a group has handled and acknowledged everything. */
export async function untilHandled(bus: TaskBus, group: string): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  while (performance.now() < endsAt) {
    const report = (await bus.groups.list()).find(({ name }) => name === group);
    if (report?.lag === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw fault(`the group ${group} did not handle everything in ${patienceMs} ms`);
}
