import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDocument, type ParsedDocument } from './reader.ts';
import type { SourceMediaType, SourceText } from './tasks.ts';

function source(text: string, mediaType: SourceMediaType = 'text/markdown'): SourceText {
  return { documentId: 'd', title: 'Title', mediaType, text };
}

function read(text: string, mediaType: SourceMediaType = 'text/markdown'): ParsedDocument {
  return readDocument(source(text, mediaType));
}

const texts = (document: ParsedDocument): string[] => document.sentences.map((sentence) => sentence.text);

describe('reading sentences', () => {
  test('a full stop inside numbers, abbreviations, initials and addresses ends nothing', () => {
    const text =
      'Dr. J. Harrow of Acme Inc. pays $12.50 per seat, e.g. for 5.5 GB. See https://a.example/x.html?y=1.2 today! No. 19 is late. It costs 1,320.75 EUR approx. per year.';
    expect(texts(read(text))).toEqual([
      'Dr. J. Harrow of Acme Inc. pays $12.50 per seat, e.g. for 5.5 GB.',
      'See https://a.example/x.html?y=1.2 today!',
      'No. 19 is late.',
      'It costs 1,320.75 EUR approx. per year.',
    ]);
  });

  test('markup is removed from the text while the quote stays as it stands', () => {
    const text = 'A **bold** [link](https://x.example/a_b) &amp; `code`\nover two lines. Next one.';
    const document = read(text);
    expect(texts(document)).toEqual(['A bold link & code over two lines.', 'Next one.']);
    const first = document.sentences[0];
    expect(text.slice(first?.start, first?.end)).toBe(
      'A **bold** [link](https://x.example/a_b) &amp; `code`\nover two lines.',
    );
  });

  test('a sentence knows the headings above it', () => {
    const document = read(
      '# One\n\nA first one.\n\n## Two\n\nA second one.\n\n### Three\n\nA third.\n\n## Four\n\nA fourth.',
    );
    expect(document.sentences.map((sentence) => document.sections[sentence.section]?.path)).toEqual([
      ['One'],
      ['One', 'Two'],
      ['One', 'Two', 'Three'],
      ['One', 'Four'],
    ]);
  });

  test('code, comments and front matter are no statements', () => {
    expect(
      texts(read('---\ntitle: x\n---\n\n```\nlet a = 1;\n```\n\n<!-- hidden\nnote -->\n\nVisible text.')),
    ).toEqual(['Visible text.']);
  });

  test('bullets carry the line that leads into them', () => {
    const document = read('Limits of the Free plan:\n\n- 5 monitors\n  on one line\n- 1 page\n');
    expect(document.sentences.slice(1).map((sentence) => [sentence.text, sentence.context?.text])).toEqual([
      ['5 monitors on one line', 'Limits of the Free plan:'],
      ['1 page', 'Limits of the Free plan:'],
    ]);
  });
});

describe('reading tables', () => {
  test('a Markdown row is read with its header and quoted as a row', () => {
    const text = '| Plan | Price |\n|---|---|\n| Team | $12 per user |\n';
    const document = read(text);
    expect(texts(document)).toEqual(['Plan: Team; Price: $12 per user']);
    const row = document.sentences[0];
    expect(text.slice(row?.start, row?.end)).toBe('| Team | $12 per user |');
    expect(text.slice(row?.context?.start, row?.context?.end)).toBe('| Plan | Price |');
  });

  test('a table of properties reads as "name: value"', () => {
    expect(texts(read('| Property | Value |\n|--|--|\n| Weight | 2.9 kg |\n'))).toEqual(['Weight: 2.9 kg']);
  });

  test('CSV is read with any usual delimiter, quoted cells and line breaks inside them', () => {
    const document = read('name;note\nA;"one; two ""three""\nfour five"\n', 'text/csv');
    expect(texts(document)[0]).toBe('name: A; note: one; two "three" four five');
  });

  test('prose in a CSV cell becomes sentences of the person in that row', () => {
    const document = read('reviewer,rating,review\nkim,5,"It just works. Support is kind."\n', 'text/csv');
    const cells = document.sentences.filter((sentence) => sentence.kind === 'cell');
    expect(cells.map((cell) => [cell.text, cell.speaker?.speaker])).toEqual([
      ['It just works.', 'kim'],
      ['Support is kind.', 'kim'],
    ]);
  });
});

describe('reading HTML', () => {
  test('scripts, styles, comments, navigation and page footers are left out', () => {
    const html =
      '<head><title>t</title><style>p{}</style></head><nav><a>Home</a></nav><script>var a="x";</script><!-- no --><h1>Top</h1><p>One &euro;5&nbsp;<b>two</b>.</p><footer>Copyright.</footer>';
    const document = read(html, 'text/html');
    expect(texts(document)).toEqual(['One €5 two.']);
    const only = document.sentences[0];
    expect(html.slice(only?.start, only?.end)).toBe('One &euro;5&nbsp;<b>two</b>.');
    expect(document.sections.at(-1)?.path).toEqual(['Top']);
  });

  test('tables and quotes keep their header and speaker', () => {
    const document = read(
      '<table><tr><th>Plan</th><th>Price</th></tr><tr><td>Team</td><td>$9</td></tr></table><blockquote><p>Great stuff, really.</p><footer>— Ann Lee, CTO</footer></blockquote>',
      'text/html',
    );
    expect(texts(document)).toEqual(['Plan: Team; Price: $9', 'Great stuff, really.']);
    expect(document.sentences[1]?.speaker).toEqual({ speaker: 'Ann Lee', role: 'CTO' });
  });
});

