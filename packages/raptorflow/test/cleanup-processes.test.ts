import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { proofSize, startRedis, type RedisServer } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { redisCleanupStore, type CleanupResult } from 'raptorflow/resources';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runChild, type Child } from './child.ts';

const kills = proofSize('CLEANUP_KILLS', 6);
const everyMs = 1_500;
const prefix = 'members';

interface Line {
  readonly step: 'begin' | 'end';
  readonly taskId: string;
  readonly occurrenceAt: number;
  readonly fencingToken: number;
  readonly pid: number;
}

let server: RedisServer;
let directory: string;
let members: Child[];
beforeEach(async () => {
  server = await startRedis();
  directory = mkdtempSync(join(tmpdir(), 'raptorflow-cleanup-'));
  members = [];
});
afterEach(async () => {
  for (const member of members) await member.kill();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function addMember(): Promise<Child> {
  const member = runChild('cleanup-member.ts', [
    server.url,
    prefix,
    join(directory, 'lines'),
    String(everyMs),
  ]);
  members.push(member);
  await member.spoken;
  return member;
}

async function allResults(): Promise<readonly CleanupResult[]> {
  const store = redisCleanupStore({ url: server.url, prefix });
  await store.open({ resultsMax: 100_000 });
  const results: CleanupResult[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await store.results({ limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    results.push(...page.items);
    cursor = page.next;
  }
  await store.close();
  return results;
}

function readLines(): Line[] {
  const text = readFileSync(join(directory, 'lines'), 'utf8').trim();
  return text.split('\n').map((line) => JSON.parse(line) as Line);
}

test(
  'of three processes that are killed again and again, each time of each task has one result: none missed, none doubled',
  async () => {
    const random = seededRandom(kills);
    for (let member = 0; member < 3; member += 1) await addMember();
    for (let kill = 0; kill < kills; kill += 1) {
      // While the runs of one time are under way, so that most kills hit some.
      const now = systemClock.now();
      await systemClock.sleep(everyMs - (now % everyMs) + 50 + random.next() * 250);
      const [victim] = members.splice(Math.floor(random.next() * members.length), 1);
      await victim?.kill();
      await addMember();
    }
    // Until the leases of the last one have ended and its runs were taken over.
    await systemClock.sleep(4_000);
    for (const member of members) member.process.kill('SIGTERM');
    for (const member of members) await member.ended;

    const results = await allResults();
    const lines = readLines();
    for (const taskId of ['a', 'b', 'c']) {
      const times = results
        .filter((result) => result.taskId === taskId)
        .map((result) => result.occurrenceAt ?? 0);
      const first = Math.min(...times);
      const last = Math.max(...times);
      const due = Array.from({ length: (last - first) / everyMs + 1 }, (_, index) => first + index * everyMs);
      expect(times.toSorted((a, b) => a - b)).toEqual(due);
    }
    // A run that four kills in a row have hit is given up, which is a result, too.
    const givenUp = results.filter(({ success }) => !success);
    expect(givenUp.filter(({ message }) => !message.includes('4 processes ended'))).toEqual([]);
    expect(givenUp.length).toBeLessThanOrEqual(Math.max(3, kills / 10));
    // Whoever takes a run over has the greater fence, and the last one who had it brought it to its end.
    const latest = new Map<string, number>();
    const ended = new Set<string>();
    let takenOver = 0;
    for (const { step, taskId, occurrenceAt, fencingToken: fence } of lines) {
      const key = `${taskId} ${occurrenceAt}`;
      if (step === 'end') ended.add(`${key} ${fence}`);
      else {
        if (latest.has(key)) takenOver += 1;
        expect(fence).toBeGreaterThan(latest.get(key) ?? 0);
        latest.set(key, fence);
      }
    }
    for (const { taskId, occurrenceAt, success } of results) {
      const key = `${taskId} ${occurrenceAt}`;
      if (success) expect(ended).toContain(`${key} ${latest.get(key)}`);
    }
    console.info(
      `${results.length} runs, ${kills} kills, ${takenOver} takeovers, ${givenUp.length} runs given up after four deaths.`,
    );
    expect(takenOver).toBeGreaterThan(0);
  },
  60_000 + kills * 4_000,
);
