import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  hostSamplesSchema,
  logFrameSchema,
  routes,
  type LogFrame,
  type RouteDefinition,
} from '@raptorflow/contract';
import { silentLogger, systemClock } from 'raptorflow/kernel';
import { createRaptorMini, type RaptorMini } from 'raptorflow/mini';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { registerLogStreams } from '../sockets/log-stream.ts';
import { openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerRaptorRoutes } from './raptor.ts';

let world: RouteWorld;
let mini: RaptorMini;
let directory: string;
let address: string;
const stopping = new AbortController();

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'raptor-routes-'));
  mini = createRaptorMini({ directory });
  world = await openRouteWorld({ clock: systemClock });
  const { app, guard } = world;
  registerRaptorRoutes(app, { ...guard, mini });
  const log = silentLogger;
  registerLogStreams(app, { ...guard, mini, clock: systemClock, log, stopping: stopping.signal });
  address = await app.listen({ host: '127.0.0.1', port: 0 });
});
beforeEach(() => mini.start());

afterAll(async () => {
  stopping.abort();
  await world.stop();
  await mini.stop();
  rmSync(directory, { recursive: true, force: true });
});

/** A stream of the log, and what it has brought. */
function watch(token: string, query = ''): { frames: LogFrame[]; closed: () => number | undefined } {
  const url = `${address.replace('http', 'ws')}/raptor/logs/stream${query}`;
  const socket = new WebSocket(url, ['raptorflow', `bearer.${token}`]);
  onTestFinished(() => socket.close());
  const frames: LogFrame[] = [];
  let code: number | undefined;
  socket.addEventListener('message', ({ data }) =>
    frames.push(logFrameSchema.parse(JSON.parse(String(data)))),
  );
  socket.addEventListener('close', (event) => (code = event.code));
  return { frames, closed: () => code };
}

const textsOf = (frames: readonly LogFrame[]): string[] =>
  frames.flatMap((frame) => (frame.type === 'log.line' ? [frame.text] : []));

describe.each(['/raptor', '/api/v1/raptor'])('Raptor Mini under %s', (prefix) => {
  it('starts and stops for operators, as often as they say so', async () => {
    for (const [path, running] of [
      ['stop', false],
      ['stop', false],
      ['start', true],
      ['start', true],
    ] as const) {
      const answer = await world.send('operator', 'POST', `${prefix}/${path}`);
      expect([answer.status, answer.body]).toEqual([200, { running }]);
      expect((await world.send('viewer', 'GET', `${prefix}/status`)).body).toEqual({
        running,
        config_file: null,
      });
    }
  });

  it('runs what goes wrong on purpose through the tracing, whatever its case', async () => {
    for (const method of ['GET', 'POST'] as const) {
      const answer = await world.send('operator', method, `${prefix}/demo/Boom`);
      expect([answer.status, answer.body]).toEqual([200, { result: 'boom', traced: true }]);
    }
    const { body } = await world.send('operator', 'GET', `${prefix}/logs?tail=50000`);
    expect((body as { log_tail: string }).log_tail).toContain(
      'ERROR RAPTOR EXCEPTION: RaptorFlowError: Demo error',
    );
    const other = await world.send('operator', 'POST', `${prefix}/demo/a%20word`);
    expect(other.body).toEqual({ result: 'Demo executed with value: a word', traced: false });
    await mini.stop();
    const off = await world.send('operator', 'POST', `${prefix}/demo/boom`);
    expect([off.status, off.body]).toEqual([200, { result: 'boom', traced: false }]);
  });

  it('reads the end of the log, in characters', async () => {
    await world.send('operator', 'POST', `${prefix}/demo/boom`);
    const byPost = await world.send('operator', 'POST', `${prefix}/logs`, { max_chars: 7 });
    expect((byPost.body as { log_tail: string }).log_tail).toHaveLength(7);
    const usual = await world.send('operator', 'POST', `${prefix}/logs`, {});
    expect((usual.body as { log_tail: string }).log_tail.length).toBeLessThanOrEqual(1_000);
    for (const tail of ['0', '50001', 'all', '-4']) {
      expect((await world.send('operator', 'GET', `${prefix}/logs?tail=${tail}`)).status).toBe(422);
    }
    expect((await world.send('operator', 'POST', `${prefix}/logs`, { max_chars: 0 })).status).toBe(422);
  });

  it('tells what the machine does, in the shape of the wire', async () => {
    const samples = await vi.waitFor(async () => {
      const { body } = await world.send('viewer', 'GET', `${prefix}/samples?limit=5`);
      const answer = hostSamplesSchema.parse(body);
      expect(answer.items.length).toBeGreaterThan(0);
      return answer;
    }, 10_000);
    expect(samples).toMatchObject({ running: true, source: expect.any(String), sample_rate_ms: 200 });
    expect(samples.items[0]?.memory?.total_bytes).toBeGreaterThan(0);
    const { body } = await world.send('operator', 'GET', `${prefix}/processes?limit=3`);
    expect((body as { items: { pid: number }[] }).items).toHaveLength(3);
  });

  it('reads its configuration again', async () => {
    const answer = await world.send('operator', 'POST', `${prefix}/reload`);
    expect([answer.status, answer.body]).toEqual([200, { running: true, config_file: null }]);
  });
});

