import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from 'raptorflow/kernel';
import { createPipeline, jsonSource, memoryDeadLetters } from 'raptorflow/pipeline';

/*
 * Ingests a STIX bundle of 50 MB that is written while it is read, and says by how much what it holds has grown from the first tenths to the last.
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
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** What is really held: how much V8 leaves lying about for a while depends on the machine. */
const heldMb = (): number => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1024 / 1024;
};
const held: number[] = [];
const startedAt = systemClock.monotonic();
const report = await pipeline.run(jsonSource(bundle, { path: 'objects' }), {
  progressMs: 0,
  // After each tenth.
  onProgress: ({ read }) => {
    if (read * 1_000 >= (bytesWanted / 10) * (held.length + 1)) held.push(heldMb());
  },
});
// What is just in hand comes and goes; the least of three looks is what stays.
const grownMb = Math.min(...held.slice(-3)) - Math.min(...held.slice(0, 3));
const seconds = (systemClock.monotonic() - startedAt) / 1_000;
process.stdout.write(
  `${JSON.stringify({ ingested: report.ingested, objects, tenths: held.length, grownMb, seconds })}\n`,
);
await pipeline.stop();
