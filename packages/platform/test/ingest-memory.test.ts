import { Readable } from 'node:stream';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { registerSignalRoutes } from '../src/http/routes/signals.ts';
import { openRouteWorld, type RouteWorld } from '../src/http/testing/route-world.ts';

const megabyte = 1024 * 1024;
const bodyMegabytes = 16;
/** What may be held more at the end of the body than near its beginning. */
const grownMbMax = 5;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
/** What is really held: how much V8 leaves lying about for a while depends on its flags and the machine. */
function heldMb(): number {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / megabyte;
}

let world: RouteWorld;
let url = '';
beforeAll(async () => {
  world = await openRouteWorld({ clock: systemClock });
  await world.society.signals.start();
  registerSignalRoutes(world.app, { ...world.guard, signals: world.society.signals });
  url = await world.app.listen({ port: 0, host: '127.0.0.1' });
});
afterAll(async () => {
  await world.society.signals.stop();
  await world.stop();
});

/** A bundle that is written while it is sent, with a look at what is held after each megabyte. */
async function* bundle(held: number[]): AsyncGenerator<Buffer> {
  const description = 'A flaw in the management interface allows a remote attacker to run commands. '.repeat(
    12,
  );
  yield Buffer.from('{"type":"bundle","objects":[');
  let n = 0;
  for (let bytes = 0; bytes < bodyMegabytes * megabyte;) {
    const objects = Array.from({ length: 64 }, () => {
      n += 1;
      return JSON.stringify({ type: 'vulnerability', id: `vulnerability--${n}`, description });
    });
    const piece = Buffer.from(`${bytes === 0 ? '' : ','}${objects.join(',')}`);
    bytes += piece.length;
    if (bytes >= megabyte * (held.length + 1)) held.push(heldMb());
    yield piece;
  }
  yield Buffer.from(']}');
}

it('a document is ingested over HTTP in flat memory: nothing of it is held that has been stored', async () => {
  const held: number[] = [];
  const response = await fetch(`${url}/api/v1/signals/ingest`, {
    method: 'POST',
    headers: { authorization: 'Bearer member', 'content-type': 'application/octet-stream' },
    body: Readable.toWeb(Readable.from(bundle(held), { objectMode: false })) as unknown as ReadableStream,
    duplex: 'half',
  } as RequestInit);
  const report = (await response.json()) as { readonly ingested: number };
  expect(response.status).toBe(200);
  expect(report.ingested).toBeGreaterThan(bodyMegabytes * 900);
  expect(held.length).toBe(bodyMegabytes);
  // What is in hand comes and goes; the least of several looks is what stays. The first megabytes warm up.
  const grownMb = Math.min(...held.slice(-4)) - Math.min(...held.slice(3, 7));
  expect(grownMb, `held after each megabyte: ${held.map((mb) => mb.toFixed(1)).join(' ')}`).toBeLessThan(
    grownMbMax,
  );
});
