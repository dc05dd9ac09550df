import { createBus, type Bus, type BusEngine } from 'raptorflow/bus';

/** How long an event waited from publish to handler, in milliseconds. */
interface Waits {
  readonly p50: number;
  readonly p99: number;
}

/** What `measureFairness` found. */
export interface Fairness {
  /** The small workspace, with nobody else on the bus. */
  readonly alone: Waits;
  /** The same behind the large workspace's backlog. */
  readonly behind: Waits;
  /** Events of the large workspace that were handled while the small one was measured: it was not just held back. */
  readonly handledMeanwhile: number;
  /** How many of the large workspace were left when the measurement ended: it lasted. */
  readonly left: number;
}

interface Plan {
  /** Events that the large workspace has waiting. */
  readonly backlog: number;
  /** How often the two measurements take turns, so that a disturbance of the machine falls on both. */
  readonly rounds: number;
  /** Events of the small workspace in one measurement. */
  readonly events: number;
  /** Time between two of those. */
  readonly everyMs: number;
  readonly concurrency: number;
}

const sleep = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/**
 * Measures, in real time and on the engine that `make` builds, how long one workspace's events wait from publish to handler: alone, and
 * behind the backlog of another one in the same group. Handlers take about a millisecond.
 */
export async function measureFairness(make: () => Promise<BusEngine>, plan: Plan): Promise<Fairness> {
  const bus = createBus({ engine: await make() });
  await bus.start();
  try {
    await fill(bus, plan.backlog);
    let handled = 0;
    const onOther = (): void => void (handled += 1);
    const [alone, behind]: [number[], number[]] = [[], []];
    await waitsOf(bus, 'fair.alone', plan, onOther);
    for (let round = 0; round < plan.rounds; round += 1) {
      alone.push(...(await waitsOf(bus, 'fair.alone', plan, onOther)));
      behind.push(...(await waitsOf(bus, 'fair.shared', plan, onOther)));
    }
    return {
      alone: summary(alone),
      behind: summary(behind),
      handledMeanwhile: handled,
      left: plan.backlog - handled,
    };
  } finally {
    await bus.stop();
  }
}

async function fill(bus: Bus, backlog: number): Promise<void> {
  const batch = 1_000;
  for (let n = 0; n < backlog; n += batch) {
    const drafts = Array.from({ length: Math.min(batch, backlog - n) }, () => ({
      type: 'fair.event',
      payload: { publishedAt: 0 },
      workspaceId: 'large',
    }));
    await bus.publishMany('fair.shared', drafts);
  }
}

async function waitsOf(bus: Bus, channel: string, plan: Plan, onOther: () => void): Promise<number[]> {
  const waits: number[] = [];
  const subscription = await bus.subscribe(
    channel,
    async ({ workspaceId, payload }) => {
      if (workspaceId === 'small')
        waits.push(performance.now() - (payload as { publishedAt: number }).publishedAt);
      else onOther();
      await sleep(1);
    },
    { group: channel, from: 'earliest', concurrency: plan.concurrency },
  );
  await sleep(200);
  for (let n = 0; n < plan.events; n += 1) {
    const payload = { publishedAt: performance.now() };
    await bus.publish(channel, { type: 'fair.event', payload, workspaceId: 'small' });
    await sleep(plan.everyMs);
  }
  while (waits.length < plan.events) await sleep(1);
  await subscription.stop();
  return waits;
}

function summary(waits: number[]): Waits {
  waits.sort((a, b) => a - b);
  const at = (part: number): number =>
    waits[Math.min(waits.length - 1, Math.floor(waits.length * part))] ?? 0;
  return { p50: at(0.5), p99: at(0.99) };
}
