/**
 * The long proofs: what the gate shows with a few rounds, shown with hundreds. Without a name it lists them; `npm run prove -- bus-crash` runs
 * one. A variable that is set already wins: `BUS_KILLS=1000 npm run prove -- bus-crash`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { proofs, type Proof } from './prove/proofs.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { positionals } = parseArgs({ allowPositionals: true });

const [name, ...others] = positionals;
const proof = name === undefined ? undefined : proofs[name];
if (name === undefined) {
  list();
} else if (proof === undefined || others.length > 0) {
  console.error(`Give one proof: ${Object.keys(proofs).join(', ')}.`);
  process.exitCode = 2;
} else {
  process.exitCode = await prove(name, proof);
}

function list(): void {
  for (const [each, { about, sizes }] of Object.entries(proofs)) {
    console.log(`npm run prove -- ${each.padEnd(16)}${about}`);
    console.log(`${' '.repeat(33)}${wordsOf(sizes)}`);
  }
}

/** Runs a proof to its end and answers the exit code. */
async function prove(name: string, { files, sizes }: Proof): Promise<number> {
  const chosen = Object.fromEntries(
    Object.entries(sizes).map(([variable, size]) => [variable, process.env[variable] ?? String(size)]),
  );
  console.log(`${name}: ${wordsOf(chosen)}`);
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  const began = performance.now();
  const child = spawn('vitest', ['run', '--project', 'integration', ...files], {
    cwd: root,
    env: { ...process.env, PATH: path, ...chosen },
    stdio: 'inherit',
  });
  const [exitCode] = (await once(child, 'exit')) as [number | null];
  const seconds = Math.round((performance.now() - began) / 1_000);
  console.log(`${name} ${exitCode === 0 ? 'holds' : 'DOES NOT HOLD'}: ${wordsOf(chosen)}, ${seconds} s`);
  return exitCode ?? 1;
}

function wordsOf(sizes: Readonly<Record<string, number | string>>): string {
  return Object.entries(sizes)
    .map(([variable, size]) => `${variable}=${size}`)
    .join(' ');
}
