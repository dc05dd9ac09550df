import { createBus, sqliteEngine, type Bus, type Trace } from 'raptorflow/bus';
import { createIds, silentLogger } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  loopProofChannel,
  loopProofRetentionMs,
  societyChannels,
  societyContracts,
  societyRoutes,
} from '../topology/index.ts';
import { createLoopProof, type LoopProof } from './loop-proof.ts';

const workspaceId = 'wsp_1';

let clock: FakeClock;
let bus: Bus;
let proof: LoopProof;

beforeEach(async () => {
  clock = createFakeClock(Date.UTC(2026, 10, 27, 12));
  bus = createBus(
    {
      engine: sqliteEngine({ path: ':memory:' }),
      channels: societyChannels,
      routes: societyRoutes,
      contracts: societyContracts,
      strict: true,
    },
    { clock },
  );
  await bus.start();
  proof = createLoopProof({}, { bus, clock, ids: createIds({ clock }), logger: silentLogger });
  await proof.start();
});

afterEach(async () => {
  await proof.stop();
  await bus.stop();
});

/** Lets time pass in small steps until it is so. */
async function until(isSo: () => unknown): Promise<void> {
  await vi.waitUntil(
    async () => {
      await clock.advance(50);
      return isSo();
    },
    { timeout: 15_000, interval: 2 },
  );
}

async function toTheEnd(requestId: string): Promise<Trace> {
  await until(() => bus.subscriptions().length === 0);
  const trace = await bus.trace(requestId, { workspaceId });
  if (!trace) throw new Error('The story is gone.');
  return trace;
}

function chainOf(trace: Trace): { who: string | null; hops: number | undefined; presence: string }[] {
  const chain = [];
  let node = trace.roots.find(({ event }) => event?.channel === loopProofChannel);
  while (node) {
    const { event, presence } = node;
    chain.push({ who: event?.sourceAgentId ?? null, hops: event?.hops, presence });
    node = node.children.find((child) => child.event?.channel === loopProofChannel);
  }
  return chain;
}

describe('the loop proof', () => {
  it('lets two agents take turns until the breaker refuses one, within eight hops', async () => {
    const { requestId, eventId } = await proof.begin(workspaceId);
    const trace = await toTheEnd(requestId);
    const chain = chainOf(trace);
    expect(trace.roots[0]?.id).toBe(eventId);
    expect(chain.map(({ who }) => who)).toEqual(
      chain.map((_, turn) => (turn % 2 === 0 ? 'PROOF-PING' : 'PROOF-PONG')),
    );
    expect(chain.at(-1)).toMatchObject({ presence: 'refused' });
    expect(chain.at(-1)?.hops).toBeLessThanOrEqual(8);
    expect(chain.slice(0, -1).every(({ presence }) => presence === 'stored')).toBe(true);
    expect(trace.isSettled).toBe(true);
    expect(trace.counts.handlings).toMatchObject({ waiting: 0, running: 0, dead: 1 });
  });

  it('leaves the dead letter with the chain, and one critical alert', async () => {
    const { requestId } = await proof.begin(workspaceId);
    await toTheEnd(requestId);
    const { items } = await bus.deadLetters.list({ reason: 'loop_detected', workspaceId });
    const refused = items.find(({ group }) => group === null);
    expect(refused?.chain?.length).toBeGreaterThan(5);
    expect(refused?.event.requestId).toBe(requestId);
    const alerts: string[] = [];
    await bus.replayChannel('sys.alert.critical', ({ type }) => void alerts.push(type));
    expect(alerts).toEqual(['loop_detected']);
  });

  it('runs once at a time in a workspace, says what to do, and runs again afterwards', async () => {
    const [first, second] = await Promise.allSettled([proof.begin(workspaceId), proof.begin(workspaceId)]);
    expect(first.status).toBe('fulfilled');
    expect(second).toMatchObject({ reason: { code: 'conflict' } });
    expect(String(second.status === 'rejected' && second.reason)).toContain('start the next one');
    const other = await proof.begin('wsp_2');
    await until(() => bus.subscriptions().length === 0);
    expect((await bus.trace(other.requestId, { workspaceId: 'wsp_2' }))?.counts.handlings.dead).toBe(1);
    const again = await proof.begin(workspaceId);
    expect((await toTheEnd(again.requestId)).counts.handlings.dead).toBe(1);
  });

  it('leaves its groups while its events are kept, and forgets them then', async () => {
    const { requestId } = await proof.begin(workspaceId);
    await toTheEnd(requestId);
    const names = async (): Promise<string[]> => (await bus.groups.list()).map(({ name }) => name);
    expect((await names()).toSorted()).toEqual(['proof.ping', 'proof.pong']);
    await clock.advance(loopProofRetentionMs + 1_000);
    await vi.waitUntil(async () => (await names()).length === 0);
  });

  it('takes its agents off the bus when the server stops in the middle, and begins no more', async () => {
    await proof.begin(workspaceId);
    expect(bus.subscriptions()).toHaveLength(2);
    const stopping = proof.stop();
    await until(() => bus.subscriptions().length === 0);
    await stopping;
    await expect(proof.begin(workspaceId)).rejects.toMatchObject({ code: 'unavailable' });
  });
});
