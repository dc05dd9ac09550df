import { appendFileSync } from 'node:fs';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { createCleanupScheduler, defineCleanupAction, redisCleanupStore } from 'raptorflow/resources';
import { z } from 'zod';

/*
 * One of several processes with the same cleanup tasks on one Redis, for cleanup-processes.test.ts. Each attempt of an action writes a line when it
 * begins and one when it ends. Ends at SIGTERM.
 *
 *   node cleanup-member.ts <url> <prefix> <file> <milliseconds between runs>
 */
const [url, prefix, file, every] = process.argv.slice(2);
if (!url || !prefix || !file)
  throw new RaptorFlowError('invalid_input', 'Give url, prefix, file and milliseconds.');

const note = (line: Readonly<Record<string, unknown>>): void =>
  appendFileSync(file, `${JSON.stringify(line)}\n`);

const work = defineCleanupAction({
  description: 'Takes a third of a second.',
  parameters: z.strictObject({}),
  async run(_, { taskId, occurrenceAt, fencingToken, signal }) {
    note({ step: 'begin', taskId, occurrenceAt, fencingToken, pid: process.pid });
    await systemClock.sleep(300, signal);
    note({ step: 'end', taskId, occurrenceAt, fencingToken, pid: process.pid });
    return { resourcesCleaned: 1 };
  },
});

const scheduler = createCleanupScheduler(
  {
    workers: 16,
    leaseMs: 1_500,
    refreshMs: 300,
    resultsMax: 100_000,
    tasks: ['a', 'b', 'c'].map((id) => ({
      id,
      action: 'work',
      trigger: { kind: 'interval', everyMs: Number(every) },
      pace: { overlap: 'allow', concurrencyMax: 32 },
    })),
  },
  { actions: { work }, store: redisCleanupStore({ url, prefix }) },
);
await scheduler.start();
process.stdout.write('running\n');
// The scheduler's own timers keep no process alive.
const alive = systemClock.setInterval(() => undefined, 60_000);
process.once('SIGTERM', () => {
  alive.cancel();
  void scheduler.stop();
});
