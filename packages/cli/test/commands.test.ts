import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient } from '@raptorflow/client';
import {
  runProgram,
  spawnProgram,
  startProgramServer,
  type CommandEnd,
  type RunningServer,
} from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const lifecycle = 'sys.workspace.lifecycle';
const research = 'sys.guild.research.broadcast';

describe('commands beside a running server', () => {
  let root = '';
  let home = '';
  let server: RunningServer;
  const run = (...args: string[]): Promise<CommandEnd> => runProgram([...args, '--json'], { home });
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-commands-'));
    home = join(root, 'home');
    server = await startProgramServer({ home });
  });
  afterAll(async () => {
    await server.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('status says where the server is, how each part is, and what was spent', async () => {
    const status = async (): Promise<unknown> => (await run('status')).json.at(-1);
    await expect.poll(status, { timeout: 10_000 }).toMatchObject({
      running: true,
      url: server.url,
      pid: server.pid,
      status: 'healthy',
      services: { bus: { status: 'healthy' }, database: { status: 'healthy' } },
      active_campaigns: 0,
      budget: { spent_usd: '0.000000' },
    });
  });

  it('token makes a token that works as a bearer token', async () => {
    const end = await run('token', '--lifetime', '1h');
    const issued = end.json.at(-1) as { token: string; operator: boolean; expires_at: string };
    expect(end.exitCode).toBe(0);
    expect(issued.operator).toBe(false);
    expect(Date.parse(issued.expires_at) - Date.now()).toBeLessThanOrEqual(3_600_000);
    const session = await createClient({ baseUrl: server.url, token: issued.token }).session.current();
    expect(session.user).toMatchObject({ id: server.userId, operator: false });
    const operator = await run('token', '--operator');
    expect(operator.json.at(-1)).toMatchObject({ operator: true });
  });

  it('a server elsewhere is named by its address and a token, and no local one is needed', async () => {
    const env = { RAPTORFLOW_URL: server.url, RAPTORFLOW_TOKEN: server.token };
    const end = await runProgram(['status', '--json'], { home: join(root, 'empty'), env });
    expect(end.json.at(-1)).toMatchObject({ running: true, url: server.url });
    const wrong = await runProgram(['campaign', 'list', '--json'], {
      home: join(root, 'empty'),
      env: { ...env, RAPTORFLOW_TOKEN: 'wrong' },
    });
    expect(wrong.exitCode).toBe(3);
    const without = await runProgram(['status', '--json'], {
      home: join(root, 'empty'),
      env: { RAPTORFLOW_URL: server.url },
    });
    expect(without.exitCode).toBe(3);
    expect(existsSync(join(root, 'empty'))).toBe(false);
  });

  it('costs and budgets show the month, set caps, and say what is wrong with an amount', async () => {
    const set = await run('budgets', 'set', 'guild', 'research', '2.5');
    expect([set.exitCode, set.json.at(-1)]).toEqual([0, expect.objectContaining({ cap_usd: '2.500000' })]);
    const whole = await run('budgets', 'set', 'workspace', '9');
    expect(whole.json.at(-1)).toMatchObject({ cap_usd: '9.000000' });
    const list = await run('budgets', 'list');
    expect(list.json.at(-1)).toMatchObject({
      workspace: { cap_usd: '9.000000' },
      items: [{ level: 'guild', subject: 'research', remaining_usd: '2.500000' }],
    });
    expect((await run('budgets', 'set', 'workspace', 'ten')).exitCode).toBe(2);
    const table = await runProgram(['costs', '--by', 'model'], { home });
    expect(table.stdout).toContain('$9.00 left of $9.00');
    const csv = await runProgram(['costs', '--csv'], { home });
    expect(csv.stdout).toMatch(/^day,label,calls,attempts,prompt_tokens/);
    const holds = await run('costs', 'holds');
    expect(holds.json.at(-1)).toEqual({ items: [] });
    const prices = join(root, 'prices.json');
    writeFileSync(prices, '{"models": []}');
    expect((await run('costs', 'reprice', prices, '--as', 'gpt-6-sol=gpt-6-luna')).json.at(-1)).toMatchObject(
      {
        repriced_usd: '0.000000',
        items: [],
      },
    );
    const nobody = await run('costs', 'reconcile', 'call_nobody', '1', '0.5');
    expect(nobody.exitCode).not.toBe(0);
    expect(nobody.stderr + nobody.stdout).toContain('There is no hold');
    await run('budgets', 'set', 'workspace', 'none');
  });

  it('doctor finds the installation sound', async () => {
    const end = await run('doctor');
    const report = end.json.at(-1) as { healthy: boolean; findings: { check: string; verdict: string }[] };
    expect([end.exitCode, report.healthy]).toEqual([0, true]);
    expect(report.findings.map((finding) => finding.check)).toEqual(
      expect.arrayContaining([
        'node',
        'configuration',
        'data directory',
        'disk',
        'server',
        'models',
        'clock',
      ]),
    );
  });

  it('bus tail shows an event that bus publish made, and stops after the count', async () => {
    const tail = spawnProgram(['bus', 'tail', lifecycle, '--type', 'test.event', '--count', '1', '--json'], {
      home,
    });
    const published: string[] = [];
    // The tail begins when its socket stands; until then events are missed, as with any tail.
    await vi.waitFor(
      async () => {
        const end = await run('bus', 'publish', lifecycle, 'test.event', '{"note":"hello"}');
        expect(end.exitCode).toBe(0);
        published.push((end.json.at(-1) as { event_id: string }).event_id);
        expect(tail.stdout()).not.toBe('');
      },
      { timeout: 20_000, interval: 50 },
    );
    expect(await tail.ended).toMatchObject({ exitCode: 0 });
    const lines = tail.stdout().trim().split('\n');
    expect(lines).toHaveLength(1);
    const frame = JSON.parse(lines[0]!);
    expect(frame).toMatchObject({ type: 'test.event', channel: lifecycle, data: { note: 'hello' } });
    expect(published).toContain(frame.event_id);
  });

  it('a command ends without a word when its reader has seen enough', async () => {
    const tail = spawnProgram(['bus', 'tail', lifecycle, '--json'], { home });
    await vi.waitFor(
      async () => {
        await run('bus', 'publish', lifecycle, 'test.event');
        expect(tail.stdout()).not.toBe('');
      },
      { timeout: 20_000, interval: 50 },
    );
    tail.process.stdout.destroy();
    await run('bus', 'publish', lifecycle, 'test.event');
    expect(await tail.ended).toEqual({ exitCode: 0, signal: null });
    expect(tail.stderr()).not.toContain('EPIPE');
  });

  it('bus publish refuses what is no event and says why', async () => {
    expect(await run('bus', 'publish', lifecycle, 'test.event', '{oops')).toMatchObject({ exitCode: 2 });
    expect(await run('bus', 'publish', 'Not A Channel', 'test.event')).toMatchObject({ exitCode: 2 });
    const unknown = await run('bus', 'publish', 'no.such.channel', 'test.event');
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('no.such.channel')]);
  });

  it('bus trace shows what an event set off, as JSON and as a tree', async () => {
    const published = await run('bus', 'publish', lifecycle, 'test.event');
    const { event_id: eventId } = published.json.at(-1) as { event_id: string };
    const traced = await run('bus', 'trace', eventId);
    const trace = traced.json.at(-1) as { event_id: string; events: object[] };
    expect([trace.event_id, trace.events[0]]).toMatchObject([eventId, { id: eventId, depth: 0 }]);
    const drawn = await runProgram(['bus', 'trace', eventId], { home });
    expect(drawn.stdout).toContain(`test.event  ${lifecycle}`);
    expect((await run('bus', 'trace', 'cor_none')).exitCode).toBe(4);
  });

  it('dlq lists a dead letter, shows it whole, gives it back, and discards it', async () => {
    const command = {
      command: 'research',
      campaign_id: 'cmp_none',
      positioning: 'p',
      personas: [],
      budget: null,
      timeline: { starts_on: '2026-01-01', ends_on: null },
      deadline: 60,
      agent_codes: ['RES-999'],
    };
    const publish = await run('bus', 'publish', research, 'lord_command', JSON.stringify(command));
    expect(publish.exitCode).toBe(0);
    const { event_id: eventId } = publish.json.at(-1) as { event_id: string };
    const client = createClient({ baseUrl: server.url, token: server.token });
    const letters = (): Promise<{ items: { id: string; event: { id: string } | null }[] }> =>
      client.bus.deadLetters({ query: { channel: research } });
    await vi.waitFor(async () => expect((await letters()).items).toHaveLength(1), {
      timeout: 20_000,
      interval: 50,
    });
    const listed = (await run('dlq', 'list', '--channel', research)).json.at(-1) as {
      items: { id: string }[];
    };
    expect(listed.items).toMatchObject([{ original_channel: research, event: { id: eventId } }]);
    const [first] = listed.items;
    const shown = await run('dlq', 'show', first!.id);
    expect(shown.json.at(-1)).toMatchObject({
      id: first!.id,
      error: { message: expect.stringContaining('RES-999') },
    });
    expect((await run('dlq', 'show', 'evt_none')).exitCode).toBe(4);
    const redriven = await run('dlq', 'redrive', first!.id);
    expect(redriven.json.at(-1)).toEqual({ count: 1 });
    // It fails in the same way, so it comes back as a new letter.
    await vi.waitFor(
      async () => {
        const ids = (await letters()).items.map((letter) => letter.id);
        expect(ids).toHaveLength(1);
        expect(ids).not.toContain(first!.id);
      },
      { timeout: 20_000, interval: 50 },
    );
    expect((await run('dlq', 'discard')).exitCode).toBe(2);
    expect((await run('dlq', 'discard', '--channel', research)).json.at(-1)).toEqual({ count: 1 });
    expect((await letters()).items).toEqual([]);
    expect((await run('dlq', 'list', '--reason', 'bad_mood')).exitCode).toBe(2);
  });

  it('dlq list and show tell who answered whom in a loop', async () => {
    const client = createClient({ baseUrl: server.url, token: server.token });
    await client.proofs.loop();
    const listed = await vi.waitUntil(
      async () => {
        const found = (await run('dlq', 'list', '--reason', 'loop_detected')).json.at(-1) as {
          items: { id: string; chain: { agent_id: string }[] }[];
        };
        return found.items.length === 2 && found.items;
      },
      { timeout: 30_000 },
    );
    const [first] = listed;
    expect(first?.chain.map((link) => link.agent_id).slice(0, 2)).toEqual(['PROOF-PING', 'PROOF-PONG']);
    const drawn = await runProgram(['dlq', 'list', '--reason', 'loop_detected'], { home });
    expect(drawn.stdout).toMatch(/evt_\S+: a loop of \d+ events, .*PROOF-PING → PROOF-PONG.* \(refused\)/);
    const shown = await runProgram(['dlq', 'show', first!.id], { home });
    expect(shown.stdout).toMatch(/ {2}1 {2}proof_turn by PROOF-PING {2}evt_/);
  });

  it('campaign list, show and export answer for nothing as for nothing', async () => {
    expect((await run('campaign', 'list')).json.at(-1)).toMatchObject({ items: [] });
    const shown = await run('campaign', 'show', 'cmp_none');
    expect(shown).toMatchObject({ exitCode: 4, json: [{ error: { code: 'not_found' } }] });
    const exported = await run('campaign', 'export', '../../secret');
    expect(exported.exitCode).toBeGreaterThan(0);
    expect(existsSync(join(home, 'exports'))).toBe(false);
  });

  it('metrics list and query show what was measured, in words and as JSON', async () => {
    const names = async (): Promise<unknown[]> =>
      ((await run('metrics', 'list')).json.at(-1) as { data: { name: string }[] }).data.map(
        ({ name }) => name,
      );
    await expect.poll(names, { timeout: 20_000 }).toContain('http_requests');
    const query = async (): Promise<CommandEnd> =>
      run('metrics', 'query', 'http_requests', '--installation', '--last', '15m');
    const points = async (): Promise<number> =>
      ((await query()).json.at(-1) as { data: { points: unknown[] }[] }).data.length;
    await expect.poll(points, { timeout: 20_000 }).toBeGreaterThan(0);
    const shown = await runProgram(['metrics', 'query', 'http_requests', '--installation'], { home });
    expect(shown.stdout).toContain('Series');
    const wrong = await run('metrics', 'query', 'http_requests', '--last', 'yesterday');
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('15m')]);
  });

  it('alerts tells what fires, tries rules on the past, tries notifiers, and silences', async () => {
    expect((await run('alerts', 'list')).json.at(-1)).toMatchObject({ data: [], total: 0 });
    const rules = (await run('alerts', 'rules', '--installation')).json.at(-1) as {
      data: { name: string }[];
    };
    const names = rules.data.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(5);
    const tried = await run('alerts', 'backtest', names[0] ?? '', '--installation', '--last', '1h');
    expect(tried).toMatchObject({ exitCode: 0, json: [{ firings: expect.any(Number) }] });
    const file = join(root, 'rule.json');
    writeFileSync(
      file,
      JSON.stringify({ name: 'many', metric: 'http_requests', condition: 'gt', threshold: 1e9 }),
    );
    const fromFile = await runProgram(['alerts', 'backtest', file, '--installation'], { home });
    expect([fromFile.exitCode, fromFile.stdout]).toEqual([0, expect.stringContaining('fired 0 times')]);
    const unknown = await run('alerts', 'backtest', 'unheard_of');
    expect([unknown.exitCode === 0, unknown.stderr]).toEqual([false, expect.stringContaining('.json')]);

    expect((await run('alerts', 'test')).json.at(-1)).toMatchObject({
      data: [
        { notifier: 'log', delivered: true },
        { notifier: 'bus', delivered: true },
      ],
    });
    expect((await run('alerts', 'silence', 'severity=info')).exitCode).toBe(2);
    expect(
      (await run('alerts', 'silence', 'severity=info', '--comment', 'A trial.', '--for', '30m')).json.at(-1),
    ).toMatchObject({ comment: 'A trial.', matchers: [{ label: 'severity', op: 'eq', value: 'info' }] });
    const maintenance = await runProgram(['alerts', 'maintenance'], { home });
    expect(maintenance.stdout).toContain('No maintenance');
    expect((await run('alerts', 'history')).json.at(-1)).toMatchObject({ data: [] });
  });

  it('reset refuses while the server has the directory', async () => {
    const end = await run('reset', '--yes');
    expect(end).toMatchObject({ exitCode: 5, json: [{ error: { code: 'directory_locked' } }] });
    expect(existsSync(join(home, 'raptorflow.db'))).toBe(true);
  });
});

