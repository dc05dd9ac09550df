import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proofSize } from '@raptorflow/rig';
import { sqliteAlertStore, type AlertRecord, type AlertStore, type Transition } from 'raptorflow/alerts';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runChild } from './child.ts';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-alerts-crash-'));
});
afterEach(() => rmSync(root, { recursive: true }));

/** Seeds of stories that are killed beside each other. */
const lanes = [1, 2];
const killsOfALane = Math.ceil(proofSize('ALERT_KILLS', 20) / lanes.length);
/** More kills need a longer story: a life that ends early has come a few steps further all the same. */
const steps = Math.max(1_200, 24 * killsOfALane);
/** So long the lives of a lane last together, at most: few kills are as far apart as to meet the whole story. */
const livesMsMax = 2_000;

interface Ending {
  readonly transitions: readonly Transition[];
  /** Everything that is kept but deliveries. */
  readonly records: readonly AlertRecord[];
  /** Ids of what the outside world was told, in the order in which it was first told, and what each said. */
  readonly told: ReadonlyMap<string, unknown>;
  readonly repeated: number;
}

async function readEnding(storePath: string, outsidePath: string): Promise<Ending> {
  const store = sqliteAlertStore({ path: storePath });
  await store.open({ transitionsMax: 1_000_000, deliveriesMax: 1_000_000 });
  try {
    const records = (await store.load()).filter(({ kind }) => kind !== 'delivery');
    const told = new Map<string, unknown>();
    // A kill can cut a line; then it was not acknowledged, and is told again.
    const lines = readFileSync(outsidePath, 'utf8')
      .split('\n')
      .filter((line) => line.endsWith('}}'));
    for (const line of lines) {
      const { deliveryId, notification } = JSON.parse(line) as { deliveryId: string; notification: unknown };
      // The value that is shown is the newest one that the process has seen; a new process may not have seen it yet.
      const said = JSON.parse(
        JSON.stringify(notification, (key, value: unknown) => (key === 'value' ? null : value)),
      ) as unknown;
      if (told.has(deliveryId)) expect(said).toEqual(told.get(deliveryId));
      else told.set(deliveryId, said);
    }
    return {
      transitions: await readHistory(store),
      records: records.toSorted((a, b) => (`${a.kind} ${a.key}` < `${b.kind} ${b.key}` ? -1 : 1)),
      told,
      repeated: lines.length - told.size,
    };
  } finally {
    await store.close();
  }
}

async function readHistory(store: AlertStore): Promise<Transition[]> {
  const all: Transition[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.history({ limit: 1_000, cursor });
    all.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return all;
}

/** Runs the story to its end, and kills it so often on the way. */
async function play(name: string, kills: number, seed: number): Promise<Ending> {
  const random = seededRandom(seed);
  const [storePath, outsidePath] = [join(root, `${name}.db`), join(root, `${name}.txt`)];
  const start = (): ReturnType<typeof runChild> =>
    runChild('alerts-story.ts', [storePath, outsidePath, String(steps)]);
  for (let kill = 0; kill < kills; kill += 1) {
    const child = start();
    await child.spoken;
    await systemClock.sleep((random.next() * livesMsMax) / kills);
    await child.kill();
    // A story that is over before the last kill would prove less than it says.
    expect(child.output()).not.toContain('end');
  }
  const child = start();
  await child.ended;
  expect(child.output()).toContain('end');
  return readEnding(storePath, outsidePath);
}

test(
  `${lanes.length * killsOfALane} kills at random moments leave states, history and notifications as without any`,
  async () => {
    const expected = await play('whole', 0, 0);
    expect(expected.transitions.length).toBeGreaterThan(1_000);
    expect(expected.told.size).toBeGreaterThan(100);

    // Both come to their end, also where one fails: what they run in is removed after that.
    const outcomes = await Promise.allSettled(lanes.map((seed) => play(`killed${seed}`, killsOfALane, seed)));
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') throw outcome.reason;
      const found = outcome.value;
      expect(found.transitions).toEqual(expected.transitions);
      expect(new Set(found.transitions.map(({ id }) => id)).size).toBe(found.transitions.length);
      expect(found.records).toEqual(expected.records);
      // At least once: nothing is missing, nothing is new, and what came twice had the same id and said the same.
      expect([...found.told.keys()].sort()).toEqual([...expected.told.keys()].sort());
      for (const [id, notification] of expected.told) expect(found.told.get(id)).toEqual(notification);
    }
  },
  240_000 + lanes.length * killsOfALane * 2_000,
);
