import {
  loopProofSchema,
  overspendProofSchema,
  type BusChannel,
  type BusTrace,
  type DeadLetter,
} from '@raptorflow/contract';
import { systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerBusRoutes } from './bus.ts';
import { registerProofRoutes } from './proofs.ts';

const url = '/api/v1/proofs/loop';
let world: RouteWorld;

beforeAll(async () => {
  world = await openRouteWorld({ clock: systemClock });
  const { app, guard, bus, workOf, society } = world;
  registerBusRoutes(app, { ...guard, bus, workOf, clock: systemClock, startedAtMs: systemClock.now() });
  registerProofRoutes(app, {
    ...guard,
    loopProof: society.loopProof,
    overspendProof: society.overspendProof,
  });
  await society.start();
});

afterAll(() => world.stop());

async function traceOf(role: string, requestId: string): Promise<{ status: number; body: BusTrace }> {
  const { status, body } = await world.send(role, 'GET', `/api/v1/bus/trace/${requestId}`);
  return { status, body: body as BusTrace };
}

describe('the loop proof over HTTP', () => {
  it('is refused to strangers and viewers', async () => {
    expect((await world.send(null, 'POST', url)).status).toBe(401);
    expect((await world.send('viewer', 'POST', url)).status).toBe(403);
  });

  it('answers the request to follow, runs once at a time, and ends in the trace and the dead letters', async () => {
    const begun = await world.send('member', 'POST', url);
    expect(begun.status).toBe(202);
    const { request_id: requestId, event_id: eventId } = loopProofSchema.parse(begun.body);
    const second = await world.send('admin', 'POST', url);
    expect(second).toMatchObject({ status: 409, body: { error: { code: 'conflict' } } });
    expect(second.text).toContain('ends by itself');
    await vi.waitUntil(async () => (await traceOf('viewer', requestId)).body.settled, {
      timeout: 15_000,
      interval: 50,
    });
    const { body } = await traceOf('viewer', requestId);
    expect(body).toMatchObject({ request_id: requestId, counts: { dead: 1 }, cost_usd: '0.000000' });
    expect(body.events[0]).toMatchObject({ id: eventId, depth: 0, source_agent_id: 'PROOF-PING', hops: 0 });
    const refused = body.events.find(({ presence }) => presence === 'refused');
    expect(refused?.hops).toBeLessThanOrEqual(8);
    const letters = await world.send('viewer', 'GET', '/api/v1/bus/dlq?reason=loop_detected');
    const { items } = letters.body as { items: DeadLetter[] };
    const own = items.filter(({ event }) => event?.request_id === requestId);
    // The word that was refused, and the one whose handler let the refusal through.
    expect(Object.groupBy(own, ({ group }) => (group === null ? 'refused' : 'handled'))).toMatchObject({
      refused: [{}],
      handled: [{}],
    });
    const { body: channels } = await world.send('operator', 'GET', '/api/v1/bus/channels');
    expect(
      (channels as { items: BusChannel[] }).items.find(({ name }) => name === 'sys.dlq.loop_detected'),
    ).toMatchObject({ published: 2, stored_events: 2 });
    for (const { chain, event } of own) {
      expect(chain?.[0]).toEqual({ event_id: eventId, type: 'proof_turn', agent_id: 'PROOF-PING' });
      expect(chain?.at(-1)?.event_id).toBe(refused?.id);
      expect(chain?.map((link) => link.event_id)).toContain(event?.id);
    }
  });

  it('is fenced to its workspace: others neither see it nor wait for it', async () => {
    // Settled is the story; the agents leave the bus a moment later.
    const own = await vi.waitUntil(
      async () => {
        const answer = await world.send('member', 'POST', url);
        return answer.status === 202 && answer;
      },
      { timeout: 15_000, interval: 50 },
    );
    expect((await world.send('outsider', 'POST', url)).status).toBe(202);
    const { request_id: requestId } = loopProofSchema.parse(own.body);
    expect((await traceOf('outsider', requestId)).status).toBe(404);
    expect((await traceOf('viewer', requestId)).status).toBe(200);
  });
});

describe('the overspend proof over HTTP', () => {
  const overspend = '/api/v1/proofs/overspend';

  it('is refused to strangers and viewers', async () => {
    expect((await world.send(null, 'POST', overspend)).status).toBe(401);
    expect((await world.send('viewer', 'POST', overspend)).status).toBe(403);
  });

  it('spends the cent and not a millionth more, tells its story on the bus, and leaves the month as it is', async () => {
    const [ran, second] = await Promise.all([
      world.send('member', 'POST', overspend),
      world.send('admin', 'POST', overspend),
    ]);
    expect([ran.status, second.status].toSorted((a, b) => a - b)).toEqual([200, 409]);
    const told = overspendProofSchema.parse((ran.status === 200 ? ran : second).body);
    expect(told).toMatchObject({
      agents: 200,
      calls_refused: 200,
      calls_failed: 0,
      cap_usd: '0.010000',
      reserved_usd: '0.000000',
      uncertain_usd: '0.000000',
      over_usd: '0.000000',
      billed_usd: told.spent_usd,
      note: expect.stringContaining('no real money'),
    });
    // Nearly all of the cent is used: what is left is less than one more call may cost.
    expect(Number(told.spent_usd)).toBeGreaterThan(0.009);
    expect(Number(told.spent_usd)).toBeLessThanOrEqual(0.01);
    expect(told.at_once_max).toBeGreaterThan(10);
    expect(Number(told.unguarded_usd)).toBeGreaterThan(0.05);
    expect(told.refusal).toContain('of the $0.010000');
    const { body } = await traceOf('viewer', told.request_id);
    expect(
      Object.entries(Object.groupBy(body.events, ({ type }) => type ?? 'gone')).map(([type, some]) => [
        type,
        some?.length,
      ]),
    ).toEqual([
      ['proof_swarm_started', 1],
      ['proof_call_made', told.calls_made],
      ['proof_calls_refused', 1],
      ['proof_swarm_ended', 1],
    ]);
    expect(body.cost_usd).toBe('0.000000');
    expect(await world.ledger.standing(home)).toMatchObject({ spentMicroUsd: 0, reservedMicroUsd: 0 });
    expect(await world.costs.total(home)).toMatchObject({ calls: 0 });
    expect((await traceOf('outsider', told.request_id)).status).toBe(404);
  });
});
