import { expect, it } from 'vitest';

import { errorsReferencePath, renderErrorsReference } from '../../reference/errors.ts';
import { findingsIn } from '../planted.ts';
import { errorsReferenceRule } from './errors-reference.ts';

const cataloguePath = 'packages/raptorflow/src/kernel/error-catalogue.ts';
const entry = { kind: 'timeout', retryable: true, meaning: 'It took too long.', remedy: 'Try again.' };

function check(codes: Record<string, typeof entry>, page: string): Promise<string[]> {
  const catalogue = `export const errorCatalogue = ${JSON.stringify(codes)};\n`;
  return findingsIn({ [cataloguePath]: catalogue, [errorsReferencePath]: page }, errorsReferenceRule);
}

it('takes the page that the tool writes', async () => {
  const codes = { too_late: entry, lost: { ...entry, kind: 'not-found', retryable: false } };
  expect(await check(codes, renderErrorsReference(codes))).toEqual([]);
});

it('finds a code that the page does not have, one that only the page has, and a changed sentence', async () => {
  const both = { lost: entry, too_late: entry };
  const one = { lost: entry };
  const [missing] = await check(both, renderErrorsReference(one));
  expect(missing).toContain('too_late is in the catalogue but not on the page; run npm run reference');
  const [stale] = await check(one, renderErrorsReference(both));
  expect(stale).toContain('too_late is on the page but not in the catalogue');
  const [changed] = await check(one, renderErrorsReference({ lost: { ...entry, remedy: 'Give up.' } }));
  expect(changed).toContain('the page differs from the catalogue');
});

it('finds codes and kinds that are spelled wrongly', async () => {
  const codes = { tooLate: { ...entry, kind: 'timed_out' } };
  const found = await check(codes, renderErrorsReference(codes));
  expect(found.join('\n')).toContain('the code tooLate is not snake_case');
  expect(found.join('\n')).toContain('the kind timed_out is not kebab-case');
});
