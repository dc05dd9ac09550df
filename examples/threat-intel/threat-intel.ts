// Ingest a feed so that every item ends somewhere: stored, skipped with a reason, or among the dead letters of the bus.
//
//   node --conditions=@raptorflow/source examples/threat-intel/threat-intel.ts
//
// With the server, the same file becomes signals of a workspace: raptorflow ingest threats examples/threat-intel/known-exploited.json
import { fileURLToPath } from 'node:url';
import { createBus, permanentError, sqliteEngine } from 'raptorflow/bus';
import { busDeadLetters, createPipeline, jsonSource, memoryCheckpoints } from 'raptorflow/pipeline';

interface Entry {
  readonly cveID: string;
  readonly vendorProject: string;
  readonly dueDate: string;
}

const bus = createBus({ engine: sqliteEngine({ path: ':memory:' }) });
await bus.start();
const stored = new Map<string, string>();
let isStrict = true;

const pipeline = createPipeline<Entry, string>({
  name: 'exploited',
  skip: ({ dueDate }) => (dueDate < '2026-02-28' ? 'overdue before March' : null),
  convert: ({ cveID, vendorProject }) => `${cveID} of ${vendorProject}`,
  keyOf: ({ cveID }) => cveID,
  // A store applies a key once, however often it is given it.
  store: async (batch) => {
    if (batch.some(({ value }) => isStrict && value.includes('20002'))) {
      throw permanentError('CVE-2025-20002 is not wanted here');
    }
    for (const { key, value } of batch) stored.set(key, value);
  },
  deadLetters: busDeadLetters(bus),
  checkpoints: memoryCheckpoints(),
});

const file = fileURLToPath(new URL('known-exploited.json', import.meta.url));
const report = await pipeline.run(jsonSource(file, { path: 'vulnerabilities' }), { id: 'march' });
console.log(
  `${report.read} read: ${report.ingested} ingested, ${report.skipped} skipped, ${report.failed} failed`,
);

// The cause is gone: the dead letter is tried again, under its key.
isStrict = false;
while ((await pipeline.deadLetters.redrive()) === 0) await new Promise((resolve) => setTimeout(resolve, 10));
while (stored.size < 2) await new Promise((resolve) => setTimeout(resolve, 10));
console.log([...stored.values()].join('\n'));
await pipeline.stop();
await bus.stop();
