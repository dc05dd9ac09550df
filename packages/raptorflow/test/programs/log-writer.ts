import { setImmediate as turn } from 'node:timers/promises';
import { createRaptorLog, createTracer } from 'raptorflow/log';

/*
 * A process that logs numbered lines until it is killed, or ends in the way that it is told. After each flush it prints the number of the
 * last line that was flushed.
 */

const [, , file = '', ending = 'forever', maxSizeMb = '50'] = process.argv;
const log = createRaptorLog({ file, maxSizeMb: Number(maxSizeMb), keepFiles: 1_000, flushEveryMs: 100 });
const tracer = createTracer({}, { log });
await log.start();
tracer.hookProcess();

let line = 0;
const write = (count: number): void => {
  for (let left = count; left > 0; left -= 1) {
    line += 1;
    log.info(`line ${line}.`);
  }
};

const endings: Readonly<Record<string, () => unknown>> = {
  exit: () => process.exit(3),
  // Lines are on their way to the file in another thread while the process ends.
  hurry() {
    write(20_000);
    process.exit(3);
  },
  end: () => undefined,
  throw: () =>
    setImmediate(() => {
      throw new RangeError('nobody catches this');
    }),
  reject: () => Promise.reject(new RangeError('nobody waits for this')),
  forget() {
    const reject = tracer.trace(function charge() {
      return Promise.reject(new RangeError('nobody waits for this'));
    });
    void reject();
  },
  repeat() {
    const fail = tracer.trace(function fail() {
      throw new RangeError('again');
    });
    for (let times = 0; times < 3; times += 1) {
      try {
        fail();
      } catch {
        // The program goes on.
      }
    }
  },
  listen() {
    process.on('unhandledRejection', () => process.stdout.write('listened\n'));
    void Promise.reject(new RangeError('nobody waits for this'));
    process.emitWarning('careful', 'FixtureWarning');
  },
  async fill() {
    // Until the file may not grow any more, and then some.
    while (log.report().writing) {
      write(100);
      await log.flush();
    }
    write(500);
    await log.flush();
    const { lines, diverted, dropped, lastTrouble } = log.report();
    process.stdout.write(JSON.stringify({ lines, diverted, dropped, code: lastTrouble?.code }));
    await log.stop();
  },
  async forever() {
    for (let round = 0; ; round += 1) {
      write(50);
      if (round % 10 === 0) {
        await log.flush();
        process.stdout.write(`${line}\n`);
      }
      await turn();
    }
  },
};

write(500);
await endings[ending]?.();
