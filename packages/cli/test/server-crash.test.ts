import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import { proofSize, startProgramServer, type RunningServer } from '@raptorflow/rig';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';

let home = '';
let server: RunningServer | undefined;
beforeEach(() => {
  home = join(mkdtempSync(join(tmpdir(), 'raptorflow-server-crash-')), 'home');
});
afterEach(async () => {
  await server?.kill();
  rmSync(join(home, '..'), { recursive: true, force: true });
});

const seed = 11;
const kills = proofSize('SERVER_KILLS', 3);
/** Of the 35 tasks of the sample, so many may be done at the last kill: research, brief and plan, and a part of the assets. */
const tasksDoneMax = 24;
/** Entries that complete a step. */
const completions = new Set(['model_answered', 'tool_completed', 'noted', 'decided', 'question_answered']);
const stateChannel = 'sys.state.update';

function clientOf(running: RunningServer): Client {
  return createClient({ baseUrl: running.url, token: running.token });
}

/** Every page of a list. */
async function whole<T>(
  read: (cursor: string | undefined) => Promise<{ items: T[]; next_cursor: string | null }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(cursor);
    items.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return items;
}

async function tasksDone(client: Client, id: string): Promise<number> {
  const { stages } = await client.campaigns.get({ params: { campaign_id: id } });
  return stages.reduce((sum, stage) => sum + stage.progress.done, 0);
}

it(
  `a campaign survives ${kills} kill -9 of the server: it completes, and nothing is done twice`,
  async () => {
    const random = seededRandom(seed);
    server = await startProgramServer({ home });
    const { campaign_id: id } = await clientOf(server).campaigns.runSample({ params: { name: 'kilnwatch' } });
    const params = { campaign_id: id };
    const moments = Array.from({ length: kills }, () => Math.floor(random.next() * tasksDoneMax));
    for (const moment of moments.toSorted((a, b) => a - b)) {
      const client = clientOf(server);
      await vi.waitFor(async () => expect(await tasksDone(client, id)).toBeGreaterThanOrEqual(moment), {
        timeout: 60_000,
        interval: 5,
      });
      await systemClock.sleep(random.next() * 20);
      await server.kill();
      server = await startProgramServer({ home });
    }
    const client = clientOf(server);
    await vi.waitFor(
      async () => expect(await client.campaigns.get({ params })).toMatchObject({ status: 'completed' }),
      { timeout: 60_000, interval: 100 },
    );

    const campaign = await client.campaigns.get({ params });
    expect(campaign.stages.map((stage) => stage.status)).toEqual(
      Array.from({ length: 7 }, () => 'completed'),
    );
    expect(campaign.package_ready).toBe(true);

    // The events: every stage was completed once, and so was the campaign.
    const { items: events } = await client.bus.replay({ body: { channel: stateChannel, limit: 1000 } });
    const own = events.filter((event) => event.request_id === id);
    const completed = own
      .filter((event) => event.type === 'campaign_stage' && event.payload['status'] === 'completed')
      .map((event) => event.payload['stage']);
    expect(completed).toEqual(campaign.stages.map((stage) => stage.name));
    expect(own.filter((event) => event.type === 'campaign_completed')).toHaveLength(1);
    expect(new Set(own.map((event) => event.id)).size).toBe(own.length);

    // The journals: every piece of work has one run, and no step was completed twice, though runs were resumed.
    const runs = await whole((cursor) =>
      client.runs.list({
        query: { campaign_id: id, limit: 200, ...(cursor === undefined ? {} : { cursor }) },
      }),
    );
    expect(runs.length).toBe(campaign.counts.runs);
    expect(runs.filter((run) => run.status !== 'completed')).toEqual([]);
    const work = runs.map((run) => `${run.run_type} ${run.agent_code} ${run.name}`);
    expect(new Set(work).size).toBe(work.length);
    for (const run of runs) {
      const journal = await whole((cursor) =>
        client.runs.journal({
          params: { run_id: run.id },
          query: { limit: 200, ...(cursor === undefined ? {} : { cursor }) },
        }),
      );
      const steps = journal.filter((entry) => completions.has(entry.type)).map((entry) => entry.step);
      expect([run.name, steps.length, new Set(steps).size]).toEqual([run.name, steps.length, steps.length]);
      expect(journal.map((entry) => entry.sequence)).toEqual(journal.map((_, index) => index));
    }
    expect(runs.some((run) => run.attempt > 1)).toBe(true);

    // Nothing of it was given up.
    expect((await client.bus.deadLetters()).items).toEqual([]);
  },
  120_000 + kills * 20_000,
);
