import { describe, expect, test } from 'vitest';
import { createTextEngine } from './engine.ts';
import type { Fact } from './results.ts';

const engine = createTextEngine();

async function factsOf(...texts: string[]): Promise<Fact[]> {
  const sources = texts.map((text, index) => ({
    documentId: `d${index}`,
    title: `d${index}`,
    mediaType: 'text/markdown' as const,
    text,
  }));
  const subjects = [
    { name: 'Orvale', role: 'own' as const },
    { name: 'Tarnbeck', role: 'competitor' as const },
  ];
  return (await engine.run({ task: 'find_facts', sources, subjects })).facts;
}

const valuesOf = (facts: readonly Fact[], standing = 'stated'): string[] =>
  facts.filter((fact) => fact.standing === standing).map((fact) => fact.value);

const byFirst = ([left = '']: string[], [right = '']: string[]): number => left.localeCompare(right, 'en');

describe('what documents say of their own sentences', () => {
  test('a remark on one figure marks its paragraph and leaves the rest of the document', async () => {
    const facts = await factsOf(
      '# Notes on Tarnbeck\n\nTarnbeck costs $59 per month.\n\nThe old pump ran for 74 hours. This figure is outdated.\n\nA driver saw 12 lorries. Do not use it.\n',
    );
    expect(valuesOf(facts)).toEqual(['$59 per month']);
  });

  test('a remark on all of it marks the section', async () => {
    const facts = await factsOf(
      '# Orvale\n\n## Plan of spring\n\nA price of $24 was meant.\n\nNone of this was adopted.\n\n## Now\n\nOrvale costs $30.\n',
    );
    expect(valuesOf(facts)).toEqual(['$30']);
  });

  test.each([
    'Until 2024 the report came on Fridays and cost $15.',
    'The first model was sold until 2024 and ran for 15 hours.',
    'In the autumn our rate card still said $15.',
    'The first pump used to last for 15 hours.',
  ])('"%s" is outdated', async (text) => {
    expect(valuesOf(await factsOf(`# Orvale\n\n${text}\n`))).toEqual([]);
  });

  test.each([
    'Until 2028 the price is $15 and will not rise.',
    'In March Orvale moved 24 sounds that used to be free behind a subscription.',
  ])('"%s" still holds', async (text) => {
    expect(valuesOf(await factsOf(`# Orvale\n\n${text}\n`)).length).toBeGreaterThan(0);
  });

  test.each(['Discontinued: the Friday report', 'Earlier model', 'Our old brochure'])(
    'what stands under "%s" is outdated',
    async (heading) => {
      const facts = await factsOf(`# Orvale\n\nOrvale costs $30.\n\n## ${heading}\n\nIt cost $15.\n`);
      expect(valuesOf(facts)).toEqual(['$30']);
    },
  );

  test('a chapter on a competitor does not make the document his', async () => {
    const facts = await factsOf(
      '# Market memo\n\nThere are 91,000 bakeries.\n\n## Tarnbeck in short\n\nThe contract runs for 12 months.\n\n## What was tried\n\nThe stand brought 51 contacts.\n',
    );
    expect(facts.map(({ value, subject }) => [value, subject]).toSorted(byFirst)).toEqual([
      ['12 months', 'Tarnbeck'],
      ['51', 'Orvale'],
      ['91,000', 'Orvale'],
    ]);
  });
});

describe('what concerns nobody outside', () => {
  const others = [
    '# Orvale\n\nOrvale is a pump for gardens. It costs $300 and needs no service.\n',
    '# Tarnbeck\n\nTarnbeck is a pump as well. It costs $280.\n',
  ];

  test('a paragraph of a letter on a party is left out, the rest of the letter stays', async () => {
    const facts = await factsOf(
      ...others,
      '# Letter to dealers\n\nFor every new dealer Orvale pays $150.\n\nThe summer gathering is on 12 June: lunch is included, and a room costs $95.\n',
    );
    expect(valuesOf(facts)).toContain('$150');
    expect(valuesOf(facts)).not.toContain('$95');
  });

  test('a section that merely speaks of something new stays', async () => {
    const facts = await factsOf(
      ...others,
      '# Minutes\n\n## Advertising\n\nThe newsletter reaches 5,300 families; the last issue brought 74 bookings. Radio brought six bookings, and the blog Nestwind sent 38.\n',
    );
    expect(valuesOf(facts)).toEqual(expect.arrayContaining(['5,300', '74']));
  });
});

describe('answers', () => {
  test.each([
    ['How long does the battery last?', '22 hours'],
    ['How quickly are the books closed?', '5th of the next month'],
  ])('%s', async (question, part) => {
    const text =
      '# Orvale\n\n| Spec | Value |\n|--|--|\n| Battery | 22 hours |\n\nThe books of a month are closed by the 5th of the next month.\n\nOrvale weighs 3 kg and stands in the garden.\n';
    const { answers } = await engine.run({
      task: 'answer_questions',
      sources: [{ documentId: 'd', title: 'd', mediaType: 'text/markdown', text }],
      subjects: [{ name: 'Orvale', role: 'own' }],
      questions: [{ id: 'q', text: question }],
    });
    expect(answers[0]?.answer ?? answers[0]?.reason).toContain(part);
  });
});
