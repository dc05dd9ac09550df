import { assert, dictionary, property, stringMatching } from 'fast-check';
import { describe, expect, it } from 'vitest';

import { readTagLines, tagLines, tagLinesOfAddress, tagWords } from './tag-lines.ts';

describe('tags as lines', () => {
  it('are read with their spaces off, and empty lines mean nothing', () => {
    expect(readTagLines(' route = /a=b \n\nmethod=GET')).toEqual({
      tags: { route: '/a=b', method: 'GET' },
      problem: null,
    });
    expect(readTagLines('').tags).toEqual({});
    expect(readTagLines('empty=').tags).toEqual({ empty: '' });
  });

  it('say what is wrong with the first bad line', () => {
    expect(readTagLines('route').problem).toBe('Write “route” as name=value.');
    expect(readTagLines('=x').problem).toContain('name=value');
    expect(readTagLines('a b=x').problem).toContain('“a b” is no name');
    expect(readTagLines('a=1\na=2').problem).toBe('“a” stands here twice.');
  });

  it('come back as they went', () => {
    const name = stringMatching(/^[a-z_][a-z0-9_]{0,9}$/u).filter((one) => one !== '__proto__');
    const value = stringMatching(/^[!-~]{0,20}$/u);
    assert(
      property(dictionary(name, value), (tags) => {
        expect(readTagLines(tagLines(tags)).tags).toEqual({ ...tags });
      }),
    );
  });

  it('come from an address, and fit into one line', () => {
    expect(tagLinesOfAddress('route=/a,method=GET')).toBe('route=/a\nmethod=GET');
    expect(tagLinesOfAddress(undefined)).toBe('');
    expect(tagWords({ route: '/a', method: 'GET' })).toBe('route=/a, method=GET');
  });
});
