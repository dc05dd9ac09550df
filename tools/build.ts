/**
 * Builds everything that the program runs from: the TypeScript packages, then the dashboard.
 * `npm ci` runs it once (`prepare`); `npm start` never builds.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function run(command: string, args: string[]): void {
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' });
  if (result.status !== 0) process.exit(result.status ?? 1);
}

run('tsc', ['-b', 'tsconfig.build.json']);
if (existsSync(`${root}packages/dashboard/vite.config.ts`)) {
  run('vite', ['build', '--logLevel', 'warn', 'packages/dashboard']);
}
