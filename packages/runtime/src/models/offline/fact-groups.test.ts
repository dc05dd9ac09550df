import { describe, expect, test } from 'vitest';
import { createTextEngine } from './engine.ts';
import type { Contradiction } from './results.ts';

const engine = createTextEngine();

async function contradictionsOf(...texts: string[]): Promise<Contradiction[]> {
  const sources = texts.map((text, index) => ({
    documentId: `d${index}`,
    title: `d${index}`,
    mediaType: 'text/markdown' as const,
    text,
  }));
  const subjects = [{ name: 'Orvale', role: 'own' as const }];
  return (await engine.run({ task: 'find_contradictions', sources, subjects })).contradictions;
}

const valuesOf = (found: readonly Contradiction[]): string[][] =>
  found.map((row) => row.statements.map((statement) => statement.value));

const byFirst = ([left = '']: string[], [right = '']: string[]): number => left.localeCompare(right, 'en');

describe('values that contradict each other', () => {
  test('a term named by one word in two documents, and for nobody in particular, is one thing', async () => {
    const found = await contradictionsOf(
      '# Orvale\n\nOrvale comes with a 5-year warranty. A deposit of €90 per person is due at booking.\n',
      '# Notes\n\nSales in Canada still promise a 3-year warranty in their emails.\n\nThe website shows a deposit of €70 per person.\n',
    );
    expect(valuesOf(found).toSorted(byFirst)).toEqual([
      ['€90 per person', '€70 per person'],
      ['5-year', '3-year'],
    ]);
    expect(found.map((row) => row.preferred)).toEqual([undefined, undefined]);
  });

  test('what is said to be for somebody, and shares, are each their own', async () => {
    const found = await contradictionsOf(
      '# Orvale\n\nThere is a deposit of €90 for guests. A discount of 20 % goes to nurses.\n',
      '# Notes\n\nThere is a deposit of €15 for skis. A discount of 10 % goes to subscribers.\n',
    );
    expect(found).toEqual([]);
  });

  test('an old value of something else is no contradiction though both are called by one word', async () => {
    const now = '# Orvale\n\nThe deposit is $35.\n';
    expect(
      await contradictionsOf(now, '# Old sheet (outdated)\n\nIn the store the deposit was $5, bags too.\n'),
    ).toEqual([]);
    expect(valuesOf(await contradictionsOf(now, '# Old sheet (outdated)\n\nThe deposit was $25.\n'))).toEqual(
      [['$35', '$25']],
    );
  });

  test('a part of a whole does not contradict the whole', async () => {
    const found = await contradictionsOf(
      '# Orvale\n\nIn our test Orvale booked 300 receipts.\n\n## Old test\n\nIn our test Orvale booked 74 of 300 receipts.\n',
    );
    expect(found).toEqual([]);
  });

  test('an old price is set against the new one even in a list in which every word is frequent', async () => {
    const size = 51;
    const word = (kind: string, at: number): string =>
      `${kind}${String.fromCodePoint(97 + Math.floor(at / 26), 97 + (at % 26))}o`;
    const rows: string[] = [];
    for (let shape = 0; shape < size; shape += 1)
      for (let tone = 0; tone < size; tone += 1)
        rows.push(`| ${word('bol', shape)} ${word('kar', tone)} | $${1_000 + shape * size + tone} |`);
    const last = `${word('bol', size - 1)} ${word('kar', size - 1)}`;
    const found = await contradictionsOf(
      `# Orvale prices\n\n| Part | Price |\n|--|--|\n${rows.join('\n')}\n`,
      `# Old prices (superseded)\n\n| Part | Price |\n|--|--|\n| ${last} | $7 |\n`,
    );
    expect(valuesOf(found)).toEqual([[`$${1_000 + size * size - 1}`, '$7']]);
  }, 30_000);
});
