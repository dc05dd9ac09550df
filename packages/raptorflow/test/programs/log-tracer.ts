import { createRaptorLog, createTracer, type Tracer } from 'raptorflow/log';

/*
 * A process that runs a module which a compiler made from TypeScript with decorators, and prints what the classes in it still are.
 */

interface Fixture {
  build(trace: Tracer['trace']): {
    readonly Till: new () => {
      charge(amount: number, card: string): number;
      later(): Promise<never>;
      each(): Generator<number>;
      readonly total: number;
      callsPrivate(): void;
    };
    readonly create: () => void;
  };
}

const [, , file = '', module = ''] = process.argv;
const { build } = (await import(module)) as Fixture;
const log = createRaptorLog({ file });
await log.start();
const tracer = createTracer({}, { log, correlationId: () => 'req_9' });
const { Till, create } = build(tracer.trace);
const till = new Till();

const outcomes: unknown[] = [till.charge(5, '4111'), till.charge.name, till.charge.length];
const attempts: (() => unknown)[] = [
  () => till.charge(-1, '4111'),
  () => till.later(),
  () => [...till.each()],
  () => till.total,
  () => till.callsPrivate(),
  create,
];
for (const attempt of attempts) {
  try {
    await attempt();
    outcomes.push('nothing was thrown');
  } catch (error) {
    outcomes.push(`${error as Error}`);
  }
}
process.stdout.write(JSON.stringify(outcomes));
await log.stop();
