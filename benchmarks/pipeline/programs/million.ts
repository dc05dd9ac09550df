/*
 * Ingests so many small items, in a process of its own, and prints by how much it grew behind the first tenth, and how long it took.
 *
 *   node --expose-gc million.ts ours|loop|batches <items>
 */
import { createPipeline, memoryCheckpoints, memoryDeadLetters } from 'raptorflow/pipeline';

interface Item {
  readonly n: number;
  readonly text: string;
}

const [who, count] = process.argv.slice(2);
const items = Number(count);
const batchSize = 100;
let stored = 0;
let base = 0;
let most = 0;
let looks = 0;

async function* source(): AsyncGenerator<Item> {
  for (let n = 0; n < items; n += 1) yield { n, text: 'a small item' };
}

/** What a store costs that costs nothing: one turn of the promise queue a batch. */
async function store(batch: readonly unknown[]): Promise<void> {
  stored += batch.length;
  look();
}

/** Memory after a collection, at the first tenth and at each later one. */
function look(): void {
  if (stored < ((looks + 1) * items) / 10) return;
  looks += 1;
  globalThis.gc?.();
  const now = process.memoryUsage.rss() / 1024 / 1024;
  if (looks === 1) base = now;
  most = Math.max(most, now);
}

async function ours(): Promise<void> {
  const pipeline = createPipeline<Item, string>({
    name: 'million',
    convert: ({ n, text }) => `${n} ${text}`,
    store,
    batchSize,
    deadLetters: memoryDeadLetters(),
    checkpoints: memoryCheckpoints(),
  });
  await pipeline.run(source());
  await pipeline.stop();
}

/** The loop that a pipeline replaces: no retry, no dead letters, no checkpoint, no counts. */
async function loop(size: number): Promise<void> {
  let batch: { key: string; value: string }[] = [];
  for await (const { n, text } of source()) {
    batch.push({ key: `million/${n}`, value: `${n} ${text}` });
    if (batch.length < size) continue;
    await store(batch);
    batch = [];
  }
  if (batch.length > 0) await store(batch);
}

const startedAt = performance.now();
if (who === 'ours') await ours();
else await loop(who === 'loop' ? 1 : batchSize);
const seconds = (performance.now() - startedAt) / 1_000;
process.stdout.write(JSON.stringify({ grown: most - base, perSecond: items / seconds, stored }));
