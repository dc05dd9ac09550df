import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { TagPaths } from './tag-paths.ts';

const names = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', '');
const values = fc.constantFrom('', '1', '2', '3', 'a');
const someTags = fc
  .uniqueArray(fc.tuple(names, values), { maxLength: 7, selector: ([name]) => name })
  .map((pairs) => Object.fromEntries(pairs));

test('tag paths find what a map of the written tags finds, for any number and order of tags', () => {
  fc.assert(
    fc.property(
      fc.array(someTags, { maxLength: 200 }),
      fc.array(someTags, { maxLength: 50 }),
      (put, asked) => {
        const paths = new TagPaths<number>(1_000);
        const model = new Map<string, number>();
        for (const [index, tags] of put.entries()) {
          paths.remember(tags, index);
          model.set(JSON.stringify(tags), index);
        }
        for (const tags of [...put, ...asked]) expect(paths.find(tags)).toBe(model.get(JSON.stringify(tags)));
      },
    ),
  );
});

test('tag paths forget everything when they are full, and never answer wrongly', () => {
  const paths = new TagPaths<number>(100);
  let found = 0;
  for (let index = 0; index < 10_000; index += 1) {
    const tags = { user: `u${index % 150}`, route: `/${index % 7}` };
    const expected = (index % 150) * 7 + (index % 7);
    const known = paths.find(tags);
    if (known === undefined) paths.remember(tags, expected);
    else {
      expect(known).toBe(expected);
      found += 1;
    }
  }
  expect(paths.find({ user: 'u0' })).toBeUndefined();
  expect(found).toBeLessThan(10_000);
});

test('tag paths treat a value that is no text as one that they have not seen', () => {
  const paths = new TagPaths<number>(100);
  paths.remember({ a: '7' }, 1);
  // @ts-expect-error callers without types may pass anything
  expect(paths.find({ a: 7 })).toBeUndefined();
  // @ts-expect-error callers without types may pass anything
  expect(paths.find({ a: undefined })).toBeUndefined();
  expect(paths.find({ a: '7' })).toBe(1);
  expect(paths.find(Object.create({ a: '7', b: '8' }) as Record<string, string>)).toBeUndefined();
});
