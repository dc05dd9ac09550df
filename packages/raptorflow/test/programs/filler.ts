import { isRaptorFlowError } from 'raptorflow/kernel';
import { openSqlite } from 'raptorflow/storage';

/*
 * A process that writes until there is no room, then reports: the codes of what failed, what was acknowledged and is missing, and
 * whether the store still answers.
 */

const [, , path = ''] = process.argv;
const store = openSqlite({ path, program: new URL('./notes.ts', import.meta.url) });
await store.start();
const acknowledged: string[] = [];
const codes = new Set<string>();

for (let round = 0; codes.size === 0 && round < 1_000; round += 1) {
  const names = Array.from({ length: 20 }, (_, index) => `${round}-${index}`);
  const outcomes = await Promise.allSettled(
    names.map((name) => store.call('add', { name, body: 'x'.repeat(5_000) })),
  );
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.status === 'fulfilled') acknowledged.push(names[index] ?? '');
    else codes.add(isRaptorFlowError(outcome.reason) ? outcome.reason.code : String(outcome.reason));
  }
}
const stored = new Set(await store.call<string[]>('names'));
const missing = acknowledged.filter((name) => !stored.has(name));
process.stdout.write(JSON.stringify({ codes: [...codes], missing, readable: stored.size > 0 }));
await store.stop();
