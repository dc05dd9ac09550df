import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { errorCatalogueOf, errorsReferencePath, renderErrorsReference } from '../../reference/errors.ts';
import { libraryFolder } from '../layout.ts';
import type { Rule, Violation } from '../rule.ts';
import type { Tree } from '../tree.ts';

const cataloguePath = `${libraryFolder}/kernel/error-catalogue.ts`;

/** The catalogue and its reference page say the same, both ways; codes and kinds are spelled as agreed. */
export const errorsReferenceRule: Rule = {
  name: 'errors-reference',
  check: async (tree) => {
    if (!tree.has(cataloguePath)) return [];
    const module: unknown = await import(pathToFileURL(join(tree.root, cataloguePath)).href);
    const catalogue = errorCatalogueOf(module);
    if (catalogue === null)
      return [complaint(cataloguePath, 1, 'errorCatalogue is not exported', 'export the catalogue')];
    const codes = Object.keys(catalogue);
    return [
      ...codes
        .filter((code) => !/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/.test(code))
        .map((code) =>
          complaint(cataloguePath, 1, `the code ${code} is not snake_case`, 'spell it in snake_case'),
        ),
      ...Object.values(catalogue)
        .filter((entry) => !/^[a-z]+(?:-[a-z]+)*$/.test(entry.kind))
        .map((entry) =>
          complaint(cataloguePath, 1, `the kind ${entry.kind} is not kebab-case`, 'spell it in kebab-case'),
        ),
      ...checkPage(tree, codes, renderErrorsReference(catalogue)),
    ];
  },
};

function checkPage(tree: Tree, codes: readonly string[], expected: string): Violation[] {
  const write = 'run npm run reference';
  if (!tree.has(errorsReferencePath))
    return [complaint(errorsReferencePath, 1, 'the page is missing', write)];
  const page = tree.read(errorsReferencePath);
  const described = [...page.matchAll(/^\| `([^`]+)` \|/gm)].map((match) => match[1] ?? '');
  const missing = codes.filter((code) => !described.includes(code));
  const stale = described.filter((code) => !codes.includes(code));
  const violations = [
    ...missing.map((code) =>
      complaint(errorsReferencePath, 1, `${code} is in the catalogue but not on the page`, write),
    ),
    ...stale.map((code) =>
      complaint(errorsReferencePath, 1, `${code} is on the page but not in the catalogue`, write),
    ),
  ];
  if (violations.length > 0 || page === expected) return violations;
  return [
    complaint(
      errorsReferencePath,
      firstDifference(page, expected),
      'the page differs from the catalogue',
      write,
    ),
  ];
}

function firstDifference(page: string, expected: string): number {
  const wanted = expected.split('\n');
  const line = page.split('\n').findIndex((text, index) => text !== wanted[index]);
  return line === -1 ? 1 : line + 1;
}

function complaint(path: string, line: number, message: string, instead: string): Violation {
  return { path, line, message, instead };
}
