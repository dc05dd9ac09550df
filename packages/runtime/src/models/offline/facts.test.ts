import { describe, expect, test } from 'vitest';
import { createTextEngine } from './engine.ts';
import type { Fact } from './results.ts';
import type { SourceText } from './tasks.ts';

const engine = createTextEngine();
const subjects = [
  { name: 'Orvale', role: 'own' as const },
  { name: 'Tarnbeck', role: 'competitor' as const },
];

async function factsOf(...texts: (string | SourceText)[]): Promise<Fact[]> {
  const sources = texts.map((given, index): SourceText => {
    if (typeof given !== 'string') return given;
    return { documentId: `d${index}`, title: `d${index}`, mediaType: 'text/markdown', text: given };
  });
  return (await engine.run({ task: 'find_facts', sources, subjects })).facts;
}

const html = (text: string): SourceText => ({
  documentId: 'page',
  title: 'page',
  mediaType: 'text/html',
  text,
});

const byFirst = ([left = '']: string[], [right = '']: string[]): number => left.localeCompare(right, 'en');

describe('facts of sentences', () => {
  test('a feature is named by its whole noun phrase and cut at its first verb', async () => {
    const facts = await factsOf(
      '# Orvale\n\nOur matching software reads every receipt.\n\nOrvale works with pumps that are older.\n',
    );
    expect(facts.map((fact) => fact.attribute)).toEqual(
      expect.arrayContaining(['matching software reads', 'Orvale works']),
    );
  });

  test('a heading of two words at the front of a bullet is no feature', async () => {
    const facts = await factsOf('# Orvale\n\n- **Dark mode.** In standby the lamp emits no light at all.\n');
    expect(facts.map((fact) => fact.value)).not.toContain('Dark mode.');
    expect(facts).toHaveLength(1);
  });

  test('what somebody asks is not said', async () => {
    const facts = await factsOf(
      '# Orvale\n\nVisitors ask whether the basic plan is free.\n\nThe school plan is free, whether large or small.\n\nIf we are late, the month is free.\n',
    );
    expect(facts.filter((fact) => fact.value === 'free').map((fact) => fact.plain)).toEqual([
      'The school plan is free, whether large or small.',
      'If we are late, the month is free.',
    ]);
  });

  test('a small number in words weighs less than a count', async () => {
    const facts = await factsOf('# Orvale\n\nOrvale has two buttons and 48 nozzles.\n');
    const weight = (value: string): number => facts.find((fact) => fact.value === value)?.weight ?? 0;
    expect(weight('two')).toBeGreaterThan(0);
    expect(weight('48')).toBeGreaterThan(weight('two'));
  });

  test('a hyphenated term is named by the noun behind it', async () => {
    const [fact] = await factsOf('# Orvale\n\nOrvale comes with a 5-year warranty.\n');
    expect(fact).toMatchObject({ attribute: 'warranty', value: '5-year' });
  });

  test('a line that tells who wrote a paper, when and with which wishes is no fact', async () => {
    const facts = await factsOf(
      '# Orvale\n\nChecked on 8 January 2027 against their shop.\n\nVersion of 14 January 2027.\n\nField phase: 5 to 27 February 2026.\n\nBest wishes from all 30 of us.\n\nValid from 1 March 2027.\n\nOrvale costs $300, valid from 1 March 2027.\n',
    );
    expect(new Set(facts.map((fact) => fact.plain))).toEqual(
      new Set(['Orvale costs $300, valid from 1 March 2027.']),
    );
  });

  test('what a change log repaired is worth less than what it brought', async () => {
    const facts = await factsOf(
      '# Orvale changes\n\n- Fixed: the pump stopped after 40 hours.\n- New: the pump runs for 60 hours.\n',
    );
    expect(facts.map((fact) => fact.value)).toEqual(['60 hours', '40 hours']);
    expect(facts[1]?.weight).toBeLessThan((facts[0]?.weight ?? 0) * 0.7);
  });
});

describe('facts of tables', () => {
  test.each([
    ['Markdown', '# Memo\n\n## Tarnbeck\n\n|  | Orvale | Tarnbeck |\n|--|--|--|\n| Nozzles | 19 | 33 |\n'],
    [
      'HTML without header cells',
      html(
        '<h1>Memo</h1><h2>Tarnbeck</h2><table><tr><td></td><td>Orvale</td><td>Tarnbeck</td></tr><tr><td>Nozzles</td><td>19</td><td>33</td></tr></table>',
      ),
    ],
  ])('each column of a comparison speaks of the product it names: %s', async (_kind, source) => {
    const facts = await factsOf(source);
    expect(facts.map(({ subject, value }) => [subject, value]).toSorted(byFirst)).toEqual([
      ['Orvale', '19'],
      ['Tarnbeck', '33'],
    ]);
  });

  test('only the first row of a table without header cells can be its header', async () => {
    const facts = await factsOf(
      html(
        '<h1>Orvale</h1><table><tr><td>Nozzles</td><td>19</td></tr><tr><td>Colour</td><td>green</td></tr></table>',
      ),
    );
    expect(facts.map(({ attribute, value }) => [attribute, value]).toSorted(byFirst)).toEqual([
      ['Colour', 'green'],
      ['Nozzles', '19'],
    ]);
  });

  test('a term and its definition are an attribute and its value', async () => {
    const facts = await factsOf(
      html('<h1>Orvale</h1><dl><dt>Payment term</dt><dd>45 days</dd><dt>Margin</dt><dd>42 %</dd></dl>'),
    );
    expect(facts.map(({ attribute, value }) => [attribute, value]).toSorted(byFirst)).toEqual([
      ['Margin', '42 %'],
      ['Payment term', '45 days'],
    ]);
  });
});
