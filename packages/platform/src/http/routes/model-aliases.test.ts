import { createModelServer, type ModelServer } from '@raptorflow/rig';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerAgentRoutes } from './agents.ts';
import { registerCampaignRoutes } from './campaigns.ts';
import { registerChatRoutes } from './chat.ts';
import { registerDispatchRoutes } from './dispatch.ts';
import { registerModelRoutes } from './models.ts';

const haiku = 'anthropic:claude-haiku-5-5';
const luna = 'openai:gpt-6-luna';
const rates = { input: 1_000_000, cachedInput: 100_000, cacheWrite: 1_000_000, output: 5_000_000 };
const clock = createFakeClock(Date.UTC(2026, 10, 28, 12));
const fastOf = (body: Answer['body']): unknown =>
  body.aliases.find((one: { alias: string }) => one.alias === 'fast');

let server: ModelServer;
let world: RouteWorld;

beforeAll(async () => {
  server = createModelServer({
    prices: { 'claude-haiku-5-5': rates, 'claude-sonnet-5-5': rates, 'gpt-6-luna': rates },
    answer: () => ({ text: 'Good morning.' }),
  });
  await server.start();
  const baseUrl = `${server.url}/v1`;
  world = await openRouteWorld({
    clock,
    models: { anthropic: { apiKey: 'k', baseUrl }, openai: { apiKey: 'k', baseUrl } },
  });
  const { campaigns } = world.society;
  registerModelRoutes(world.app, { ...world.guard, ...world, clock });
  registerAgentRoutes(world.app, { ...world.guard, ...world, clock });
  registerDispatchRoutes(world.app, { ...world.guard, ...world, campaigns });
  registerChatRoutes(world.app, { ...world.guard, ...world, clock, newId: (prefix) => `${prefix}-1` });
  registerCampaignRoutes(world.app, {
    ...world.guard,
    ...world,
    campaigns,
    identity: { getUser: async (id) => ({ id, email: null, displayName: 'Ada', operator: false }) as never },
    clock,
  });
});
afterAll(async () => {
  await world.stop();
  await server.stop();
});

const list = async (role = 'viewer'): Promise<Answer['body']> =>
  (await world.send(role, 'GET', '/api/v1/models')).body;
const set = (alias: string, body: unknown, role = 'admin'): Promise<Answer> =>
  world.send(role, 'PUT', `/api/v1/models/aliases/${alias}`, body);
const unset = (alias: string, role = 'admin'): Promise<Answer> =>
  world.send(role, 'DELETE', `/api/v1/models/aliases/${alias}`);
const ask = (body: object): Promise<Answer> =>
  world.send('member', 'POST', '/api/v1/dispatch', {
    messages: [{ role: 'user', content: 'Hello' }],
    max_output_tokens: 50,
    cache: false,
    ...body,
  });

beforeEach(async () => {
  server.faults.clear();
  for (const { alias, setting } of await world.modelSettings.list(home)) {
    if (setting) await world.modelSettings.unset(home, alias);
  }
});

describe('the aliases of a workspace', () => {
  it('are shown to everybody in it and set by its admins', async () => {
    expect(fastOf(await list())).toEqual({
      alias: 'fast',
      model: haiku,
      reason: null,
      own_model: null,
      installed_model: haiku,
      own_fallbacks: [],
      fallbacks: [],
    });
    const changed = await set('fast', { model: 'gpt-6-luna', fallbacks: ['standard'] });
    expect([changed.status, changed.body]).toEqual([
      200,
      {
        alias: 'fast',
        model: luna,
        reason: null,
        own_model: 'gpt-6-luna',
        installed_model: haiku,
        own_fallbacks: ['standard'],
        fallbacks: [{ model: 'standard', reason: null }],
      },
    ]);
    expect(fastOf(await list())).toEqual(changed.body);
    for (const role of ['viewer', 'member']) {
      expect([
        (await set('fast', { model: haiku }, role)).status,
        (await unset('fast', role)).status,
      ]).toEqual([403, 403]);
    }
    expect((await unset('fast')).body).toEqual({ alias: 'fast', model: haiku });
    expect((await unset('fast')).status).toBe(404);
  });

  it('are of that workspace alone', async () => {
    await set('fast', { model: luna });
    await set('writer', { model: luna });
    const { aliases } = await list('outsider');
    expect(aliases.map((one: Record<string, unknown>) => [one['alias'], one['own_model']])).toEqual([
      ['fast', null],
      ['standard', null],
      ['heavy', null],
      ['research', null],
    ]);
  });

  it('are recorded with what they were and what they are, refusals too', async () => {
    await set('fast', { model: luna });
    await set('fast', { fallbacks: [haiku] });
    await set('fast', { model: 'gemini-3.8-flash' });
    await unset('fast');
    const { items } = await world.audit.query(home, { action: 'models.aliases.changed', limit: 8 });
    const outcomes = items
      .filter((row) => row.phase === 'outcome')
      .map((row) => [row.outcome, row.target?.id, JSON.parse(row.payload ?? 'null')]);
    const said = (model: string | null, ...fallbacks: string[]) => ({ model, fallbacks });
    expect(outcomes.toReversed()).toEqual([
      ['ok', 'fast', { before: null, after: said(luna) }],
      ['ok', 'fast', { before: said(luna), after: said(luna, haiku) }],
      [
        'refused',
        'fast',
        { error: { code: 'model_unknown', message: expect.stringContaining('GOOGLE_CLOUD_PROJECT') } },
      ],
      ['ok', 'fast', { before: said(luna, haiku), after: null }],
    ]);
    expect((await world.audit.verify(home)).ok).toBe(true);
  });

  it('are refused with what there is when a model cannot be called', async () => {
    const unknown = await set('fast', { model: 'anthropic:claude-9' });
    expect([unknown.status, unknown.body.error]).toEqual([
      422,
      {
        code: 'price_unknown',
        message: expect.stringMatching(/Models that can: offline, .*anthropic:claude-haiku-5-5/),
        details: expect.objectContaining({ choices: expect.arrayContaining([haiku, luna]) }),
      },
    ]);
    expect((await set('fast', { model: 'gemini-3.8-flash' })).status).toBe(422);
    for (const body of [{}, { model: '' }, { model: haiku, extra: 1 }, { fallbacks: Array(6).fill(haiku) }]) {
      expect([body, (await set('fast', body)).status]).toEqual([body, 422]);
    }
  });

  it('stay while an agent works with them', async () => {
    await set('writer', { model: luna });
    await world.send('admin', 'PATCH', '/api/v1/agents/MUS-001', { model: 'writer' });
    const kept = await unset('writer');
    expect([kept.status, kept.body.error]).toMatchObject([
      409,
      { code: 'conflict', message: 'MUS-001 works with "writer"; give them another model first.' },
    ]);
    await world.send('admin', 'PATCH', '/api/v1/agents/MUS-001', { model: 'standard' });
    expect((await unset('writer')).body).toEqual({ alias: 'writer', model: null });
  });
});

