import { join } from 'node:path';
import { sqliteEngine } from 'raptorflow/bus';
import { openBus, consumeAll, createGroup, publishAndConsume, publishMuch } from '../engines/own-bus.ts';
import { withDirectory } from '../engines/scratch.ts';
import { assertCount } from '../harness/fault.ts';
import { ours, type Findings, type Readings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { runRace } from '../harness/race.ts';
import { latencyOf, median } from '../harness/statistics.ts';
import { appendRaw, deliverRaw } from '../peers/raw-sqlite.ts';

const inFlight = 256;
/** Short enough that events expire, and are removed, while others are published. */
const shortRetentionMs = 1_000;

type Durability = 'fsync' | 'process';

/** Publishing to the SQLite engine, with each durability, beside bare node:sqlite. */
export async function embeddedPublish(settings: BenchSettings, findings: Findings): Promise<void> {
  for (const durability of ['fsync', 'process'] as const) {
    const key = `sqlite_${durability}_per_s`;
    await runRace(
      {
        title: `SQLite, publish, durability ${durability}, ${inFlight} in flight`,
        rounds: settings.rounds,
        legs: [{ who: ours, run: () => publish(settings, durability, key) }],
        floor: {
          key,
          leg: { who: 'raw', run: async () => ({ [key]: await appendRaw(durability, settings.legMs / 2) }) },
        },
      },
      findings,
      settings.print,
    );
  }
}

/** Publishing, handling and acknowledging at once on the SQLite engine. */
export async function embeddedConsume(settings: BenchSettings, findings: Findings): Promise<void> {
  const key = 'sqlite_consume_ack_per_s';
  await runRace(
    {
      title: `SQLite, publish + handle + acknowledge, durability fsync, ${inFlight} in flight`,
      rounds: settings.rounds,
      legs: [
        {
          who: ours,
          run: () =>
            withBus('fsync', async (bus) => ({ [key]: await publishAndConsume(bus, publishing(settings)) })),
        },
      ],
      floor: {
        key,
        leg: { who: 'raw', run: async () => ({ [key]: await deliverRaw('fsync', settings.legMs / 2) }) },
      },
    },
    findings,
    settings.print,
  );
}

/** How long a publish takes under full load while older events expire and are removed. */
export async function embeddedLatency(settings: BenchSettings, findings: Findings): Promise<void> {
  const forMs = Math.max(2 * shortRetentionMs, 2 * settings.legMs);
  const run = (): Promise<Readings> =>
    withBus(
      'fsync',
      async (bus) => {
        const { latencies } = await publishMuch(bus, { ...publishing(settings), forMs });
        return { sqlite_publish_ms: latencyOf(latencies) };
      },
      shortRetentionMs,
    );
  await runRace(
    {
      title: `SQLite, publish under full load, retention ${shortRetentionMs} ms at work`,
      rounds: settings.rounds,
      legs: [{ who: ours, run }],
    },
    findings,
    settings.print,
  );
}

/** How long it takes to open a file with many events. */
export async function embeddedOpen(settings: BenchSettings, findings: Findings): Promise<void> {
  const { storedEvents } = settings;
  settings.print(`\nSQLite, opening a file with ${storedEvents.toLocaleString('en-US')} events`);
  await withDirectory(async (directory) => {
    const path = join(directory, 'bus.db');
    const first = await openBus(sqliteEngine({ path, durability: 'process' }));
    await publishMuch(first, { inFlight, countMax: storedEvents, workspaces: settings.workspaces });
    await first.stop();
    const samples: number[] = [];
    for (let round = 0; round < Math.max(3, settings.rounds); round += 1) {
      const begunAt = performance.now();
      const bus = await openBus(sqliteEngine({ path }));
      samples.push(performance.now() - begunAt);
      assertCount('events after opening', (await bus.health()).events ?? 0, storedEvents);
      await bus.stop();
    }
    findings.add(ours, { sqlite_open_ms: median(samples) });
  });
}

async function publish(settings: BenchSettings, durability: Durability, key: string): Promise<Readings> {
  return withBus(durability, async (bus) => {
    await createGroup(bus);
    const { count, seconds } = await publishMuch(bus, publishing(settings));
    await consumeAll(bus, count);
    return { [key]: count / seconds };
  });
}

function publishing({ legMs, workspaces }: BenchSettings): {
  inFlight: number;
  forMs: number;
  workspaces: number;
} {
  return { inFlight, forMs: legMs, workspaces };
}

function withBus(
  durability: Durability,
  work: (bus: Awaited<ReturnType<typeof openBus>>) => Promise<Readings>,
  retentionMs?: number,
): Promise<Readings> {
  return withDirectory(async (directory) => {
    const bus = await openBus(sqliteEngine({ path: join(directory, 'bus.db'), durability }), retentionMs);
    try {
      return await work(bus);
    } finally {
      await bus.stop();
    }
  });
}
