import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { createBus, permanentError, sqliteEngine } from 'raptorflow/bus';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { busDeadLetters, createPipeline, fileCheckpoints, type KeyedItem } from 'raptorflow/pipeline';

/*
 * The victim of pipeline-crash.test.ts: a pipeline that is killed. Ten of eleven items fail in the store while it ingests, and none while it
 * redrives. What the store applied stands in a table of its own, where neither a key nor an item can stand twice.
 *
 *   node pipeline-victim.ts ingest|redrive <folder> <items>
 */
const [mode, folder, count] = process.argv.slice(2);
const items = Number(count);
if (!folder || !(items > 0)) throw new RaptorFlowError('invalid_input', 'Give mode, folder and items.');

const table = new DatabaseSync(join(folder, 'applied.db'));
table.exec(
  'PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS applied (key TEXT PRIMARY KEY, item INTEGER UNIQUE)',
);
const insert = table.prepare('INSERT INTO applied (key, item) VALUES (?, ?) ON CONFLICT (key) DO NOTHING');
const say = (line: string): void => void process.stdout.write(`${line}\n`);
let saidAt = 0;
const sayWhere = (where: number): void => {
  if (systemClock.monotonic() - saidAt < 5) return;
  saidAt = systemClock.monotonic();
  say(`at ${where}`);
};

async function store(batch: readonly KeyedItem<{ readonly n: number }>[]): Promise<void> {
  if (mode === 'ingest' && batch.some(({ value }) => value.n % 11 !== 0)) throw permanentError('never');
  table.exec('BEGIN');
  for (const { key, value } of batch) insert.run(key, value.n);
  table.exec('COMMIT');
}

const bus = createBus({
  engine: sqliteEngine({ path: join(folder, 'bus.db'), durability: 'process' }),
  limits: { deadLettersPerReasonMax: 1_000_000 },
});
await bus.start();
const checkpoints = fileCheckpoints({ path: join(folder, 'checkpoints') });
const pipeline = createPipeline<{ readonly n: number }, { readonly n: number }>({
  name: 'victim',
  convert: (item) => item,
  store,
  batchSize: 50,
  deadLetters: busDeadLetters(bus, { concurrency: 16 }),
  checkpoints,
  limits: { failuresMax: items, checkpointMs: 5 },
});

function* numbers(): Generator<{ readonly n: number }> {
  for (let n = 0; n < items; n += 1) yield { n };
}

async function letters(): Promise<number> {
  return (await bus.deadLetters.list({ channel: 'pipeline.failed', limit: 1 })).total;
}

if (mode === 'ingest') {
  const onProgress = ({ read }: { readonly read: number }): void => sayWhere(read);
  const report = await pipeline.run(numbers(), { id: 'run', onProgress, progressMs: 0 });
  // Letters that were published just now become dead letters a moment later.
  while ((await letters()) < report.failed) await systemClock.sleep(500);
  say(JSON.stringify({ ...report, letters: await letters() }));
} else {
  await pipeline.start();
  await pipeline.deadLetters.redrive();
  const applied = (): number => Number(table.prepare('SELECT count(*) AS n FROM applied').get()?.['n']);
  for (let have = applied(); have < items; have = applied()) {
    sayWhere(have);
    await systemClock.sleep(5);
  }
  while ((await bus.groups.list()).some(({ lag }) => lag > 0)) await systemClock.sleep(500);
  say(JSON.stringify({ applied: applied(), letters: await letters() }));
}
await pipeline.stop();
await bus.stop();
await checkpoints.close();
