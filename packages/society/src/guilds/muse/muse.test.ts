import { isRaptorFlowError } from 'raptorflow/kernel';
import { rosterAgent } from '../../rosters/index.ts';
import { describe, expect, it } from 'vitest';
import { cite, finding, smallBrief, smallSynthesis, smallWarBrief } from '../../testing/small-campaign.ts';
import { positioningClauses } from '../../campaigns/positioning.ts';
import { platformIds, reviewContent, weighForX, type PlatformId } from '../../guardians/index.ts';
import { offlineMark, type AskModel } from '../ask-model.ts';
import { groundDraft } from './drafting.ts';
import { contentOf, createAsset, gatherMaterial, type Asset, type MuseContext } from './index.ts';
import { standAlone } from './material.ts';

const warBrief = smallWarBrief();
const noModel: AskModel = async () => expect.unreachable('the offline model is not asked to write');
const context = (more: Partial<MuseContext> = {}): MuseContext => ({
  brief: smallBrief,
  warBrief,
  ask: noModel,
  model: offlineMark,
  signal: new AbortController().signal,
  ...more,
});
const make = (channel: PlatformId, more: Partial<MuseContext> = {}): Promise<Asset> =>
  createAsset(channel, context(more));

describe('skeletons', () => {
  it('are made for every channel in two variants, from sentences of the documents', async () => {
    const sentences = new Set(
      Object.values(gatherMaterial(warBrief, smallBrief))
        .flat()
        .map((piece) => piece.text),
    );
    for (const channel of platformIds) {
      const asset = await make(channel);
      expect(asset.variants.map((variant) => variant.id)).toEqual([`${channel}-a`, `${channel}-b`]);
      for (const { blocks } of asset.variants) {
        for (const block of blocks.filter((entry) => entry.citations.length > 0)) {
          expect(sentences).toContain(block.text);
        }
      }
    }
  });

  it('pass their own guardians but for what only a person can supply', async () => {
    for (const channel of platformIds) {
      for (const variant of (await make(channel)).variants) {
        const review = reviewContent(contentOf(channel, variant, warBrief, smallBrief));
        expect(review.findings.filter((entry) => entry.severity === 'rejection')).toEqual([]);
        expect(variant.agreed).toBe(true);
      }
    }
  });

  it('fit a post on X, and name the link that is missing', async () => {
    for (const variant of (await make('x')).variants) {
      expect(weighForX(variant.text)).toBeLessThanOrEqual(260);
      expect(variant.gaps).toEqual(['link for the call to action']);
    }
  });

  it('quote people word for word under their names, and nobody twice', async () => {
    const [variant] = (await make('blog')).variants;
    expect(variant?.text).toContain('> “Cars blinded me with glare every evening” — Mira Holt, nurse');
    expect(variant?.text.split('Mira Holt')).toHaveLength(2);
  });

  it('give an e-mail a subject, a preheader and a way to unsubscribe', async () => {
    const [variant] = (await make('email')).variants;
    expect(variant?.lines.subject?.text).toBe('The bicycle light that does not blind');
    expect(variant?.lines.preheader?.text.length).toBeLessThanOrEqual(110);
    expect(variant?.gaps).toContain('link to unsubscribe');
  });

  it('differ in the idea they open with', async () => {
    const [problem, proof] = (await make('linkedin')).variants;
    expect(problem?.blocks[0]?.text).toContain('Cars blinded me');
    expect(proof?.blocks[0]?.text).toContain('60 percent');
  });

  it('name what the documents lack instead of filling it', async () => {
    const empty = { ...smallSynthesis, findings: [], facts: [], answers: [], contradictions: [] };
    const [variant] = (await make('blog', { warBrief: smallWarBrief(empty) })).variants;
    expect(variant?.gaps).toContain('a figure or test from the documents');
    expect(variant?.citations).toEqual([]);
  });

  it('never use what is disputed, outdated or the client’s own business', () => {
    const sentence = (text: string): Parameters<typeof standAlone>[0] => ({
      text,
      citations: ['c1'],
      subject: null,
      standing: 'stated',
      speaker: null,
    });
    expect(standAlone(sentence('The budget for the campaign is large.'))).toBeUndefined();
    expect(standAlone(sentence('It leans on the sentence before.'))).toBeUndefined();
    expect(standAlone(sentence('Plan: Team; Price: $19; Users: 5'))).toBeUndefined();
    expect(standAlone(sentence('Spare parts are kept for ten years'))).toBe(
      'Spare parts are kept for ten years.',
    );
    const disputed = smallSynthesis.findings.map((entry) => ({ ...entry, standing: 'disputed' as const }));
    const material = gatherMaterial(smallWarBrief({ ...smallSynthesis, findings: disputed }), smallBrief);
    expect([...material.claims, ...material.offers, ...material.prices]).toEqual([]);
  });

  it('go back to the table when a rule is broken, and keep the history', async () => {
    const boast = 'The best light in the world ends glare for winter riders.';
    const findings = [
      ...smallSynthesis.findings,
      finding('It shines for 40 hours.', 'product/value', {
        statement: boast,
        relevance: 0.99,
        citations: [cite('It shines for 40 hours.')],
      }),
    ];
    const [variant] = (await make('linkedin', { warBrief: smallWarBrief({ ...smallSynthesis, findings }) }))
      .variants;
    expect(variant?.history[0]?.text).toContain(boast);
    expect(variant?.history[0]?.opinions.find((opinion) => opinion.agentCode === 'LORD-006')).toMatchObject({
      passed: false,
      score: null,
      findings: expect.arrayContaining([expect.objectContaining({ rule: 'superlative_without_proof' })]),
    });
    expect(variant?.history[0]?.changes[0]).toMatch(/^superlative_without_proof: replaced/u);
    expect(variant?.text).not.toContain(boast);
    expect(variant?.agreed).toBe(true);
  });

  it('are the same for the same brief, and stop when cancelled', async () => {
    expect(await make('blog')).toEqual(await make('blog'));
    await expect(make('x', { signal: AbortSignal.abort() })).rejects.toSatisfy((error: unknown) =>
      isRaptorFlowError(error, 'cancelled'),
    );
  });

  it('take headlines from the clauses of the positioning', () => {
    expect(
      positioningClauses('The monitor you run yourself: one small binary, and alarms you can believe.'),
    ).toEqual(['The monitor you run yourself', 'One small binary', 'Alarms you can believe']);
  });
});

