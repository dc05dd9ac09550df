import { periscopeOperationsSchema, type PeriscopeOperations } from '@raptorflow/contract';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { createPeriscope, type Periscope } from 'raptorflow/resilience';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PipelineBoard } from '../../compose/pipeline-board.ts';
import { openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { pipelinesToWire } from './periscope-wire.ts';
import { registerPeriscopeRoutes } from './periscope.ts';

const prefix = '/api/v1/periscope';
let world: RouteWorld;
let periscope: Periscope;
const board = new PipelineBoard(systemClock);
const pipelines = async () => pipelinesToWire(board.list(), 'server-one');

beforeAll(async () => {
  world = await openRouteWorld({ clock: systemClock });
  periscope = createPeriscope({ retry: false, breaker: { failuresToOpen: 2 } });
  registerPeriscopeRoutes(world.app, { ...world.guard, periscope, pipelines });
});
afterAll(() => world.stop());

async function operations(): Promise<PeriscopeOperations> {
  const { status, body } = await world.send('viewer', 'GET', `${prefix}/operations`);
  expect(status).toBe(200);
  return periscopeOperationsSchema.parse(body);
}

const fail = (): Promise<never> =>
  Promise.reject(new RaptorFlowError('unavailable', 'The other side is away.'));

describe('Periscope over HTTP', () => {
  it('has nothing to say, and is healthy, before anything was done', async () => {
    expect(await operations()).toEqual({ status: 'healthy', reasons: [], dead_letters: 0, items: [] });
  });

  it('shows each operation with figures that add up, and the circuits that its calls have asked', async () => {
    for (const breaker of ['acme:large', 'acme:small'])
      await periscope.execute('model_call', async () => 'yes', { breaker });
    for (let turn = 0; turn < 2; turn += 1) {
      await expect(periscope.execute('mail', fail)).rejects.toMatchObject({ code: 'unavailable' });
    }
    await expect(periscope.execute('mail', fail)).rejects.toMatchObject({ code: 'circuit_open' });
    const { status, items, reasons } = await operations();
    const [model, mail] = [
      items.find(({ name }) => name === 'model_call'),
      items.find(({ name }) => name === 'mail'),
    ];
    expect(model).toMatchObject({ status: 'healthy', calls: 2, successes: 2, failures: 0, retries: 0 });
    expect(model?.breakers).toMatchObject([
      { name: 'acme:large', state: 'closed', since: null, consecutive_failures: 0, next_probe_in_ms: null },
      { name: 'acme:small', state: 'closed' },
    ]);
    expect(model?.last_success_at).toBe(new Date(model?.last_success_at ?? 0).toISOString());
    expect(mail).toMatchObject({
      status: 'critical',
      calls: 3,
      failures: 3,
      attempts: 2,
      last_success_at: null,
    });
    expect(mail?.breakers).toMatchObject([{ name: 'mail', state: 'open', trips: 1 }]);
    expect(mail?.breakers[0]?.next_probe_in_ms).toBeGreaterThan(50_000);
    const openMs = Date.now() - Date.parse(mail?.breakers[0]?.since ?? '');
    expect(openMs).toBeGreaterThanOrEqual(0);
    expect(openMs).toBeLessThan(10_000);
    expect([status, reasons.length, mail?.reasons.length]).toEqual([
      'critical',
      mail?.reasons.length,
      reasons.length,
    ]);
  });

  it('holds an open circuit against every operation that asks it', async () => {
    await periscope.execute('newsletter', async () => 'sent');
    await expect(periscope.execute('newsletter', fail, { breaker: 'mail' })).rejects.toMatchObject({
      code: 'circuit_open',
    });
    const { items } = await operations();
    const newsletter = items.find(({ name }) => name === 'newsletter');
    expect(newsletter?.breakers.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'newsletter closed',
      'mail open',
    ]);
    expect(newsletter).toMatchObject({ status: 'critical', reasons: [{ status: 'critical' }] });
    expect(items.find(({ name }) => name === 'model_call')).toMatchObject({ status: 'healthy', reasons: [] });
  });

  it('isolates a circuit and releases it, for operators, and makes none by being asked', async () => {
    const isolated = await world.send('operator', 'POST', `${prefix}/breakers/mail/isolate`);
    expect([isolated.status, isolated.body]).toEqual([200, { name: 'mail', state: 'isolated' }]);
    const released = await world.send('operator', 'POST', `${prefix}/breakers/mail/release`);
    expect(released.body).toEqual({ name: 'mail', state: 'closed' });
    const unknown = await world.send('operator', 'POST', `${prefix}/breakers/nobody/isolate`);
    expect(unknown.status).toBe(404);
    expect(periscope.getMetricsSummary().circuits.map(({ name }) => name)).not.toContain('nobody');
  });

  it('lists the last errors together by kind, for operators only', async () => {
    const { body } = await world.send('operator', 'GET', `${prefix}/errors`);
    expect((body as { items: unknown[] }).items).toMatchObject(
      expect.arrayContaining([
        expect.objectContaining({
          operation: 'mail',
          error_type: 'unavailable',
          count: 2,
          duration_ms: expect.any(Number),
        }),
      ]),
    );
    for (const [method, path] of [
      ['GET', 'errors'],
      ['POST', 'breakers/mail/isolate'],
      ['POST', 'breakers/mail/release'],
    ] as const) {
      expect((await world.send('admin', method, `${prefix}/${path}`)).status).toBe(403);
      expect((await world.send(null, method, `${prefix}/${path}`)).status).toBe(401);
    }
  });

  it('shows pipelines with what they are at', async () => {
    const counts = {
      read: 5,
      ingested: 3,
      converted: 3,
      skipped: 1,
      failed: 1,
      failures: { read: 0, convert: 1, store: 0 },
    };
    await board.watch('threats', async (tell) =>
      tell({ ...counts, perSecond: 10, total: null, remaining: null, remainingMs: null } as Parameters<
        typeof tell
      >[0]),
    );
    const { body } = await world.send('viewer', 'GET', `${prefix}/pipelines`);
    expect(body).toMatchObject({
      items: [
        {
          name: 'threats',
          process: 'server-one',
          state: 'ended',
          ingested: 3,
          skipped: 1,
          failed: 1,
          items_per_second: 10,
          remaining: null,
        },
      ],
    });
  });
});
