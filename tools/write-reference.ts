/** Writes the reference pages that come from code: `npm run reference`. `npm run tidy` fails when they are out of date. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { errorCatalogueOf, errorsReferencePath, renderErrorsReference } from './reference/errors.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const cataloguePath = join(root, 'packages/raptorflow/src/kernel/error-catalogue.ts');
const catalogue = errorCatalogueOf(await import(pathToFileURL(cataloguePath).href));
if (catalogue === null) throw new Error(`${cataloguePath} exports no errorCatalogue`);

const page = join(root, errorsReferencePath);
mkdirSync(dirname(page), { recursive: true });
writeFileSync(page, renderErrorsReference(catalogue));
console.log(`${errorsReferencePath}: ${Object.keys(catalogue).length} codes`);
