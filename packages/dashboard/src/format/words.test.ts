import { describe, expect, it } from 'vitest';

import { excerpt, humanize, sentence, shortId } from './words.ts';

describe('words', () => {
  it('make machine names readable', () => {
    expect(humanize('awaiting_approval')).toBe('Awaiting approval');
    expect(humanize('linkedin')).toBe('LinkedIn');
  });

  it('become a sentence', () => {
    expect(['must be small', 'Is it?', 'done.'].map(sentence)).toEqual(['Must be small.', 'Is it?', 'Done.']);
  });

  it('cut a text at a word', () => {
    expect(excerpt('short', 10)).toBe('short');
    expect(excerpt('one two\n three four', 10)).toBe('one two…');
    expect(excerpt('abcdefghijklmnop', 10)).toBe('abcdefghij…');
  });

  it('shorten ids to what tells them apart', () => {
    expect(shortId('run_01890a5d-ac96-774b-bcce-b302099a8057')).toBe('run_…9a8057');
    expect(shortId('usr_1')).toBe('usr_1');
    expect(shortId('LORD-001')).toBe('LORD-001');
  });
});
