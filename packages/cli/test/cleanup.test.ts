import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  jsonLines,
  runProgram,
  spawnProgram,
  startProgramServer,
  type CommandEnd,
  type RunningServer,
} from '@raptorflow/rig';
import { RaptorFlowError } from 'raptorflow/kernel';
import { createCleanupScheduler, defineCleanupAction, sqliteCleanupStore } from 'raptorflow/resources';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

/** What a process before the server left in its store: a run that failed and one that freed something, and tasks that the server cannot do. */
async function leaveBehind(home: string): Promise<void> {
  const anything = z.record(z.string(), z.unknown());
  let runs = 0;
  const sweep = defineCleanupAction({
    description: 'Sweeps.',
    parameters: anything,
    async run() {
      runs += 1;
      if (runs === 1) throw new RaptorFlowError('unavailable', 'The disk does not answer.');
      return { resourcesCleaned: 3, bytesFreed: 48_000_000, message: '3 resources were closed.' };
    },
  });
  const byHand = { trigger: { kind: 'manual' }, attempts: { retriesMax: 0 } } as const;
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const cleanup = createCleanupScheduler(
    {
      tasks: [
        { id: 'sweep', name: 'Sweep by hand', action: 'resources.cleanup', ...byHand },
        { id: 'broken', action: 'dead_letters.retention', parameters: { keep_days: 'many' }, ...byHand },
        { id: 'foreign', action: 'elsewhere', ...byHand },
      ],
    },
    {
      actions: { 'resources.cleanup': sweep, 'dead_letters.retention': sweep, elsewhere: sweep },
      store: sqliteCleanupStore({ path: join(home, 'cleanup.db') }),
    },
  );
  await cleanup.start();
  await cleanup.run('sweep');
  await cleanup.run('sweep');
  await cleanup.stop();
}

/** A task with everything that can be said of one, as it is written and as it is stored. */
const everything =
  '--action resources.cleanup --disabled --name Files --note Idle --parameter resource_type=file_handle --parameter idle_seconds_min=60 --metric resource_count --metric-tags status=idle --above 100 --clear 50 --priority high --timeout 90s --retries 1 --retry-delay 500ms --overlap allow --concurrency 2 --missed skip --runs-on every_process --tags a,b'.split(
    ' ',
  );
const everythingSaid = {
  name: 'Files',
  description: 'Idle',
  parameters: { resource_type: 'file_handle', idle_seconds_min: 60 },
  trigger: {
    kind: 'threshold',
    metric: 'resource_count',
    tags: { status: 'idle' },
    value: 100,
    clear_value: 50,
  },
  priority: 'high',
  enabled: false,
  timeout_seconds: 90,
  retry_count: 1,
  retry_delay_seconds: 0.5,
  overlap: 'allow',
  concurrency: 2,
  missed: 'skip',
  runs_on: 'every_process',
  tags: ['a', 'b'],
};

