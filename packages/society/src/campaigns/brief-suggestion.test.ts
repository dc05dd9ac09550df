import type { Dispatcher, DocumentSource } from '@raptorflow/runtime';
import { describe, expect, it } from 'vitest';
import { suggestBrief, type BriefSuggestion } from './brief-suggestion.ts';

const text =
  'Lantern is a light for winter riders. The budget is €4,000. The campaign ends on 3 March 2027. We post on Reddit.';
const source: DocumentSource = { documentId: 'doc_1', title: 'Notes', mediaType: 'text/plain', text };

const cited = (value: string, quote: string, documentId = 'doc_1'): object => ({
  value,
  citation: { documentId, quote },
});

/** What becomes of a model's answer. */
async function suggestionFrom(answer: object): Promise<BriefSuggestion> {
  const dispatcher: Pick<Dispatcher, 'dispatchJson'> = {
    dispatchJson: async (request, schema) => {
      expect(request).toMatchObject({ workspaceId: 'ws', model: 'research', sources: [source] });
      return { value: schema.parse(answer), offline: false, model: 'some-model' } as never;
    },
  };
  return suggestBrief(
    { workspaceId: 'ws', documentIds: ['doc_1', 'doc_1'] },
    { dispatcher, documents: { sources: async () => [source] } },
  );
}

describe('a brief suggested by a model', () => {
  it('keeps the values whose quotes stand in the documents, with those quotes', async () => {
    const { brief, findings, model } = await suggestionFrom({
      product: cited('Lantern', 'Lantern is a light for winter riders.'),
      audience: [cited('winter riders who ride at night', 'a light for winter riders')],
      channels: [cited('reddit', 'We post on Reddit.'), cited('carrier pigeon', 'We post on Reddit.')],
      deadline: cited('2027-03-03', 'ends on 3 March 2027'),
    });
    expect(model).toEqual({ offline: false, label: 'some-model' });
    expect(brief).toEqual({
      name: 'Lantern',
      product: 'Lantern',
      personas: [{ name: 'winter riders', role: 'winter riders who ride at night', pains: [] }],
      channels: ['reddit'],
      deadline: '2027-03-03',
    });
    for (const { citations } of findings) {
      expect(citations.map(({ start, end }) => text.slice(start, end))).toEqual(
        citations.map(({ quote }) => quote),
      );
    }
  });

  it('drops invented quotes, numbers that the quote lacks, and days it does not name', async () => {
    const { brief, findings, unanswered } = await suggestionFrom({
      product: cited('Lantern', 'Lantern is the best light of all'),
      positioning: cited('Lantern, with 90 days of light', 'a light for winter riders'),
      competitors: [cited('Glowworm', 'We post on Reddit.', 'doc_2')],
      deadline: cited('2027-03-31', 'ends on 3 March 2027'),
    });
    expect(brief).toEqual({});
    expect(findings).toEqual([]);
    expect(unanswered.map(({ field }) => field)).toEqual([
      'product',
      'positioning',
      'personas',
      'competitors',
      'goals',
      'channels',
      'budget_usd',
      'deadline',
    ]);
  });

  it('quotes a budget in another currency, and leaves its conversion to a person', async () => {
    const { brief, findings, unanswered } = await suggestionFrom({
      budget: cited('€4,000', 'The budget is €4,000.'),
    });
    expect(brief.budgetUsd).toBeUndefined();
    expect(findings).toMatchObject([{ field: 'budget_usd', value: '€4,000' }]);
    expect(unanswered).toContainEqual({ field: 'budget_usd', reason: expect.stringContaining('US dollars') });
  });
});
