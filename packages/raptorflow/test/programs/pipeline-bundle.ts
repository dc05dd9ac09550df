import { systemClock } from 'raptorflow/kernel';
import { createPipeline, jsonSource, memoryDeadLetters } from 'raptorflow/pipeline';

/*
 * Ingests a STIX bundle of 50 MB that is written while it is read, and says how much memory that took.
 *
 *   node pipeline-bundle.ts <megabytes>
 */
const bytesWanted = Number(process.argv[2]) * 1024 * 1024;
const filler = 'A flaw in the management interface allows a remote attacker to run commands. '.repeat(12);
let objects = 0;

async function* bundle(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('{"type":"bundle","id":"bundle--1","objects":[');
  for (let bytes = 0; bytes < bytesWanted;) {
    const lines: string[] = [];
    for (let at = 0; at < 50; at += 1) {
      objects += 1;
      const object = {
        type: 'vulnerability',
        id: `vulnerability--${objects}`,
        description: filler,
        n: objects,
      };
      lines.push(`${objects === 1 ? '' : ','}${JSON.stringify(object)}`);
    }
    const piece = Buffer.from(lines.join('\n'));
    bytes += piece.length;
    yield piece;
    // A file or a socket gives its pieces with turns of the event loop between them.
    await new Promise((resolve) => setImmediate(resolve));
  }
  yield Buffer.from(']}');
}

const pipeline = createPipeline<{ readonly id: string }, string>({
  name: 'bundle',
  convert: ({ id }) => id,
  store: async () => undefined,
  deadLetters: memoryDeadLetters(),
});
const rss = (): number => process.memoryUsage.rss() / 1024 / 1024;
let before = 0;
let most = 0;
const startedAt = systemClock.monotonic();
const report = await pipeline.run(jsonSource(bundle, { path: 'objects' }), {
  progressMs: 0,
  // The first tenth fills the caches and the young generation.
  onProgress: ({ read }) => {
    if (read * 1_000 < bytesWanted / 10) before = rss();
    else most = Math.max(most, rss());
  },
});
const grownMb = Math.round(most - before);
const seconds = (systemClock.monotonic() - startedAt) / 1_000;
process.stdout.write(`${JSON.stringify({ ingested: report.ingested, objects, grownMb, seconds })}\n`);
await pipeline.stop();
