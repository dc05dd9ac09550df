import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { discoverSubjects } from './discovery.ts';
import { takeAllSteps } from './pace.ts';
import { readDocument } from './reader.ts';
import type { SubjectHint } from './tasks.ts';

function discover(texts: readonly string[], title = 'document'): SubjectHint[] {
  const documents = texts.map((text, index) =>
    readDocument({ documentId: `d${index}`, title: `${title} ${index}`, mediaType: 'text/markdown', text }),
  );
  return takeAllSteps(discoverSubjects(documents));
}

const roles = (hints: readonly SubjectHint[]): Record<string, string | undefined> =>
  Object.fromEntries(hints.map(({ name, role }) => [name, role]));

describe('whose a name is', () => {
  test('the rival is told by "vs", "alternative to", "compared with" and "switched from"', () => {
    for (const sentence of [
      'Many look for an alternative to Tarnbeck because of its price.',
      'Compared with Tarnbeck, Solvane needs half the water.',
      'Our comparison shows Solvane vs Tarnbeck in nine kitchens.',
      'Three hotels switched from Tarnbeck to Solvane last year.',
      'Tarnbeck is our closest rival and was founded in 1990.',
    ]) {
      const own = `# Solvane\n\nSolvane is a dishwasher for hotels. We repair Solvane for ten years. ${sentence}`;
      const other = 'In its brochure Tarnbeck promises much. Nobody has seen Tarnbeck repair anything.';
      expect(roles(discover([own, `# Tarnbeck\n\n${other}`])), sentence).toMatchObject({
        Solvane: 'own',
        Tarnbeck: 'competitor',
      });
    }
  });

  test('products that a column lists beside each other are rivals, and the employers of speakers are customers', () => {
    const hints = discover([
      '# Solvane product sheet\n\nSolvane is a dishwasher for hotels. It saves water at Hotel Ibex every day.',
      '| Product | Stars |\n|---|---|\n| Solvane | 5 |\n| Tarnbeck | 2 |\n| Tarnbeck | 3 |\n\nThe cook of Hotel Ibex knows Tarnbeck. He says that Tarnbeck is loud.',
      '# Talks\n\n> It is quiet.\n>\n> — Uma Frei, cook, Hotel Ibex\n\nThe kitchen of Hotel Ibex has two machines. Nobody in Hotel Ibex washes by hand, and in winter Hotel Ibex is closed. We thank Hotel Ibex for the visit.',
    ]);
    expect(roles(hints)).toMatchObject({ Solvane: 'own', Tarnbeck: 'competitor', 'Hotel Ibex': 'customer' });
  });

  test('people, words of the language and longer forms of a name are no subjects', () => {
    const names = discover([
      '# Solvane pricing\n\nSolvane is a pump. Solvane Cloud is a service. There is a Team plan; the team likes it. Space is a problem.',
      '# Interviews\n\n## 1. Uma Frei, cook, Hotel Ibex\n\n"The pump of Solvane is quiet and good."\n\nUma Frei is a cook. Uma is a friend.',
    ]).map((hint) => hint.name);
    expect(names).toContain('Solvane');
    for (const wrong of ['Solvane Cloud', 'Team', 'There', 'Space', 'Uma', 'Uma Frei'])
      expect(names).not.toContain(wrong);
  });
});

test("in any world the product of one's own papers is one's own, and the subject of the notes is a rival", () => {
  const name = fc.constantFrom(
    'Quillmark',
    'Tarnbeck',
    'Solvane',
    'Ebbright',
    'Norrick',
    'Larkmead',
    'Orvale',
  );
  const kind = fc.constantFrom('pump', 'riding school', 'ticket system', 'bakery oven', 'rental bicycle');
  const ownTitle = fc.constantFrom('product sheet', 'pricing', 'features', 'handbook');
  const foreignTitle = fc.constantFrom('Notes on', 'Competitor notes:', 'Rival watch:', 'Battle card:');
  fc.assert(
    fc.property(
      fc.uniqueArray(name, { minLength: 2, maxLength: 3 }),
      kind,
      ownTitle,
      foreignTitle,
      fc.boolean(),
      ([own = '', ...rivals], what, title, notes, rivalsFirst) => {
        const papers = [
          `# ${own} ${title}\n\n${own} is a ${what} from Kent. We made ${own} for small towns. It costs €40.`,
          `# Talks\n\nCustomers like ${own}. They praise ${own} for its price.`,
        ];
        const others = rivals.map(
          (rival) =>
            `# ${notes} ${rival}\n\n${rival} is a ${what} from Wales. It costs €50. Its owners are proud.`,
        );
        const hints = discover(rivalsFirst ? [...others, ...papers] : [...papers, ...others]);
        expect(hints[0]).toEqual({ name: own, role: 'own' });
        const found = hints.filter((hint) => hint.role === 'competitor').map((hint) => hint.name);
        expect(found.toSorted()).toEqual(rivals.toSorted());
      },
    ),
    { numRuns: 100 },
  );
});
