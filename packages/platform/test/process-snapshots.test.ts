import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { processSource } from '../src/compose/history.ts';
import { PipelineBoard } from '../src/compose/pipeline-board.ts';
import { createProcessSnapshots, type ProcessSnapshots } from '../src/compose/process-snapshots.ts';
import { commonDeps } from '../src/compose/program.ts';
import { readConfig } from '../src/config.ts';
import { pipelinesToWire } from '../src/http/routes/periscope-wire.ts';

let root: string;
let redis: RedisServer;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-snapshots-'));
  redis = await startRedis();
});
afterAll(async () => {
  await redis.stop();
  rmSync(root, { recursive: true, force: true });
});

/** A server of the installation, as far as it tells others of itself. */
function serverOf(name: string): {
  clock: FakeClock;
  board: PipelineBoard;
  source: string;
  snapshots: ProcessSnapshots;
} {
  const clock = createFakeClock();
  const board = new PipelineBoard(clock);
  const env = {
    RAPTORFLOW_HOME: join(root, name),
    REDIS_URL: redis.url,
    DATABASE_URL: 'postgres://nobody@127.0.0.1:1/asked',
  };
  const config = readConfig({ env, directory: root });
  const source = processSource(config, 'server');
  const snapshots = createProcessSnapshots(config, 'server', commonDeps(config, { clock }), () =>
    pipelinesToWire(board.list(), source),
  );
  return { clock, board, source, snapshots };
}

it('shows the pipelines of all servers, each with its process, and those of a server that stopped no more', async () => {
  const [one, two] = [serverOf('one'), serverOf('two')];
  await Promise.all([one.snapshots.start(), two.snapshots.start()]);
  const shown = async (): Promise<string[]> =>
    (await one.snapshots.pipelines()).map(({ name, process, state }) => `${name} ${process} ${state}`);
  try {
    const gate = Promise.withResolvers<void>();
    await one.board.watch('first', async () => undefined);
    await two.clock.advance(1_000);
    const going = two.board.watch('second', () => gate.promise);
    const first = `first ${one.source} ended`;
    expect(await shown()).toEqual([first]);
    await two.clock.advance(10_000);
    await vi.waitFor(async () => expect(await shown()).toEqual([`second ${two.source} running`, first]));
    gate.resolve();
    await going;
    await two.clock.advance(10_000);
    await vi.waitFor(async () => expect((await shown())[0]).toBe(`second ${two.source} ended`));
    await two.snapshots.stop();
    expect(await shown()).toEqual([first]);
  } finally {
    await Promise.all([one.snapshots.stop(), two.snapshots.stop()]);
  }
});
