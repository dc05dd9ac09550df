/**
 * Builds everything that the program runs from: the TypeScript packages, the program in few files, the dashboard.
 * `npm ci` runs it once (`prepare`); `npm start` never builds.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleProgram } from './build/program.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { values } = parseArgs({ options: { 'program-only': { type: 'boolean', default: false } } });

function run(command: string, args: string[]): void {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

if (!values['program-only']) run('tsc', ['-b', 'tsconfig.build.json']);
await bundleProgram(root);
if (!values['program-only'] && existsSync(`${root}packages/dashboard/vite.config.ts`)) {
  run('vite', ['build', '--logLevel', 'warn', 'packages/dashboard']);
}
