import { createLog, readConfig, startWorker } from '@raptorflow/platform';
import { aborted, type Command } from '../command.ts';

/** `raptorflow worker`: the society without HTTP, in a process of its own, until Ctrl-C. */
export const worker: Command = {
  name: 'worker',
  summary:
    'Start a worker beside the server: the agents without HTTP. It needs REDIS_URL and DATABASE_URL, the same as the server; start as many as you like (docs/guides/redis-and-postgresql.md).',
  async run({ output, signal }) {
    const config = readConfig();
    const log = await createLog({
      level: config.logLevel,
      format: process.stdout.isTTY ? 'readable' : 'json',
    });
    const running = await startWorker(config, { log, signal });
    try {
      output.result({ worker: process.pid, started_in_ms: Math.round(running.startedInMs) });
      output.line(
        `  The worker ${process.pid} is ready  ${output.tone('dim', `(${Math.round(running.startedInMs)} ms)`)}`,
      );
      await aborted(signal);
    } finally {
      if (!output.json) output.line('Stopping: finishing what is in hand …');
      await running.stop({ deadlineMs: 4_000 });
      const handled = running.eventsHandled();
      output.result({ stopped: true, events_handled: handled });
      output.line(`Stopped after ${handled} ${handled === 1 ? 'event' : 'events'}.`);
    }
  },
};
