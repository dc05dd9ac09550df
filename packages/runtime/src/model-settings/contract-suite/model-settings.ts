import { isRaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../db/index.ts';
import { createPrices } from '../../dispatch/index.ts';
import { createModelCatalog } from '../../models/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import {
  createModelSettings,
  type ChangedAlias,
  type ModelSettings,
  type ModelSettingsOptions,
} from '../model-settings.ts';
import { modelSettingsMigrations, modelSettingsTables } from '../tables.ts';

const haiku = 'anthropic:claude-haiku-5-5';
const sonnet = 'anthropic:claude-sonnet-5-5';
const opus = 'anthropic:claude-opus-5-5';

/** What the aliases of a workspace promise, on either engine. */
export function modelSettingsSuite(open: OpenDatabase): void {
  let db: Database;
  let clock: FakeClock;
  let settings: ModelSettings;

  const settingsWith = (options: ModelSettingsOptions = {}, anthropic = true): ModelSettings =>
    createModelSettings(options, {
      db,
      clock,
      models: createModelCatalog(anthropic ? { anthropic: { apiKey: 'k' } } : {}),
      prices: createPrices(),
    });
  const meaning = async (alias: string, of = settings, workspace = 'ws_a'): Promise<unknown> => {
    const { mapping, fallbacks } = await of.aliasesOf(workspace);
    return [mapping[alias] ?? null, fallbacks.get(alias) ?? []];
  };
  const refusal = async (changing: Promise<ChangedAlias>): Promise<unknown> =>
    changing.then(
      () => 'nothing',
      (error: unknown) => (isRaptorFlowError(error) ? `${error.code}: ${error.message}` : error),
    );

  beforeEach(async () => {
    db = await open({ tables: [modelSettingsTables], migrations: [modelSettingsMigrations] });
    clock = createFakeClock(Date.UTC(2026, 10, 28));
    settings = settingsWith();
  });

  describe('an alias', () => {
    it('is set, changed field by field and unset, and each change says what was and what is', async () => {
      expect(await settings.set('ws_a', 'fast', { model: sonnet, fallbacks: [haiku, 'offline'] })).toEqual({
        alias: 'fast',
        before: null,
        after: { model: sonnet, fallbacks: [haiku, 'offline'] },
      });
      expect(await meaning('fast')).toEqual([sonnet, [haiku, 'offline']]);
      expect(await settings.set('ws_a', 'fast', { model: opus })).toMatchObject({
        before: { model: sonnet },
        after: { model: opus, fallbacks: [haiku, 'offline'] },
      });
      await settings.set('ws_a', 'fast', { fallbacks: [] });
      expect(await meaning('fast')).toEqual([opus, []]);
      expect(await settings.unset('ws_a', 'fast')).toMatchObject({ before: { model: opus }, after: null });
      expect(await meaning('fast')).toEqual([null, []]);
      expect(await refusal(settings.unset('ws_a', 'fast'))).toMatch(/^not_found.*it sets none/);
    });

    it('may keep the installation’s meaning and only get fallbacks, and is the installation’s again without them', async () => {
      await settings.set('ws_a', 'heavy', { fallbacks: ['fast'] });
      expect(await meaning('heavy')).toEqual([null, ['fast']]);
      expect(await settings.set('ws_a', 'heavy', { fallbacks: [] })).toMatchObject({ after: null });
      expect(await refusal(settings.unset('ws_a', 'heavy'))).toMatch(/^not_found/);
    });

    it('may be the workspace’s own, and stand for another, whose fallbacks it then has', async () => {
      await settings.set('ws_a', 'heavy', { fallbacks: ['standard', 'offline'] });
      await settings.set('ws_a', 'writer', { model: 'heavy' });
      await settings.set('ws_a', 'embedding', { model: haiku });
      expect(await meaning('writer')).toEqual(['heavy', ['standard', 'offline']]);
      const list = await settings.list('ws_a');
      expect(
        list.map(({ alias, installed, lead }) => [alias, installed, lead.callable && lead.modelId]),
      ).toEqual([
        ['fast', haiku, 'claude-haiku-5-5'],
        ['standard', sonnet, 'claude-sonnet-5-5'],
        ['heavy', opus, 'claude-opus-5-5'],
        ['research', sonnet, 'claude-sonnet-5-5'],
        ['embedding', null, 'claude-haiku-5-5'],
        ['writer', null, 'claude-opus-5-5'],
      ]);
      expect(list.at(-1)).toMatchObject({
        setting: { model: 'heavy', fallbacks: [] },
        fallbacks: [{ name: 'standard', lead: { callable: true } }, { name: 'offline' }],
      });
    });

    it('is of its workspace alone', async () => {
      await settings.set('ws_a', 'fast', { model: opus });
      expect(await meaning('fast', settings, 'ws_b')).toEqual([null, []]);
      await settings.set('ws_b', 'fast', { model: sonnet });
      expect([await meaning('fast'), await meaning('fast', settings, 'ws_b')]).toEqual([
        [opus, []],
        [sonnet, []],
      ]);
    });
  });

  describe('a change is refused', () => {
    it('for a model that cannot be called here, with those that can', async () => {
      const cases = [
        ['mystery', /^model_unknown: "mystery" cannot be called here.*offline, anthropic:claude-/],
        ['gemini-3.8-flash', /^model_unknown.*GOOGLE_CLOUD_PROJECT.*Models that can: offline, /],
        ['anthropic:claude-9', /^price_unknown.*has no price.*Models that can: offline, anthropic:claude-/],
      ] as const;
      for (const [model, expected] of cases) {
        expect(await refusal(settings.set('ws_a', 'fast', { model }))).toMatch(expected);
        expect(await refusal(settings.set('ws_a', 'fast', { fallbacks: [model] }))).toMatch(expected);
      }
      expect(await meaning('fast')).toEqual([null, []]);
    });

    it('for a circle, for a model that would be asked twice, and for names that are none', async () => {
      await settings.set('ws_a', 'writer', { model: 'heavy' });
      expect(await refusal(settings.set('ws_a', 'heavy', { model: 'writer' }))).toMatch(
        /^model_unknown.*in a circle \(heavy → writer → heavy\)/,
      );
      expect(await refusal(settings.set('ws_a', 'fast', { model: 'fast' }))).toMatch(
        /circle \(fast → fast\)/,
      );
      expect(await refusal(settings.set('ws_a', 'fast', { fallbacks: [sonnet, 'standard'] }))).toMatch(
        /^invalid_input: "standard" and "anthropic:claude-sonnet-5-5" are the same model/,
      );
      expect(await refusal(settings.set('ws_a', 'fast', { fallbacks: ['claude-haiku-5-5'] }))).toMatch(
        /"claude-haiku-5-5" and "fast" are the same model/,
      );
      for (const alias of [
        'offline',
        'anthropic',
        'claude-haiku-5-5',
        'gpt-next',
        'Writer',
        '9lives',
        'a b',
        'x'.repeat(41),
      ]) {
        expect([alias, await refusal(settings.set('ws_a', alias, { model: haiku }))]).toEqual([
          alias,
          expect.stringMatching(/^invalid_input/),
        ]);
      }
      for (const model of ['', 'two words', 'x'.repeat(201), 'zero\0byte']) {
        expect(await refusal(settings.set('ws_a', 'fast', { model }))).toMatch(
          /^invalid_input.*no name of a model/s,
        );
      }
      expect(await refusal(settings.set('ws_a', 'painter', { fallbacks: [haiku] }))).toMatch(
        /^invalid_input.*say which model/,
      );
    });

    it('beyond the limits on fallbacks and aliases', async () => {
      const six = [haiku, sonnet, opus, 'offline', 'claude-opus-5', 'claude-haiku-4-5'];
      expect(await refusal(settings.set('ws_a', 'fast', { fallbacks: six }))).toMatch(/at most 5/);
      const small = settingsWith({ aliasesPerWorkspaceMax: 2 });
      await small.set('ws_a', 'one', { model: haiku });
      await small.set('ws_a', 'two', { model: haiku });
      expect(await refusal(small.set('ws_a', 'three', { model: haiku }))).toMatch(/^exhausted.*at most 2/);
      await small.set('ws_a', 'two', { model: opus });
      await small.unset('ws_a', 'one');
      await small.set('ws_a', 'three', { model: haiku });
    });

    it('when another alias would no longer lead anywhere', async () => {
      await settings.set('ws_a', 'writer', { model: opus });
      await settings.set('ws_a', 'editor', { model: 'writer' });
      expect(await refusal(settings.unset('ws_a', 'writer'))).toMatch(/^conflict.*"editor" needs "writer"/);
      await settings.set('ws_a', 'editor', { model: haiku, fallbacks: ['writer'] });
      expect(await refusal(settings.unset('ws_a', 'writer'))).toMatch(/^conflict.*"editor" needs "writer"/);
      await settings.unset('ws_a', 'editor');
      await settings.unset('ws_a', 'writer');
    });
  });

  describe('of many who change at once', () => {
    it('every change is there in the end', async () => {
      const names = Array.from({ length: 8 }, (_, index) => `own-${index}`);
      await Promise.all(names.map((alias) => settings.set('ws_a', alias, { model: haiku })));
      const { mapping } = await settings.aliasesOf('ws_a');
      expect(Object.keys(mapping).toSorted()).toEqual(names);
    });

    it('no two make a circle together', async () => {
      await settings.set('ws_a', 'one', { model: haiku });
      await settings.set('ws_a', 'two', { model: haiku });
      const both = await Promise.all([
        refusal(settings.set('ws_a', 'one', { model: 'two' })),
        refusal(settings.set('ws_a', 'two', { model: 'one' })),
      ]);
      expect(both.toSorted()).toEqual([expect.stringMatching(/circle/), 'nothing']);
    });
  });

  describe('a change is felt', () => {
    it('at once where it was made, and within five seconds in another process', async () => {
      const elsewhere = settingsWith();
      expect([await meaning('fast'), await meaning('fast', elsewhere)]).toEqual([
        [null, []],
        [null, []],
      ]);
      await settings.set('ws_a', 'fast', { model: opus });
      expect(await meaning('fast')).toEqual([opus, []]);
      expect(await meaning('fast', elsewhere)).toEqual([null, []]);
      await clock.advance(5_000);
      expect(await meaning('fast', elsewhere)).toEqual([opus, []]);
    });

    it('by a process without the provider: the fallback is left out of calls and said to be missing', async () => {
      await settings.set('ws_a', 'fast', { model: 'offline', fallbacks: [opus] });
      const bare = settingsWith({}, false);
      expect(await meaning('fast', bare)).toEqual(['offline', []]);
      const [fast] = await bare.list('ws_a');
      expect(fast?.fallbacks).toMatchObject([
        { name: opus, lead: { callable: false, error: { code: 'missing_configuration' } } },
      ]);
    });
  });
}
