/** A worker of BullMQ with its defaults, as a process of its own: `bullmq-worker.ts <port of Redis> <queue>`. Its job never ends. */
import { Worker } from 'bullmq';
import type { MemberLine } from '../task.ts';

const [, , port = '', queue = ''] = process.argv;
const say = (line: MemberLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const worker = new Worker(
  queue,
  (job) => {
    say({ kind: 'started', task: job.name, attempt: job.attemptsStarted });
    return new Promise(() => undefined);
  },
  { connection: { host: '127.0.0.1', port: Number(port) } },
);
await worker.waitUntilReady();
say({ kind: 'ready' });
