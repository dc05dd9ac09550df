/**
 * Kills, freezes and cuts off processes of a working bus, and checks by a ledger outside of it that nothing acknowledged was lost:
 * `npm run chaos -- --engine sqlite|redis|both --seconds 60 --seed 7 --appendfsync always|everysec --keep`. A seed repeats faults and workload;
 * the machine decides what they meet.
 */
import { parseArgs } from 'node:util';
import { holds, reportLines } from './chaos/report.ts';
import { runChaos } from './chaos/run.ts';

const { values } = parseArgs({
  options: {
    engine: { type: 'string', default: 'both' },
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    appendfsync: { type: 'string', default: 'always' },
    keep: { type: 'boolean', default: false },
  },
});

await main();

async function main(): Promise<void> {
  const engines = (['sqlite', 'redis'] as const).filter((name) => [name, 'both'].includes(values.engine));
  const seconds = Number(values.seconds);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 32) : Number(values.seed);
  const appendfsync = (['always', 'everysec'] as const).find((policy) => policy === values.appendfsync);
  if (engines.length === 0) return refuse('--engine is sqlite, redis or both.');
  if (!(seconds > 0)) return refuse('--seconds is a number, more than 0.');
  if (!Number.isSafeInteger(seed) || seed < 0) return refuse('--seed is a whole number, 0 or more.');
  if (!appendfsync) return refuse('--appendfsync is always or everysec.');
  console.log(`seed ${seed}`);
  for (const engine of engines) {
    const verdict = await runChaos({ engine, seconds, seed, appendfsync, keep: values.keep });
    for (const line of reportLines(verdict)) console.log(line);
    if (!holds(verdict)) process.exitCode = 1;
  }
  return undefined;
}

function refuse(message: string): void {
  console.error(message);
  process.exitCode = 2;
}
