/**
 * Writes the AsyncAPI document of the platform: `npm run asyncapi`; with `--print` it goes to the terminal instead. A test fails when the
 * written one is out of date.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { asyncApiPath, renderAsyncApi } from './reference/async-api.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
const text = renderAsyncApi(version);

if (process.argv.includes('--print')) process.stdout.write(text);
else {
  writeFileSync(join(root, asyncApiPath), text);
  console.log(`${asyncApiPath}: ${text.length} characters`);
}