describe('what is asked by an alias', () => {
  it('goes to the model that it stands for from the next call on', async () => {
    expect((await ask({ model: 'fast' })).body).toMatchObject({
      provider: 'anthropic',
      model: 'claude-haiku-5-5',
    });
    await set('fast', { model: luna });
    expect((await ask({ model: 'fast' })).body).toMatchObject({ provider: 'openai', model: 'gpt-6-luna' });
    const chat = await world.send('member', 'POST', '/v1/chat/completions', {
      model: 'fast',
      messages: [{ role: 'user', content: 'Hello' }],
      max_tokens: 50,
    });
    expect(chat.body).toMatchObject({ model: 'gpt-6-luna' });
  });

  it('goes to the workspace’s fallback when the first provider fails', async () => {
    await set('fast', { fallbacks: [luna] });
    server.faults.rule(({ model }) =>
      model === 'claude-haiku-5-5' ? { kind: 'status', status: 503 } : undefined,
    );
    expect((await ask({ model: 'fast' })).body).toMatchObject({
      model: 'gpt-6-luna',
      fell_back_from: ['claude-haiku-5-5'],
    });
    expect((await ask({ model: 'fast', fallbacks: [] })).status).toBe(503);
  });

  it('is listed at the OpenAI door as this workspace has it', async () => {
    await set('writer', { model: 'heavy' });
    const ids = async (role: string): Promise<string[]> =>
      (await world.send(role, 'GET', '/v1/models')).body.data.map((one: { id: string }) => one.id);
    expect(await ids('viewer')).toEqual(
      expect.arrayContaining(['fast', 'writer', 'offline', 'gpt-6-luna', 'claude-haiku-5-5']),
    );
    expect(await ids('outsider')).not.toContain('writer');
    expect(await ids('viewer')).not.toContain('gemini-3.8-flash');
  });

  it('decides what a campaign may cost at most', async () => {
    const content = 'A Lantern costs $49. It shines for 40 hours.';
    const { id } = await world.documents.add(home, { title: 'Notes', content, mediaType: 'text/plain' });
    const estimate = async (): Promise<{ upper_bound_usd: string; model: unknown }> => {
      const brief = { name: 'Lantern', product: 'Lantern', positioning: 'A light.', channels: ['x'] };
      const { body, status } = await world.send('member', 'POST', '/api/v1/campaigns/estimate', {
        brief,
        document_ids: [id],
      });
      expect([status, body]).toEqual([200, expect.anything()]);
      return body;
    };
    await set('writer', { model: 'anthropic:claude-opus-5-5' });
    await world.send('admin', 'PATCH', '/api/v1/agents/MUS-005', { model: 'writer' });
    const dear = await estimate();
    await set('writer', { model: luna });
    expect(Number((await estimate()).upper_bound_usd)).toBeLessThan(Number(dear.upper_bound_usd));
    await world.send('admin', 'PATCH', '/api/v1/agents/MUS-005', { model: 'standard' });
    const before = await estimate();
    for (const alias of ['fast', 'standard', 'heavy']) await set(alias, { model: luna });
    const cheaper = await estimate();
    expect(Number(cheaper.upper_bound_usd)).toBeLessThan(Number(before.upper_bound_usd));
    for (const alias of ['fast', 'standard', 'heavy']) await set(alias, { fallbacks: [haiku] });
    expect(Number((await estimate()).upper_bound_usd)).toBeGreaterThan(Number(cheaper.upper_bound_usd));
    for (const alias of ['fast', 'standard', 'heavy', 'research'])
      await set(alias, { model: 'offline', fallbacks: [] });
    expect((await estimate()).upper_bound_usd).toBe('0.000000');
  });
});
