/**
 * The architecture's rules as a test: reads every file of the repository and fails on a violation, one line each.
 * `node tools/tidy.ts [folder]` looks at another checkout.
 */
import { fileURLToPath } from 'node:url';

import { formatFinding } from './tidy/rule.ts';
import { tidy } from './tidy/tidy.ts';

const root = process.argv[2] ?? fileURLToPath(new URL('..', import.meta.url));
const started = performance.now();
const { findings, filesLookedAt } = await tidy(root);
for (const finding of findings) console.log(formatFinding(finding));
const seconds = ((performance.now() - started) / 1000).toFixed(1);
const outcome = findings.length === 0 ? 'tidy' : `${findings.length} violations`;
console.log(`${filesLookedAt} source files: ${outcome} (${seconds} s)`);
process.exitCode = findings.length === 0 ? 0 : 1;
