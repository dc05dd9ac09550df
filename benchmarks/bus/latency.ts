import { publishIdle, publishToHandler } from '../engines/own-bus.ts';
import { withRedisBus } from '../engines/redis.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace } from '../harness/race.ts';
import { addIdle, addToProcessor } from '../peers/bullmq.ts';
import { publishNatsIdle, publishToCallback } from '../peers/nats.ts';
import { addOneByOne, addToRead } from '../peers/raw-redis.ts';

/** How long one publish takes when nothing else happens. */
export async function latencyOfPublish(settings: BenchSettings, findings: Findings): Promise<void> {
  const { operations, rounds, print } = settings;
  await runRace(
    {
      title: `Redis (everysec), one publish after the other, ${operations} of them`,
      rounds,
      legs: [
        { who: ours, run: () => withRedisBus('everysec', (bus) => publishIdle(bus, operations)) },
        { who: 'bullmq', run: () => addIdle('everysec', operations) },
        { who: 'nats', run: () => publishNatsIdle(operations) },
        { who: 'raw', run: () => addOneByOne('everysec', operations) },
      ],
    },
    findings,
    print,
  );
}

/** How long it takes from publishing until a handler begins. */
export async function latencyToHandler(settings: BenchSettings, findings: Findings): Promise<void> {
  const { operations, rounds, print } = settings;
  await runRace(
    {
      title: `Redis (everysec), from publish to the handler, one after the other, ${operations} of them`,
      rounds,
      legs: [
        { who: ours, run: () => withRedisBus('everysec', (bus) => publishToHandler(bus, operations)) },
        { who: 'bullmq', run: () => addToProcessor('everysec', operations) },
        { who: 'nats', run: () => publishToCallback(operations) },
        { who: 'raw', run: () => addToRead('everysec', operations) },
      ],
    },
    findings,
    print,
  );
}