describe('reading speech', () => {
  test('a block quote is spoken by the person named below it', () => {
    const document = read('> We lost a day.\n> Every week.\n>\n> — Maria K., CTO, Kestrel Foods\n');
    expect(document.sentences.map((sentence) => [sentence.text, sentence.speaker])).toEqual([
      ['We lost a day.', { speaker: 'Maria K.', role: 'CTO, Kestrel Foods' }],
      ['Every week.', { speaker: 'Maria K.', role: 'CTO, Kestrel Foods' }],
    ]);
  });

  test('a transcript line is spoken by its label, completed from the heading', () => {
    const document = read(
      'Interview 2: Jo Marsh, owner, Marsh Ltd\n\nLee: How was it?\nJo: Slow at first.\nLee: And now?\nJo: Fine.\n',
      'text/plain',
    );
    expect(
      document.sentences.map((sentence) => [sentence.text, sentence.speaker?.speaker, sentence.isQuestion]),
    ).toEqual([
      ['How was it?', 'Lee', true],
      ['Slow at first.', 'Jo Marsh', false],
      ['And now?', 'Lee', true],
      ['Fine.', 'Jo Marsh', false],
    ]);
  });

  test('whole sentences in quotation marks are speech; a quoted word is not', () => {
    const document = read(
      '## 1. Jo Marsh, owner, Marsh Ltd\n\nOn cost she said: "It was far too dear. We left." The "old" tool is gone.',
    );
    expect(document.sentences.map((sentence) => [sentence.kind, sentence.text])).toEqual([
      ['quote', 'It was far too dear.'],
      ['quote', 'We left.'],
      ['sentence', 'The "old" tool is gone.'],
    ]);
  });
});

const piece = fc.constantFrom(
  '# ',
  '## ',
  '- ',
  '  - ',
  '1. ',
  '> ',
  '> — Ann, CTO',
  '| a | b |',
  '|---|---|',
  '```',
  '---',
  '===',
  '**',
  '_',
  '`',
  '[x](y)',
  '![i](j)',
  '<b>',
  '</b>',
  '<table><tr><td>',
  '</td></tr>',
  '<blockquote>',
  '<script>',
  '</script>',
  '<!--',
  '-->',
  '&nbsp;',
  '&#8364;',
  '&',
  '"',
  '“',
  '”',
  'Ann: ',
  'Dr. ',
  'e.g. ',
  '$12.50 per user',
  '1,500',
  '12 %',
  ' ',
  '\n',
  '\n\n',
  '\r\n',
  '\t',
  ',',
  ';',
  'word ',
  'The team is fast. ',
  'Is it? ',
  '\u00a0',
  'é',
  '💩',
  '\u0301',
  '\ufeff',
);
const soup = fc.oneof(
  fc.array(piece, { maxLength: 60 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const anyType = fc.constantFrom<SourceMediaType>('text/markdown', 'text/plain', 'text/html', 'text/csv');

describe('any text at all', () => {
  test('is read without an error into ordered ranges inside the source', () => {
    fc.assert(
      fc.property(soup, anyType, (text, mediaType) => {
        const { sentences } = read(text, mediaType);
        for (const sentence of sentences) {
          expect(sentence.start).toBeGreaterThanOrEqual(0);
          expect(sentence.end).toBeGreaterThan(sentence.start);
          expect(sentence.end).toBeLessThanOrEqual(text.length);
          if (sentence.context !== undefined) expect(sentence.context.end).toBeLessThanOrEqual(text.length);
        }
        expect(new Set(sentences.map((sentence) => sentence.sentenceId)).size).toBe(sentences.length);
      }),
      { numRuns: 400 },
    );
  });

  test('without markup is quoted word for word', () => {
    const words = fc.array(
      fc.constantFrom(
        'pump',
        'Acme',
        'costs',
        '$5.20',
        '14 %',
        'Dr.',
        'runs.',
        'Why?',
        'is',
        '3,000',
        'e.g.',
        'and',
      ),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(words, (list) => {
        const text = `Intro ${list.join(' ')}`;
        const { sentences } = read(text, 'text/plain');
        for (const sentence of sentences)
          expect(text.slice(sentence.start, sentence.end)).toBe(sentence.text);
        if (sentences.length > 0) expect(sentences.map((sentence) => sentence.text).join(' ')).toBe(text);
      }),
    );
  });

  test('is read in bounded time, however hostile', () => {
    const hostile = ['a', '[', '<', '"', '|', '&', '*', '<nav>', '- ', '> ', 'A. ', '[a](', '<!--'].map(
      (unit) => unit.repeat(Math.ceil(100_000 / unit.length)),
    );
    hostile.push(
      Array.from({ length: 2_000 }, (_, depth) => `${'  '.repeat(depth % 200)}- item ${depth}`).join('\n'),
    );
    for (const text of hostile) {
      for (const mediaType of ['text/markdown', 'text/html', 'text/csv', 'text/plain'] as const) {
        const started = performance.now();
        read(text, mediaType);
        expect(performance.now() - started, `${text.slice(0, 6)} as ${mediaType}`).toBeLessThan(2_000);
      }
    }
  });
});
