/**
 * The gate: everything that has to hold before a change lands. `npm test` runs all of it, `npm run check` the quick
 * part. `--only=a,b` runs the named steps. Every step runs, whatever fails, and the last line adds it up.
 */
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { runSteps } from './gate/runner.ts';
import { gateSteps } from './gate/steps.ts';

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const print = (line: string): void => console.log(line);
const all = gateSteps(fileURLToPath(new URL('..', import.meta.url)), print);
const names = values.only?.split(',').map((name) => name.trim());
const unknown = names?.filter((name) => !all.some((step) => step.name === name)) ?? [];
if (unknown.length > 0) {
  console.error(`There is no step ${unknown.join(', ')}. Steps: ${all.map((step) => step.name).join(', ')}.`);
  process.exit(2);
}
const steps = all.filter((step) =>
  names === undefined ? !values.quick || step.quick : names.includes(step.name),
);

const abort = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => abort.abort());

const started = performance.now();
const { passed, failed } = await runSteps(steps, {
  print,
  signal: abort.signal,
  stepsAtOnceMax: 2,
  stillRunningEveryMs: 60_000,
});
if (abort.signal.aborted) {
  console.log('stopped before the end');
  process.exit(130);
}
console.log(`${((performance.now() - started) / 1000).toFixed(1)} s`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
