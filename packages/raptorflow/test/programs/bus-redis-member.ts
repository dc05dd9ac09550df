import { createBus, redisEngine } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';

/*
 * A member of the group "team" on lab.*, in a process of its own, for bus-redis-processes.test.ts. It prints a line for each handler that
 * begins and ends.
 *
 *   node bus-redis-member.ts <url> <prefix> [further options of the engine, as JSON]
 *
 * An event's payload says what its handler does: { waitMs } waits, { blockMs } blocks the event loop, { poison } kills the process.
 */
const [url, prefix, further = '{}'] = process.argv.slice(2);
if (!url || !prefix) throw new RaptorFlowError('invalid_input', 'Give a url and a prefix.');

interface Work {
  readonly waitMs?: number;
  readonly blockMs?: number;
  readonly poison?: boolean;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const bus = createBus({ engine: redisEngine({ url, prefix, ...(JSON.parse(further) as object) }) });
await bus.start();
await bus.subscribe(
  'lab.*',
  async (event, { attempt, fencingToken }) => {
    const { waitMs, blockMs, poison } = event.payload as Work;
    say(`begin ${event.id} ${attempt} ${fencingToken}`);
    if (poison) process.kill(process.pid, 'SIGKILL');
    if (waitMs !== undefined) await new Promise((resolve) => setTimeout(resolve, waitMs));
    for (const until = performance.now() + (blockMs ?? 0); performance.now() < until;);
    say(`done ${event.id} ${attempt} ${fencingToken}`);
  },
  { group: 'team', from: 'earliest', concurrency: 4, timeoutMs: 60_000, retry: { retries: 2, baseMs: 10 } },
);
say('ready');
