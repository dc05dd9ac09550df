import { Queue } from 'bullmq';
import { withRedis } from '../engines/private-redis.ts';
import { together } from '../harness/together.ts';
import { Member } from './member.ts';
import { Starts } from './starts.ts';

/** BullMQ notices a dead worker after half a minute to a minute, with its defaults. */
const patienceMs = 180_000;

/** Kills workers of BullMQ, each of its own queue and all at the same time; answers the takeover times in milliseconds. */
export function killWorkers(kills: number): Promise<number[]> {
  return withRedis('everysec', ({ server }) =>
    together(Array.from({ length: kills }, (_, index) => killWorker(server.port, `queue-${index}`))),
  );
}

async function killWorker(port: number, name: string): Promise<number> {
  const starts = new Starts();
  const workers = [0, 1].map(() => new Member('bullmq', [String(port), name], starts.hear));
  const queue = new Queue(name, { connection: { host: '127.0.0.1', port } });
  try {
    await Promise.all(workers.map((worker) => worker.ready()));
    await queue.add('hold', {});
    const { member: victim } = await starts.wait('hold', 1, patienceMs);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await victim.kill();
    const next = await starts.wait('hold', 2, patienceMs);
    return next.at - victim.killedAt;
  } finally {
    await Promise.all(workers.map((worker) => worker.kill()));
    await queue.close();
  }
}
