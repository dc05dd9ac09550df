import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@raptorflow/client';
import {
  createModelServer,
  runProgram,
  startProgramServer,
  type CommandEnd,
  type ModelServer,
  type RunningServer,
} from '@raptorflow/rig';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const rates = { input: 1_000_000, cachedInput: 100_000, cacheWrite: 1_000_000, output: 5_000_000 };
const [sol, luna] = ['openai:gpt-6-sol', 'openai:gpt-6-luna'];

// The program itself with a provider behind it: what a command changes is what the next call of a client does.
describe('the aliases of a workspace, from the command line', () => {
  let root = '';
  let home = '';
  let provider: ModelServer;
  let server: RunningServer;
  let client: Client;
  const run = (...args: string[]): Promise<CommandEnd> => runProgram(['models', ...args, '--json'], { home });
  const called = async (model: string): Promise<unknown> => {
    const answer = await client.dispatch.dispatch({
      body: { model, messages: [{ role: 'user', content: 'Hello' }], max_output_tokens: 50, cache: false },
    });
    return [answer.model, answer.fell_back_from];
  };
  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'raptorflow-models-'));
    home = join(root, 'home');
    provider = createModelServer({
      prices: { 'gpt-6-sol': rates, 'gpt-6-luna': rates },
      answer: () => ({ text: 'Good morning.' }),
    });
    await provider.start();
    const env = { OPENAI_BASE_URL: `${provider.url}/v1`, OPENAI_API_KEY: 'key', OPENAI_MODEL: 'gpt-6-sol' };
    server = await startProgramServer({ home, env });
    client = createClient({ baseUrl: server.url, token: server.token });
  });
  afterAll(async () => {
    await server.stop();
    await provider.stop();
    rmSync(root, { recursive: true, force: true });
  });

  it('are set, listed and unset, and the next call goes where they lead', async () => {
    expect(await called('fast')).toEqual(['gpt-6-sol', []]);
    const set = await run('set', 'fast', luna);
    expect([set.exitCode, set.json.at(-1)]).toEqual([
      0,
      expect.objectContaining({ alias: 'fast', model: luna, own_model: luna, installed_model: sol }),
    ]);
    expect(await called('fast')).toEqual(['gpt-6-luna', []]);
    await run('set', 'writer', 'fast');
    expect(await called('writer')).toEqual(['gpt-6-luna', []]);
    const { stdout } = await runProgram(['models', 'list'], { home });
    expect(stdout).toMatch(/fast +openai:gpt-6-luna +workspace/);
    expect(stdout).toMatch(/writer +fast \(openai:gpt-6-luna\) +workspace/);
    expect(stdout).toMatch(/heavy +openai:gpt-6-sol +installation/);
    expect(stdout).toMatch(/offline +offline/);
    expect((await run('unset', 'writer')).json.at(-1)).toEqual({ alias: 'writer', model: null });
    expect((await run('unset', 'fast')).json.at(-1)).toEqual({ alias: 'fast', model: sol });
    expect(await called('fast')).toEqual(['gpt-6-sol', []]);
  });

  it('have fallbacks, which answer when the model does not', async () => {
    const set = await runProgram(['models', 'set', 'heavy', '--fallback', `${luna}, offline`], { home });
    expect(set.stdout).toContain(`heavy stands for ${sol}; when it does not answer, ${luna}, then offline.`);
    provider.faults.rule(({ model }) =>
      model === 'gpt-6-sol' ? { kind: 'status', status: 503 } : undefined,
    );
    expect(await called('heavy')).toEqual(['gpt-6-luna', ['gpt-6-sol']]);
    provider.faults.clear();
    expect((await run('set', 'heavy', '--fallback', 'none')).json.at(-1)).toMatchObject({ fallbacks: [] });
  });

  it('are refused with what there is, each kind with its exit code', async () => {
    const cases: [args: string[], exitCode: number, says: string][] = [
      [['set', 'fast', 'gemini-3.8-flash'], 2, 'GOOGLE_CLOUD_PROJECT'],
      [['set', 'fast', 'openai:unpriced'], 2, `Models that can: offline, `],
      [['set', 'fast', '--fallback', 'heavy'], 2, 'are the same model'],
      [['set', 'fast'], 2, '--fallback MODEL,MODEL'],
      [['unset', 'nothing'], 4, 'says nothing of the alias "nothing"'],
    ];
    for (const [args, exitCode, says] of cases) {
      const end = await run(...args);
      expect([args, end.exitCode, end.stderr]).toEqual([args, exitCode, expect.stringContaining(says)]);
    }
    const { items } = await client.audit.list({ query: { action: 'models.aliases.changed' } });
    expect(items.map((row) => row.outcome)).toEqual(expect.arrayContaining(['ok', 'refused']));
  });
});
