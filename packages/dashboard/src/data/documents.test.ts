import { describe, expect, it } from 'vitest';

import { admitFile } from './documents.ts';

describe('a file', () => {
  it('is taken by its name, whatever the browser thinks of it', () => {
    expect(admitFile({ name: 'Notes.MD', size: 10 })).toEqual({ mediaType: 'text/markdown' });
    expect(admitFile({ name: 'prices.2026.csv', size: 10 })).toEqual({ mediaType: 'text/csv' });
  });

  it('is refused with what to do', () => {
    expect(admitFile({ name: 'deck.pdf', size: 10 })).toMatchObject({ refusal: /Convert it/u });
    expect(admitFile({ name: 'README', size: 10 })).toMatchObject({ refusal: /not Markdown/u });
    expect(admitFile({ name: 'a.md', size: 0 })).toMatchObject({ refusal: 'a.md is empty.' });
    expect(admitFile({ name: 'a.md', size: 100_000_000 })).toMatchObject({
      refusal: /100 MB.*5\.0 MB.*Split it/u,
    });
  });
});