describe('cleanup tasks, from the command line', () => {
  let root = '';
  let home = '';
  let server: RunningServer;
  const run = (...args: string[]): Promise<CommandEnd> =>
    runProgram(['cleanup', ...args, '--json'], { home });
  const says = async (...args: string[]): Promise<string> =>
    (await runProgram(['cleanup', ...args], { home })).stdout;
  const last = async (...args: string[]): Promise<unknown> => {
    const { exitCode, json, stderr } = await run(...args);
    expect([exitCode, stderr]).toEqual([0, '']);
    return json.at(-1);
  };
  /** How a command is refused: on standard error for people, and as JSON. */
  const refused = async (exitCode: number, words: string | string[], ...args: string[]): Promise<void> => {
    const end = await run(...args);
    expect([args, end.exitCode]).toEqual([args, exitCode]);
    for (const each of [words].flat()) {
      const message = expect.stringContaining(each);
      expect(end.stderr).toEqual(message);
      expect(end.json.at(-1)).toMatchObject({ error: { code: expect.any(String), message } });
    }
  };
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-cleanup-'));
    home = join(root, 'home');
    await leaveBehind(home);
    server = await startProgramServer({ home });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('are listed with when they run, how their runs ended and what the last one freed, within 80 columns', async () => {
    const list = await says();
    expect(list).toMatch(/^Task +Next run +Last run +Succeeded +Last freed\n/u);
    expect(list).toMatch(/\nsweep +– +(?:now|.* ago) +50 % +3, 48\.0 MB\n {4}by hand only\n/u);
    expect(list).toMatch(
      /\ndead_letters_retention_daily +in \d+\S+(?: \S+)? +– +– +–\n {4}every day at 02:30 \(UTC\)\n/u,
    );
    expect(list).toContain('    when resource_count{status=idle} is above 1000\n');
    expect(list).toMatch(
      /\n8 tasks, 8 on; 2 runs so far, 1 failed, 0 left out\.\nFreed so far: 3 resources, 48\.0 MB\.\n$/u,
    );
    expect(Math.max(...list.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(await last('list')).toMatchObject({ metrics: { total_tasks: 8 }, tasks: expect.any(Array) });
    await refused(2, 'There is no command "cleanup lst". See: raptorflow help', 'lst');
  });

  it('are shown with everything of them and their last runs', async () => {
    const shown = await says('show', 'sweep');
    expect(shown).toMatch(/^sweep {2}Sweep by hand\n/u);
    for (const line of [
      /runs +by hand only/u,
      /so far +2 runs, 1 failed, 0 left out, \S+ on average/u,
      /action +resources\.cleanup/u,
      /an attempt +at most 5m, no retry/u,
      /overlap +skip/u,
      / sweep +\S+ +3, 48\.0 MB\n {4}manual: 3 resources were closed\.\n/u,
      / sweep +\S+ +failed\n {4}manual: The disk does not answer\.\n$/u,
    ]) {
      expect(shown).toMatch(line);
    }
    expect(await last('show', 'sweep')).toMatchObject({
      task_id: 'sweep',
      success_rate: 50,
      history: [{ success: true }, { success: false, error: { code: 'unavailable' } }],
    });
    await refused(4, 'There is no cleanup task "nothing"', 'show', 'nothing');
  });

  it('run at once and tell what they freed, and end as if unavailable when they fail', async () => {
    expect(await says('run', 'sweep')).toBe('0 resources were closed. Freed: nothing.\n');
    expect(await last('run', 'sweep')).toMatchObject({
      task_id: 'sweep',
      success: true,
      trigger_type: 'manual',
    });
    const failed = await run('run', 'broken');
    expect([failed.exitCode, failed.stderr]).toEqual([7, expect.stringContaining('broken failed: ')]);
    expect(failed.json.at(-1)).toMatchObject({
      error: { code: 'unavailable', details: { task_id: 'broken', success: false } },
    });
    await refused(7, 'does not have the action of foreign', 'run', 'foreign');
    await refused(4, 'There is no cleanup task "nothing"', 'run', 'nothing');
    await refused(2, 'TASK: Use letters, digits', 'run', 'not a name');
  });

  it('have a history, of one task or of all, page by page', async () => {
    const history = await says('history', '--task', 'broken');
    expect(history).toMatch(/^Began +Task +Took +Freed\n\S+ \S+ +broken +\S+ +failed\n {4}manual: /u);
    expect(await says('history', '--task', 'nobody')).toBe('Nothing has run yet.\n');
    const newest = (await last('history', '--limit', '1')) as { data: object[]; next_cursor: string };
    expect(newest.data).toMatchObject([{ task_id: 'broken' }]);
    expect(await says('history', '--limit', '1')).toContain(`There are more: --cursor ${newest.next_cursor}`);
    const older = await last('history', '--limit', '1', '--cursor', newest.next_cursor);
    expect(older).toMatchObject({ data: [{ task_id: 'sweep' }] });
    await refused(2, '--limit: Give a number of at most 200', 'history', '--limit', '201');
    await refused(2, '--task: Use letters, digits', 'history', '--task', 'not a name');
  });

  it('can do what the server can, with the parameters that it takes', async () => {
    expect(await says('actions')).toMatch(
      /cache\.sweep {2}.*\n {4}without parameters\ndead_letters\.retention {2}.*\n {4}keep_days {2}number, above 0, at most 3650, default 30\n/u,
    );
    expect(await last('actions')).toMatchObject({ actions: expect.arrayContaining([expect.any(Object)]) });
  });

  it('are added with everything that can be said of them', async () => {
    const nightly = ['--cron', '30 2 * * *', '--time-zone', 'Europe/Berlin'];
    expect(await says('add', 'letters', '--action', 'dead_letters.retention', ...nightly)).toMatch(
      /^letters: every day at 02:30 \(Europe\/Berlin\)\. Next run: \d{4}-\S+ \S+, in .*\.\n$/u,
    );
    expect(await last('add', 'files', ...everything)).toMatchObject({ task_id: 'files', ...everythingSaid });
  });

  it('are added with each kind of trigger', async () => {
    const triggers: [when: string, ...options: string[]][] = [
      ['every 10m', '--every', '10m'],
      ['once at 2099-01-31', '--at', '2099-01-31T12:00:00Z'],
      ['when bus is unhealthy or worse', '--health', 'unhealthy', '--component', 'bus', '--repeat', 'never'],
      ['when an event arrives on sys.alert.critical', '--event', 'sys.alert.critical', '--pause', '5s'],
      ['by hand only', '--manual'],
    ];
    for (const [index, [when, ...options]] of triggers.entries()) {
      const told = await says('add', `t${index}`, '--action', 'cache.sweep', ...options);
      expect(told.startsWith(`t${index}: ${when}`), told).toBe(true);
    }
    expect(await says()).toMatch(
      /\nfiles \(off\) .*\n {4}when resource_count\{status=idle\} is above 100\n/u,
    );
  });

  it('are refused at the option that is wrong, by the command line and by the server alike', async () => {
    const letters = ['add', 'new', '--action', 'dead_letters.retention'];
    const cases: [args: string[], ...says: string[]][] = [
      [['add'], 'takes TASK'],
      [['add', 'new', '--manual'], 'Say what it does with --action'],
      [letters, 'Say what makes it run: one of --cron'],
      [[...letters, '--manual', '--priority', 'urgent'], '--priority takes one of low, medium'],
      [
        ['add', 'not a name', '--action', 'cache.sweep', '--at', 'tomorrow', '--retries', '21'],
        'TASK: Use letters, digits',
        '--at: Give a time such as',
        '--retries: Give a number of at most 20',
      ],
      [[...letters, '--metric', 'm'], '--above or --below: Give a number'],
      [
        ['add', 'new', '--action', 'dance', '--manual'],
        '--action: "dance" is not an action; there are cache',
      ],
      [[...letters, '--cron', '99 * * * *'], '--cron: "99 * * * *" is not a cron pattern'],
      [
        [...letters, '--cron', '@hourly', '--time-zone', 'Mars/Base'],
        '--time-zone: "Mars/Base" is not a time zone',
      ],
      [[...letters, '--metric', 'm', '--above', '5', '--clear', '9'], '--metric, --above, --clear: '],
      [
        [...letters, '--health', 'critical', '--repeat', '1ms', '--timeout', '0.1ms'],
        '--timeout: ',
        '--repeat: ',
      ],
      [
        [...letters, '--manual', '--parameter', 'keep_days=many', '--parameter', 'days=3'],
        '--parameter keep_days: ',
        '--parameter: Unrecognized key: "days"',
      ],
    ];
    for (const [args, ...says] of cases) await refused(2, says, ...args);
    const taken = ['add', 'sweep', '--action', 'cache.sweep', '--manual'];
    await refused(5, 'There is a cleanup task "sweep" already', ...taken);
    expect(await says()).not.toContain('\nnew ');
  });

  it('are changed where something is said, and stay as they are elsewhere', async () => {
    expect(await last('set', 'files', '--above', '200', '--parameter', 'idle_seconds_min=')).toMatchObject({
      parameters: { resource_type: 'file_handle' },
      trigger: {
        kind: 'threshold',
        metric: 'resource_count',
        tags: { status: 'idle' },
        value: 200,
        clear_value: 50,
      },
      priority: 'high',
    });
    expect(await last('set', 'files', '--action', 'cache.sweep', '--tags', 'none')).toMatchObject({
      action: 'cache.sweep',
      parameters: {},
      tags: [],
    });
    expect(await says('set', 'files', '--every', '1h')).toBe(
      'files: every 1h. It is off, and runs by hand only.\n',
    );
    await refused(2, 'Say what shall change', 'set', 'files');
    await refused(2, '--time-zone belongs to --cron', 'set', 'files', '--time-zone', 'UTC');
    await refused(2, '--every: ', 'set', 'files', '--every', '1000d');
    await refused(4, 'There is no cleanup task "nothing"', 'set', 'nothing', '--every', '1h');
  });

  it('are enabled and disabled, and run by hand all the same', async () => {
    expect(await says('enable', 'files')).toMatch(/^files: every 1h\. Next run: .*, in .*\.\n$/u);
    expect(await last('disable', 'files')).toMatchObject({
      task_id: 'files',
      enabled: false,
      next_run: null,
    });
    expect(await says('show', 'files')).toMatch(/enabled +no; it runs by hand only\n/u);
    expect(await last('run', 'files')).toMatchObject({ success: true });
    await refused(4, 'There is no cleanup task "nothing"', 'enable', 'nothing');
  });

  it('are removed after asking, and leave their history', async () => {
    await refused(2, 'without a terminal, pass --yes', 'remove', 'files');
    expect(await says()).toContain('files');
    expect(await last('remove', 'files', '--yes')).toEqual({ task_id: 'files', removed: true });
    expect(await says()).not.toContain('files');
    expect(await last('history', '--task', 'files')).toMatchObject({ data: [{ task_id: 'files' }] });
    await last('add', 'files', '--action', 'cache.sweep', '--manual');
    expect(await says()).toMatch(/\nfiles +– +– +– +–\n/u);
    await last('remove', 'files', '--yes');
    await refused(4, 'There is no cleanup task "files"', 'remove', 'files', '--yes');
  });

  it('are the operator’s alone', async () => {
    const made = await runProgram(['keys', 'create', 'a program', '--role', 'admin', '--json'], { home });
    const { key } = made.json.at(-1) as { key: string };
    const env = { RAPTORFLOW_URL: server.url, RAPTORFLOW_TOKEN: key };
    for (const args of [[], ['run', 'sweep']]) {
      const end = await runProgram(['cleanup', ...args], { home, env });
      expect([args, end.exitCode, end.stdout]).toEqual([args, 3, '']);
    }
  });
});

describe('a cleanup task whose run takes long, from the command line', () => {
  it('goes on when nobody waits for it any more, which is said', async () => {
    const root = mkdtempSync(join(tmpdir(), 'raptorflow-cleanup-'));
    // A server on which the run does not end: none of the real actions takes that long here.
    let asked = (): void => undefined;
    const isAsked = new Promise<void>((resolve) => (asked = resolve));
    const server = createServer((request, response) => {
      if (request.url?.endsWith('/run')) return asked();
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ user: { id: 'usr_a' }, workspaces: [], data: [], next_cursor: null }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = { RAPTORFLOW_URL: url, RAPTORFLOW_TOKEN: 'a' };
    const waiting = spawnProgram(['cleanup', 'run', 'sweep', '--json'], { home: join(root, 'home'), env });
    await isAsked;
    waiting.process.kill('SIGINT');
    expect((await waiting.ended).exitCode).toBe(130);
    expect(waiting.stderr()).toContain('the run goes on; see: raptorflow cleanup history --task sweep');
    expect(jsonLines(waiting.stdout()).at(-1)).toMatchObject({ error: { code: 'cancelled' } });
    server.closeAllConnections();
    server.close();
    rmSync(root, { recursive: true, force: true });
  });
});
