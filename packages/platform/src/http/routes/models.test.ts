import type { ModelCatalogOptions } from '@raptorflow/runtime';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it } from 'vitest';
import { openRouteWorld } from '../testing/route-world.ts';
import { registerModelRoutes } from './models.ts';

interface Listed {
  readonly aliases: { alias: string; model: string }[];
  readonly items: {
    id: string;
    provider: string;
    available: boolean;
    reason: string | null;
    price: unknown;
  }[];
}

async function list(models: ModelCatalogOptions): Promise<Listed> {
  const world = await openRouteWorld({ clock: createFakeClock(Date.UTC(2026, 10, 21)), models });
  registerModelRoutes(world.app, {
    ...world.guard,
    ...world,
    clock: createFakeClock(Date.UTC(2026, 10, 21)),
  });
  const answer = await world.send('viewer', 'GET', '/api/v1/models');
  await world.stop();
  expect(answer.status).toBe(200);
  return answer.body;
}

describe('models', () => {
  it('without a provider are the offline model, and what to set for the others', async () => {
    const { aliases, items } = await list({});
    expect(aliases).toContainEqual(expect.objectContaining({ alias: 'standard', model: 'offline' }));
    expect(items[0]).toMatchObject({
      id: 'offline',
      provider: 'offline',
      available: true,
      reason: null,
      price: { input_usd_per_million: '0.000000', output_usd_per_million: '0.000000', source: 'runs here' },
    });
    expect(items.filter((model) => model.available)).toHaveLength(1);
    const gemini = items.find((model) => model.id === 'gemini-3.8-flash');
    expect(gemini).toMatchObject({
      provider: 'vertex',
      reason: expect.stringContaining('GOOGLE_CLOUD_PROJECT'),
      price: {
        input_usd_per_million: '0.750000',
        output_usd_per_million: '3.750000',
        long_context: null,
        version: '2026-11-20',
        date: '2026-11-20',
        source: expect.stringMatching(/^https:.*pricing$/),
      },
    });
    const haiku = items.find((model) => model.id === 'claude-haiku-5-5');
    expect(haiku?.price).toMatchObject({
      cached_input_usd_per_million: '0.010000',
      long_context: { above_prompt_tokens: 100_000, output_usd_per_million: '2.500000' },
    });
    expect(items.every((model) => model.available || model.reason !== null)).toBe(true);
  });

  it('of a configured provider are available, each once, at the price of its region', async () => {
    const { aliases, items } = await list({ vertex: { project: 'p', location: 'us-central1' } });
    expect(aliases.find(({ alias }) => alias === 'fast')?.model).toBe('vertex:gemini-3.8-flash');
    const flash = items.filter((model) => model.id === 'gemini-3.8-flash');
    expect(flash).toMatchObject([
      { provider: 'vertex', available: true, price: { input_usd_per_million: '0.825000' } },
    ]);
    expect(new Set(items.map((model) => `${model.provider}:${model.id}`)).size).toBe(items.length);
  });

  it('without a price are not available, since nothing could be reserved for them', async () => {
    const own = 'openai:my-model';
    const { items } = await list({
      openai: { baseUrl: 'http://127.0.0.1:9/v1' },
      aliases: { fast: own, standard: own, heavy: own, research: own },
    });
    expect(items.find((model) => model.id === 'my-model')).toMatchObject({
      provider: 'openai',
      available: false,
      reason: expect.stringContaining('has no price'),
      price: null,
    });
  });
});
