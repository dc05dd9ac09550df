import { consumeAll, createGroup, publishMuch } from '../engines/own-bus.ts';
import { withRedisBus } from '../engines/redis.ts';
import type { Appendfsync } from '../engines/private-redis.ts';
import { ours, type Findings, type Readings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace } from '../harness/race.ts';
import { raceBull } from '../peers/bullmq.ts';
import { raceNats } from '../peers/nats.ts';
import { raceRaw } from '../peers/raw-redis.ts';

const inFlight = 512;

const everysec = {
  publish: 'publish_everysec_per_s',
  consume: 'consume_ack_per_s',
  commands: 'redis_commands_per_event',
};
const always = { publish: 'publish_always_per_s' };

/** Publishing, then handling and acknowledging, with an append-only file that is synced every second. */
export async function throughputEverysec(settings: BenchSettings, findings: Findings): Promise<void> {
  const { legMs, rounds, print } = settings;
  await runRace(
    {
      title: `Redis, publish with appendfsync everysec, ${inFlight} in flight; then handle and acknowledge`,
      rounds,
      legs: [
        { who: ours, run: () => race(settings, 'everysec', everysec) },
        { who: 'bullmq', run: () => raceBull('everysec', legMs, everysec) },
        { who: 'nats', run: () => raceNats(legMs, everysec) },
      ],
      floor: {
        key: everysec.publish,
        leg: {
          who: 'raw',
          run: () => raceRaw('everysec', legMs / 2, { publish: everysec.publish, consume: everysec.consume }),
        },
      },
    },
    findings,
    print,
  );
}

/** The same publishing with an append-only file that is synced before every answer. */
export async function throughputAlways(settings: BenchSettings, findings: Findings): Promise<void> {
  const { legMs, rounds, print } = settings;
  await runRace(
    {
      title: `Redis, publish with appendfsync always, ${inFlight} in flight`,
      rounds,
      legs: [
        { who: ours, run: () => race(settings, 'always', always) },
        { who: 'bullmq', run: () => raceBull('always', legMs, always) },
      ],
      floor: { key: always.publish, leg: { who: 'raw', run: () => raceRaw('always', legMs / 2, always) } },
    },
    findings,
    print,
  );
}

interface OwnKeys {
  readonly publish: string;
  readonly consume?: string;
  readonly commands?: string;
}

// Everything published is handled, also where only publishing is measured, to see that all of it arrived once.
function race(
  { legMs, workspaces }: BenchSettings,
  appendfsync: Appendfsync,
  keys: OwnKeys,
): Promise<Readings> {
  return withRedisBus(appendfsync, async (bus, redis) => {
    await createGroup(bus);
    const commandsBefore = await redis.commands();
    const { count, seconds } = await publishMuch(bus, { inFlight, forMs: legMs, workspaces });
    const readings: Record<string, number> = { [keys.publish]: count / seconds };
    const took = await consumeAll(bus, count);
    if (keys.consume !== undefined) readings[keys.consume] = count / took;
    if (keys.commands !== undefined) {
      readings[keys.commands] = ((await redis.commands()) - commandsBefore) / count;
    }
    return readings;
  });
}