describe('commands without a server', () => {
  let root = '';
  let home = '';
  const run = (...args: string[]): Promise<CommandEnd> => runProgram(args, { home });
  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-commands-'));
    home = join(root, 'home');
  });
  afterAll(() => rmSync(root, { recursive: true, force: true }));

  it('explain themselves, and wrong words are refused with what to type', async () => {
    const help = await run('help');
    expect([help.exitCode, help.stderr]).toEqual([0, '']);
    for (const name of ['up', 'campaign run', 'dlq redrive', 'doctor']) expect(help.stdout).toContain(name);
    expect((await run('bus', 'publish', '--help')).stdout).toContain('--dedupe-key');
    for (const words of [['fly'], ['campaign', 'fly'], ['status', '--fast'], ['campaign', 'show']]) {
      const end = await run(...words, '--json');
      expect([words, end.exitCode, end.json]).toMatchObject([
        words,
        2,
        [{ error: { code: 'invalid_input', message: expect.stringContaining('See: raptorflow') } }],
      ]);
    }
  });

  it('say which version runs, and help for a group of commands is an answer', async () => {
    expect(await run('--version')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    });
    expect(await run('campaign', '--help')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('campaign export'),
    });
    expect((await run('campaign')).exitCode).toBe(2);
    const unknown = await run('--nothing');
    expect([unknown.exitCode, unknown.stderr]).toEqual([2, expect.stringContaining('"--nothing"')]);
  });

  it('an address where nobody answers, or that is none, is told apart from a fault of the program', async () => {
    const away = { RAPTORFLOW_URL: 'http://127.0.0.1:1', RAPTORFLOW_TOKEN: 'x' };
    const end = await runProgram(['campaign', 'list'], { home, env: away });
    expect(end.exitCode).toBe(7);
    expect(end.stderr.trim().split('\n')).toEqual([expect.stringContaining('cannot be reached')]);
    const none = await runProgram(['status'], { home, env: { ...away, RAPTORFLOW_URL: 'nonsense' } });
    expect(none.exitCode).toBe(2);
  });

  it('status and bus tail say that no server runs, and how to start one', async () => {
    for (const words of [['status'], ['bus', 'tail']]) {
      const end = await run(...words);
      expect(end.exitCode).toBe(7);
      expect(end.stderr).toContain('npm start');
    }
    expect(existsSync(home)).toBe(false);
  });

  it('doctor names what is broken and how to mend it', async () => {
    const end = await runProgram(['doctor', '--json'], { home, env: { PORT: 'eighty' } });
    expect(end.exitCode).toBe(7);
    const broken = { check: 'configuration', verdict: 'broken', remedy: expect.any(String) };
    expect(end.json).toEqual([
      {
        error: expect.objectContaining({
          details: {
            healthy: false,
            findings: expect.arrayContaining([expect.objectContaining(broken)]),
          },
        }),
      },
    ]);
  });

  it('token works on the stores of the directory, and reset takes away what the program stored and nothing else', async () => {
    const made = await run('token', '--json');
    expect(made.exitCode).toBe(0);
    expect(made.json.at(-1)).toMatchObject({ token: expect.any(String) });
    writeFileSync(join(home, 'mine.txt'), 'keep me');
    const asked = await run('reset');
    expect([asked.exitCode, existsSync(join(home, 'raptorflow.db'))]).toEqual([2, true]);
    const reset = await run('reset', '--yes', '--json');
    expect(reset).toMatchObject({ exitCode: 0, json: [{ deleted: true, home }] });
    expect(readdirSync(home).filter((name) => name.includes('.db'))).toEqual([]);
    for (const name of ['secret', 'server.json']) expect(existsSync(join(home, name)), name).toBe(false);
    expect(existsSync(join(home, 'mine.txt'))).toBe(true);
  });
});