describe('who may do what with Raptor Mini', () => {
  const all = [...Object.values(routes.raptor), ...Object.values(routes.raptorShort)] as RouteDefinition[];

  it('is read by whoever is signed in, and changed, or its log read, by operators only', async () => {
    for (const { method, path, role } of all) {
      const url = path.replace(':value', 'word');
      const body = method === 'POST' && path.endsWith('/logs') ? {} : undefined;
      expect([url, (await world.send(null, method, url, body)).status]).toEqual([url, 401]);
      const byAdmin = await world.send('admin', method, url, body);
      expect([url, byAdmin.status]).toEqual([url, role === 'operator' ? 403 : 200]);
    }
    expect(all.filter(({ role }) => role !== 'operator').map(({ path }) => path.split('/').at(-1))).toEqual([
      'samples',
      'status',
      'samples',
      'status',
    ]);
  });
});

describe('the stream of the log', () => {
  it('brings the last lines and then new ones, of the level and text that are asked for', async () => {
    await world.send('operator', 'POST', '/raptor/demo/boom');
    const all = watch('operator', '?last=1000');
    const errors = watch('operator', '?level=ERROR&text=wing&last=0');
    await vi.waitFor(() => expect(textsOf(all.frames).join('\n')).toContain('Demo error'), 5_000);
    expect(all.frames[0]).toEqual({ type: 'log.hello', heartbeat_seconds: 15, last: 1_000 });
    await vi.waitFor(() => expect(errors.frames).toHaveLength(1), 5_000);
    expect(
      mini.trace(() => {
        throw new TypeError('a broken wing');
      }, 'flap'),
    ).toThrow('a broken wing');
    await vi.waitFor(
      () => expect(textsOf(errors.frames)[0]).toContain('ERROR RAPTOR EXCEPTION: TypeError: a broken wing'),
      5_000,
    );
    expect(textsOf(errors.frames).join('\n')).not.toContain('PERF');
  });

  it('goes on over a stop and a start', async () => {
    const { frames, closed } = watch('operator', '?last=0');
    await vi.waitFor(() => expect(frames).toHaveLength(1), 5_000);
    await world.send('operator', 'POST', '/raptor/stop');
    await world.send('operator', 'POST', '/raptor/start');
    await vi.waitFor(() => expect(textsOf(frames).join('\n')).toMatch(/OFFLINE[^]*ONLINE/u), 5_000);
    expect(closed()).toBeUndefined();
  });

  it('is refused to everybody but operators, and to whoever asks for something else', async () => {
    const [stranger, admin, odd] = [watch('nobody'), watch('admin'), watch('operator', '?lines=5')];
    await vi.waitFor(
      () => expect([stranger.closed(), admin.closed(), odd.closed()]).toEqual([4401, 4403, 1008]),
      5_000,
    );
    expect([...stranger.frames, ...admin.frames, ...odd.frames]).toEqual([]);
  });

  it('speaks server-sent events too', async () => {
    const url = `${address}/api/v1/raptor/logs/stream?last=5`;
    const accept = 'text/event-stream';
    expect((await fetch(url, { headers: { accept } })).status).toBe(401);
    const authorization = 'Bearer operator';
    expect((await fetch(url, { headers: { authorization } })).status).toBe(400);
    const gone = new AbortController();
    const answer = await fetch(url, { headers: { accept, authorization }, signal: gone.signal });
    expect(answer.headers.get('content-type')).toContain(accept);
    let text = '';
    const reading = (async () => {
      for await (const chunk of answer.body ?? []) text += new TextDecoder().decode(chunk);
    })().catch(() => undefined);
    await vi.waitFor(
      () => expect(text).toMatch(/event: log\.hello\ndata: .*\n\nevent: log\.line\ndata: /u),
      5_000,
    );
    gone.abort();
    await reading;
  });
});
