/** A member of a group as a process of its own: `own-member.ts <url of Redis> <group>`. It lives until it is killed. */
import { once } from 'node:events';
import { createBus, permanentError } from 'raptorflow/bus';
import { redisEngineAt } from '../../engines/redis.ts';
import { busyMs, taskContract, taskGroup, type MemberLine } from '../task.ts';

const [, , url = '', group = ''] = process.argv;
const say = (line: MemberLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
const released = once(process.stdin, 'data');

const bus = createBus({ engine: redisEngineAt(url), contracts: [taskContract] });
await bus.start();
await bus.subscribe<'bench.task'>(
  taskGroup(group).channel,
  async (event, { attempt }) => {
    const { task, kind } = event.payload;
    say({ kind: 'started', task, attempt });
    switch (kind) {
      case 'work':
        await sleep(20);
        break;
      case 'hold':
        if (attempt === 1) await new Promise(() => undefined);
        break;
      case 'long':
        await released;
        break;
      case 'busy':
        block(busyMs);
        break;
      case 'frozen':
        await sleep(attempt === 1 ? 1_000 : 6_000);
        if (attempt > 1) throw permanentError('The second attempt fails.');
    }
    say({ kind: 'finished', task, attempt });
  },
  { group, concurrency: 32, timeoutMs: 3_600_000 },
);
say({ kind: 'ready' });

function block(ms: number): void {
  const endsAt = performance.now() + ms;
  while (performance.now() < endsAt);
}
