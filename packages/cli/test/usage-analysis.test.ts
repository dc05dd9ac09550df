import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@raptorflow/client';
import { runProgram, startProgramServer, type CommandEnd, type RunningServer } from '@raptorflow/rig';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { invariant, systemClock } from 'raptorflow/kernel';
import { createHistory, createMetrics, sqliteHistoryStore } from 'raptorflow/metrics';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const stepMs = 600_000;
const steps = (14 * 86_400_000) / stepMs;
/** Steps that the history may hold back; then it is let write. */
const writtenEach = 100;

/** Two weeks in which open files of the installation only ever grew, as a server of the same directory would have measured them. */
async function measureGrowth(home: string): Promise<void> {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const clock = createFakeClock(Math.floor(systemClock.now() / stepMs) * stepMs - steps * stepMs);
  const metrics = createMetrics({}, { clock });
  const open = metrics.gauge({
    name: 'resource_count',
    description: 'Open resources, by type and status.',
    category: 'resource',
    unit: 'resources',
  });
  const history = createHistory(
    { source: 'server', resolutions: [{ stepMs, keepMs: 90 * 86_400_000 }] },
    { metrics, store: sqliteHistoryStore({ path: join(home, 'metrics.db') }), clock },
  );
  await history.start();
  for (let step = 0; step < steps; step += 1) {
    open.with({ type: 'file_handle', status: 'active' }).set(10 + step + (step % 3));
    await clock.advance(stepMs);
    if (step % writtenEach === 0) await history.flush();
  }
  await history.stop();
}

describe('the analysis of usage, from the command line', () => {
  const series = 'resource_count{status=active,type=file_handle}';
  let root = '';
  let home = '';
  let server: RunningServer;
  const run = (...args: string[]): Promise<CommandEnd> =>
    runProgram(['resources', ...args, '--json'], { home });
  const says = async (...args: string[]): Promise<string> =>
    (await runProgram(['resources', ...args], { home })).stdout;
  const refused = async (exitCode: number, words: string, ...args: string[]): Promise<void> => {
    const end = await run(...args);
    expect([args, end.exitCode, end.stderr]).toEqual([args, exitCode, expect.stringContaining(words)]);
    expect(end.json.at(-1)).toHaveProperty('error.code');
  };
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-analysis-'));
    home = join(root, 'home');
    await measureGrowth(home);
    server = await startProgramServer({ home });
    // The first look at usage begins with the server.
    const client = createClient({ baseUrl: server.url, token: server.token });
    await vi.waitFor(
      async () => {
        const { total } = await client.analytics.recommendations({ query: { scope: 'installation' } });
        invariant(total > 0, 'usage has been looked at');
      },
      { timeout: 30_000 },
    );
  });
  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('lists series with their figures, and forecasts one until its limit', async () => {
    expect(await says('forecast', '--installation')).toMatch(
      /^Samples +Average +Peak +Series\n3\d\d +\d+ resources +20\d\d resources +resource_count\{status=active,type=file_handle\}\n/u,
    );
    expect(await says('forecast')).toContain('That of the installation: --installation.');
    const told = await says('forecast', series, '--installation', '--hours', '400', '--capacity', '3000');
    expect(told).toMatch(
      /^In +At +Expected +95 % between\n(?:\S+d.* resources and \d+ resources\n){8}By \w+/u,
    );
    expect(told).toMatch(
      /\nIt reaches 3000 resources about \S+ \S+:\nat the earliest \S+ \S+, at the latest \S+ \S+\.\n$/u,
    );
    expect(await says('forecast', series, '--installation')).toContain('Its limit is not known');
    expect(await says('forecast', series, '--installation', '--capacity', '1000000')).toContain(
      'It does not reach 1000000 resources by then.',
    );
    const { json } = await run('forecast', series, '--installation', '--hours', '12');
    expect(json.at(-1)).toMatchObject({ status: 'forecast', points: expect.any(Array) });
    expect((json.at(-1) as { points: unknown[] }).points).toHaveLength(12);
    await refused(
      2,
      '--hours: Give a number of at most',
      'forecast',
      series,
      '--installation',
      '--hours',
      '9999',
    );
    await refused(2, '--capacity: Give a number', 'forecast', series, '--installation', '--capacity', 'all');
    await refused(4, 'There is no usage of nothing', 'forecast', 'nothing');
  });

  it('lists advice with what can be applied, and applies it once', async () => {
    const { json } = await run('advice', '--installation', '--type', 'cleanup', '--priority', 'high');
    const { data } = json.at(-1) as { data: { recommendation_id: string }[] };
    const id = data[0]?.recommendation_id ?? '';
    const listed = await says('advice', '--installation');
    expect(listed).toMatch(/^high +Release leaked file handle\n/u);
    expect(listed).toMatch(/Would save \d+ resources\.\n +1\. Run the cleanup of file_handle\./u);
    expect(listed).toContain(`raptorflow resources advice apply ${id} --installation\n`);
    expect(await says('advice')).toContain('Nothing is advised for this workspace.');
    expect(await says('advice', '--installation', '--kind', 'thread')).toBe('Nothing is advised.\n');
    await refused(4, 'There is no recommendation', 'advice', 'apply', id);
    expect(await says('advice', 'apply', id, '--installation')).toMatch(
      /^Release leaked file handle: \d+ resources of the kind file_handle were closed/u,
    );
    await refused(5, 'was applied by', 'advice', 'apply', id, '--installation');
    const after = await says('advice', '--installation');
    expect(after).toMatch(/Carried out by \S+, \S+ \S+: \d+ resources/u);
    expect(after).not.toContain('advice apply');
  });

  it('refuses what it does not understand', async () => {
    const cases: [args: string[], says: string][] = [
      [['advice', 'apply'], 'Say which: raptorflow resources advice apply'],
      [['advice', 'do'], 'There is no command "resources advice do"'],
      [['advice', 'apply', 'adv_x', '--limit', '3'], '--limit belongs to the list of advice'],
      [['advice', '--priority', 'urgent'], '"urgent" is no priority'],
      [['advice', '--limit', '101'], '--limit: Give a number of at most 100'],
    ];
    for (const [args, says] of cases) {
      const { exitCode, stderr } = await run(...args);
      expect([args, exitCode, stderr]).toEqual([args, 2, expect.stringContaining(says)]);
    }
  });
});
