import { systemClock } from 'raptorflow/kernel';
import { createHistory, createMetrics, sqliteHistoryStore } from 'raptorflow/metrics';

/*
 * A process that adds 1 to a counter and records one duration in every step of 100 ms, and prints the moment of each step that is stored, until it is killed.
 * Argument: path of the database.
 */

const [, , path = ''] = process.argv;
const metrics = createMetrics();
const history = createHistory(
  {
    resolutions: [
      { stepMs: 100, keepMs: 3_600_000 },
      { stepMs: 1_000, keepMs: 7_200_000 },
    ],
    blockPoints: 10,
    liveMs: 60_000,
  },
  { metrics, store: sqliteHistoryStore({ path }) },
);
const about = { unit: 'steps', description: 'Steps.', category: 'system' } as const;
const steps = metrics.counter({ name: 'steps', ...about });
const took = metrics.histogram({ name: 'took_ms', ...about, unit: 'ms' });
await history.start();
let seen = 0;
for (;;) {
  // One for each sample: whatever was counted before a sample is in it.
  const { steps: sampled } = history.report();
  if (sampled > seen || sampled === 0) {
    await history.flush();
    if (sampled > seen) process.stdout.write(`${history.report().latestAt ?? 0}\n`);
    seen = sampled;
    steps.add();
    took.record(seen);
  }
  await systemClock.sleep(5);
}
