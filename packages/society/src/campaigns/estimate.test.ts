import {
  createEstimator,
  createModelCatalog,
  createPrices,
  type Agent,
  type Agents,
  type ModelCatalogOptions,
} from '@raptorflow/runtime';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it } from 'vitest';
import { offlineMark } from '../guilds/ask-model.ts';
import { statementBytesMax } from '../guilds/muse/index.ts';
import { societyRoster } from '../rosters/index.ts';
import { smallBrief, smallDocuments } from '../testing/small-campaign.ts';
import { estimateCampaign, type CampaignEstimate } from './estimate.ts';

const agents: Pick<Agents, 'list'> = { list: async () => societyRoster as unknown as Agent[] };

function estimate(
  options: ModelCatalogOptions,
  changes: Partial<typeof smallBrief> = {},
): Promise<CampaignEstimate> {
  const models = createModelCatalog(options);
  const isOffline = models.resolve('research').provider.name === 'offline';
  const clock = createFakeClock(Date.UTC(2026, 10, 20));
  return estimateCampaign(
    { workspaceId: 'wsp_1', brief: { ...smallBrief, ...changes }, documentIds: ['doc_notes', 'doc_talks'] },
    {
      agents,
      documents: { sources: async () => smallDocuments.map((one) => ({ ...one, mediaType: 'text/plain' })) },
      modelMark: async () => (isOffline ? offlineMark : { offline: false, label: 'a model' }),
      estimator: createEstimator({}, { models, prices: createPrices(), clock }),
    },
  );
}

const anthropic = { anthropic: { apiKey: 'key' } };

describe('the estimate of a campaign', () => {
  it('is nothing with the offline model, and says which stages ask it', async () => {
    const { model, stages } = await estimate({});
    expect(model.offline).toBe(true);
    expect(stages.map(({ stage, mostMicroUsd }) => [stage, mostMicroUsd])).toEqual([
      ['research', 0],
      ['war_brief', 0],
      ['assets', 0],
    ]);
    expect(stages[0]?.questions).toBeGreaterThan(5);
    // Skeletons are made of the documents' own sentences: nothing is asked for them.
    expect(stages[2]?.questions).toBe(0);
  });

  it('counts every question that the stages may ask: three rounds of a draft and three grades, two variants a channel', async () => {
    const { stages } = await estimate(anthropic);
    const offline = await estimate({});
    expect(stages[0]?.questions).toBe(offline.stages[0]?.questions);
    expect(stages[1]?.questions).toBe(2);
    expect(stages[2]).toMatchObject({ agents: 4, questions: 4 * 2 * 3 * (1 + 3) });
    // Each may be repaired once, and each of both tried three times.
    for (const stage of stages) expect(stage.callsMax).toBe(stage.questions * 6);
  });

  it('is bounded below by a try and above by everything that can go wrong, and grows with what is read and written', async () => {
    const full = await estimate(anthropic);
    for (const stage of full.stages) {
      expect(stage.firstMicroUsd).toBeGreaterThan(0);
      expect(stage.mostMicroUsd).toBeGreaterThan(6 * stage.firstMicroUsd);
    }
    const one = await estimate(anthropic, { channels: ['x'] });
    expect(one.stages[2]?.mostMicroUsd).toBeLessThan((full.stages[2]?.mostMicroUsd ?? 0) / 3);
    // A draft may rest on as many statements as fit, so they are counted before there are any: $3 a million bytes in.
    expect(one.stages[2]?.firstMicroUsd).toBeGreaterThan(6 * statementBytesMax * 2);
  });

  it('refuses like the call itself where a model has no price', async () => {
    const own = 'openai:my-model';
    const aliases = { fast: own, standard: own, heavy: own, research: own };
    await expect(estimate({ openai: { baseUrl: 'http://127.0.0.1:9/v1' }, aliases })).rejects.toMatchObject({
      code: 'price_unknown',
    });
  });
});
