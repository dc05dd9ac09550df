import { assert, integer, property, string, tuple } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { citationHolds, distinctCitations, proveStatement, verifyQuote } from './citations.ts';
import type { SourceDocument } from './source.ts';

const source: SourceDocument = {
  documentId: 'doc_1',
  title: 'Notes',
  mediaType: 'text/markdown',
  text: '# Kiln\n\nThe whole program is a **single binary** of 28 MB\nwith no database. “Never again,” she said — and laughed.',
};
const verify = (quote: string, more: object = {}): string | undefined =>
  verifyQuote({ documentId: 'doc_1', quote, ...more }, [source])?.quote;

describe('verifying a quote', () => {
  it('finds it word for word, with or without offsets', () => {
    expect(verify('28 MB')).toBe('28 MB');
    const start = source.text.indexOf('with no');
    expect(verify('with no database', { start, end: start + 16 })).toBe('with no database');
    expect(verify('with no database', { start: 3, end: 9 })).toBe('with no database');
  });

  it('forgives line breaks, emphasis and the form of quotation marks, and gives back the source’s own text', () => {
    expect(verify('The whole program is a single binary of 28 MB with no database.')).toBe(
      'The whole program is a **single binary** of 28 MB\nwith no database.',
    );
    expect(verify('"Never again," she said - and laughed.')).toBe('“Never again,” she said — and laughed.');
  });

  it('forgives no word and no figure', () => {
    expect(verify('a single binary of 29 MB')).toBeUndefined();
    expect(verify('The program is a single binary')).toBeUndefined();
    expect(verify('The whole Program is')).toBeUndefined();
  });

  it('refuses another document, an empty quote and one too short to prove anything', () => {
    expect(verifyQuote({ documentId: 'doc_2', quote: '28 MB' }, [source])).toBeUndefined();
    expect(verify('  ')).toBeUndefined();
    expect(verify('is')).toBeUndefined();
    expect(verify('***> ```')).toBeUndefined();
  });

  it('only ever gives citations that hold', () => {
    const slices = tuple(integer({ min: 0, max: source.text.length }), integer({ min: 0, max: 60 }));
    assert(
      property(slices, string({ maxLength: 3 }), ([start, length], noise) => {
        const citation = verifyQuote(
          { documentId: 'doc_1', quote: source.text.slice(start, start + length) + noise },
          [source],
        );
        expect(citation === undefined || citationHolds(citation, [source])).toBe(true);
      }),
    );
  });
});

describe('proving a statement', () => {
  const quotes = [{ documentId: 'doc_1', quote: 'a **single binary** of 28 MB' }];

  it('takes one whose numbers stand in its quotes', () => {
    expect(proveStatement({ text: 'One binary of 28 MB.', quotes }, [source])?.citations).toHaveLength(1);
  });

  it('rejects an invented number, and a quote that is not there', () => {
    expect(proveStatement({ text: 'One binary of 29 MB.', quotes }, [source])).toBeUndefined();
    expect(
      proveStatement({ text: 'Fine.', quotes: [{ documentId: 'doc_1', quote: 'invented words' }] }, [source]),
    ).toBeUndefined();
    expect(proveStatement({ text: 'Fine.', quotes: [] }, [source])).toBeUndefined();
  });

  it('lets the context complete the quote', () => {
    const claimed = { text: 'Binary: 28 MB', quotes: [{ documentId: 'doc_1', quote: 'single binary' }] };
    expect(proveStatement(claimed, [source])).toBeUndefined();
    const context = { documentId: 'doc_1', quote: 'of 28 MB' };
    expect(proveStatement({ ...claimed, context }, [source])?.context?.quote).toBe('of 28 MB');
  });

  it('keeps each passage once', () => {
    const proven = proveStatement({ text: 'x', quotes: [...quotes, ...quotes] }, [source]);
    expect(distinctCitations(proven?.citations ?? [])).toHaveLength(1);
  });
});