describe('drafts of a generative model', () => {
  const glare = warBrief.citations.find((citation) => citation.quote.includes('60 percent'));
  const good = {
    role: 'claim',
    text: 'Glare fell by 60 percent in a test with 12 riders.',
    citations: [glare?.id],
  };
  const action = { role: 'action', text: 'Try Lantern: [gap: link]', citations: [] };
  const model = { offline: false, label: 'claude-test' };

  function writer(scores: readonly number[]): { ask: AskModel; steps: string[]; prompts: string[] } {
    const steps: string[] = [];
    const prompts: string[] = [];
    let graded = 0;
    const ask: AskModel = async (step, request) => {
      steps.push(step);
      prompts.push(request.instructions);
      if (step.endsWith(':draft')) {
        const blocks = [
          { role: 'hook', text: 'Cars blind riders.', citations: [glare?.id] },
          good,
          { role: 'proof', text: 'Nine of ten riders buy it.', citations: [glare?.id] },
          { role: 'claim', text: 'Nobody proves this.', citations: [] },
          action,
        ];
        return request.schema.parse({ blocks });
      }
      const score = scores[Math.min(Math.floor(graded++ / 3), scores.length - 1)] ?? 10;
      return request.schema.parse({ score, reasons: score < 8 ? ['Too dry.'] : [] });
    };
    return { ask, steps, prompts };
  }

  it('lose every block that cites nothing or holds a number that no quote holds', () => {
    const asked = {
      title: '99 lights',
      blocks: [good, { role: 'claim', text: 'Ninety percent.', citations: [glare?.id] }, action],
    };
    const draft = groundDraft(asked as Parameters<typeof groundDraft>[0], warBrief, smallBrief);
    expect(draft.blocks.map((block) => block.role)).toEqual(['claim', 'action']);
    expect(draft.lines.title?.text).toBe('Lantern');
  });

  it('are accepted when the whole panel gives eight or more', async () => {
    const { ask, steps } = writer([9]);
    const { variants } = await make('linkedin', { ask, model });
    expect(variants[0]).toMatchObject({ agreed: true });
    expect(variants[0]?.text).not.toMatch(/Nine of ten|Nobody proves/u);
    expect(variants[0]?.history).toHaveLength(1);
    expect(variants[0]?.history[0]?.opinions.map((opinion) => [opinion.agentCode, opinion.score])).toEqual([
      ['MUS-026', 9],
      ['RES-004', 9],
      ['LORD-006', 9],
    ]);
    expect(new Set(steps).size).toBe(steps.length);
  });

  it('go back below eight with the reasons, at most three versions', async () => {
    const { ask, steps, prompts } = writer([5, 5, 5, 5, 5, 5]);
    const { variants } = await make('linkedin', { ask, model });
    expect(variants.map((variant) => [variant.agreed, variant.history.length])).toEqual([
      [false, 3],
      [false, 3],
    ]);
    expect(steps.filter((step) => step.endsWith(':draft'))).toHaveLength(6);
    expect(prompts.some((prompt) => prompt.includes('The panel sent it back:\n- Too dry.'))).toBe(true);
  });

  it('follow the prompts of the workspace, not those that the roster began with', async () => {
    const { ask, prompts } = writer([9]);
    const mine = new Map([['LORD-006', 'Be strict about our tone.']]);
    await make('linkedin', { ask, model, prompts: mine });
    expect(prompts.some((prompt) => prompt.startsWith('Be strict about our tone.\n\nGrade'))).toBe(true);
    expect(prompts.some((prompt) => prompt.includes(rosterAgent('LORD-006')?.systemPrompt ?? '?'))).toBe(
      false,
    );
  });
});
