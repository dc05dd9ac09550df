import { describe, expect, test } from 'vitest';
import { builtInPrices } from '../dispatch/index.ts';
import { createModelCatalog, modelAliases, type ModelCatalog, type ModelCatalogOptions } from './catalog.ts';

const nameOf = (catalog: ModelCatalog, name: string, mapping = {}): string => {
  const { provider, modelId, region } = catalog.resolve(name, mapping);
  return `${provider.name}:${modelId}${region === null ? '' : `@${region}`}`;
};

const vertex = { project: 'p' };
const anthropic = { apiKey: 'k' };
const openai = { apiKey: 'k' };

describe('an alias', () => {
  test('stands for the offline model as long as nothing is configured', () => {
    const catalog = createModelCatalog();
    for (const alias of modelAliases) expect(nameOf(catalog, alias)).toBe('offline:offline');
    expect(catalog.providers()).toEqual(['offline']);
  });

  test('stands for models of the first configured provider, all of them with a price', () => {
    const configurations: ModelCatalogOptions[] = [
      { vertex, anthropic, openai },
      { anthropic, openai },
      { openai },
    ];
    const priced = new Set(builtInPrices.models.flatMap((price) => price.models));
    const first = configurations.map((options) => {
      const catalog = createModelCatalog(options);
      for (const alias of modelAliases) expect(priced).toContain(catalog.resolve(alias).modelId);
      return nameOf(catalog, 'heavy');
    });
    expect(first).toEqual([
      'vertex:claude-sonnet-5-5@us-central1',
      'anthropic:claude-opus-5-5',
      'openai:gpt-6-sol',
    ]);
  });

  test('is what the installation says, and before that what the workspace says', () => {
    const catalog = createModelCatalog({
      vertex: { ...vertex, location: 'global' },
      aliases: { fast: 'gemini-2.5-flash' },
    });
    expect(nameOf(catalog, 'fast')).toBe('vertex:gemini-2.5-flash@global');
    expect(nameOf(catalog, 'fast', { fast: 'offline' })).toBe('offline:offline');
    expect(nameOf(catalog, 'standard', { fast: 'offline' })).toBe('vertex:gemini-4-argon@global');
    expect(catalog.aliases({ fast: 'offline' })).toMatchObject({ fast: 'offline' });
  });

  test("of another server's models has to be given, and the message says so", () => {
    const catalog = createModelCatalog({ openai: { baseUrl: 'http://127.0.0.1:11434/v1' } });
    expect(() => catalog.resolve('fast')).toThrow(/There is no model "fast".*openai:<model id>, offline/);
    expect(nameOf(catalog, 'fast', { fast: 'llama4:8b' })).toBe('openai:llama4:8b');
  });

  test('may stand for another, but neither in a circle nor without end', () => {
    const catalog = createModelCatalog({ anthropic });
    expect(nameOf(catalog, 'writer', { writer: 'heavy' })).toBe('anthropic:claude-opus-5-5');
    expect(nameOf(catalog, 'writer', { writer: 'heavy', heavy: 'offline' })).toBe('offline:offline');
    expect(() => catalog.resolve('fast', { fast: 'heavy', heavy: 'fast' })).toThrow(
      /in a circle \(fast → heavy → fast\)/,
    );
    const row = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`a${at}`, `a${at + 1}`]));
    expect(() => catalog.resolve('a0', { ...row, a6: 'offline' })).toThrow(/more than 5 steps/);
    expect(nameOf(catalog, 'a2', { ...row, a6: 'offline' })).toBe('offline:offline');
  });

  test('of the house that stands for nothing is no model of another server, and nothing inherited is an alias', () => {
    const catalog = createModelCatalog({ openai: { baseUrl: 'http://127.0.0.1:11434/v1' } });
    expect(() => catalog.resolve('embedding')).toThrow(/There is no model "embedding"/);
    expect(() => catalog.resolve('writer', { writer: 'embedding' })).toThrow(/"embedding"/);
    expect(nameOf(catalog, 'constructor')).toBe('openai:constructor');
  });
});

describe('a model id', () => {
  test('goes to the provider of its family, or to the one in front of it', () => {
    const catalog = createModelCatalog({ vertex, anthropic, openai });
    expect(nameOf(catalog, 'gemini-3.8-flash')).toBe('vertex:gemini-3.8-flash@us-central1');
    expect(nameOf(catalog, 'claude-sonnet-5-5')).toBe('anthropic:claude-sonnet-5-5');
    expect(nameOf(catalog, 'vertex:claude-sonnet-5-5')).toBe('vertex:claude-sonnet-5-5@us-central1');
    expect(nameOf(createModelCatalog({ vertex }), 'claude-sonnet-5-5')).toBe(
      'vertex:claude-sonnet-5-5@us-central1',
    );
    expect(nameOf(catalog, 'meta/llama-4')).toBe('openai:meta/llama-4');
    expect(nameOf(catalog, 'offline')).toBe('offline:offline');
  });

  test.each([
    ['gemini-3.8-flash', 'GOOGLE_CLOUD_PROJECT'],
    ['claude-sonnet-5-5', 'ANTHROPIC_API_KEY'],
    ['gpt-6-sol', 'OPENAI_API_KEY'],
    ['anthropic:claude-9', 'ANTHROPIC_API_KEY'],
  ])('of a provider that is not configured (%s) names the variable to set', (model, variable) => {
    expect(() => createModelCatalog().resolve(model)).toThrow(variable);
  });

  test('that nobody has is refused with the choices', () => {
    expect(() => createModelCatalog({ anthropic }).resolve('mystery')).toThrow(
      /fast \(anthropic:claude-haiku-5-5\).*anthropic:<model id>, offline/,
    );
  });
});

test('options that are not understood are refused', () => {
  expect(() => createModelCatalog({ openai: {} })).toThrow(/needs apiKey or baseUrl/);
});
