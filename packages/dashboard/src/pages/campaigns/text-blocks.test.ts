import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { textBlocksOf } from './text-blocks.ts';

const kindsOf = (text: string): string[][] => textBlocksOf(text).map((block) => [block.kind, block.text]);

describe('the blocks of an asset', () => {
  it('are headings, quotes, items and plain lines without their marks', () => {
    expect(
      kindsOf('# Title\n## Part\n\n> said\n> again\n\n- one\n- two\n\nplain\nstill plain\n\nnext'),
    ).toEqual([
      ['heading', 'Title'],
      ['heading', 'Part'],
      ['quote', 'said\nagain'],
      ['item', 'one'],
      ['item', 'two'],
      ['plain', 'plain\nstill plain'],
      ['plain', 'next'],
    ]);
  });

  it('leave hashtags, figures and dashes inside a line alone', () => {
    expect(kindsOf('#uptime is up - by 3 > 2')).toEqual([['plain', '#uptime is up - by 3 > 2']]);
  });

  it('lose no word', () => {
    const word = fc.stringMatching(/^[a-z]{1,6}$/);
    const line = fc.tuple(fc.constantFrom('', '# ', '> ', '- '), word).map((parts) => parts.join(''));
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        const words = (text: string): string[] => text.match(/[a-z]+/g) ?? [];
        expect(textBlocksOf(lines.join('\n')).flatMap((block) => words(block.text))).toEqual(
          words(lines.join(' ')),
        );
      }),
    );
  });
});
