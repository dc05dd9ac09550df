import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RaptorFlowError, seededRandom } from '../kernel/index.ts';
import { createFakeClock, type FakeClock } from '../kernel/testing/index.ts';
import { createPeriscope, type Periscope, type PeriscopeOptions } from '../resilience/index.ts';
import { recordedHistory } from './contract-suite/recorded-history.ts';
import { createAlerts, type AlertsDeps } from './create-alerts.ts';
import type { Alerts } from './alerts.ts';
import { createListener, queueRule, type Listener } from './testing/world.ts';

const operation = 'notify:listener';
const down = new RaptorFlowError('unavailable', 'Down.');
const rule = { ...queueRule, durationSeconds: 0 };
let clock: FakeClock;
let listener: Listener;
let periscope: Periscope;
let alerts: Alerts;

async function open(options: PeriscopeOptions = {}, deps: Partial<AlertsDeps> = {}): Promise<void> {
  periscope = createPeriscope(options, { clock });
  const history = recordedHistory();
  for (let second = 0; second < 20; second += 1) {
    history.record('queue_length', { queue: 'mail' }, clock.now() + second * 1_000, 20);
  }
  alerts = createAlerts(
    {
      routes: [
        { name: 'all', notifiers: ['listener'], groupBy: ['alertname'], pace: { groupWaitSeconds: 0 } },
      ],
      times: { graceSeconds: 0 },
    },
    {
      sources: { live: history },
      delivery: { notifiers: [listener], executor: periscope },
      clock,
      chance: { random: seededRandom(1) },
      ...deps,
    },
  );
  await alerts.start();
}

async function fire(...names: string[]): Promise<void> {
  for (const name of names) await alerts.rules.put({ ...rule, name });
  await pass(10_000);
  await alerts.evaluate();
  await clock.advance(0);
}

/** In steps, so that what a timer begins has its turn before the next one. */
async function pass(durationMs: number): Promise<void> {
  for (let left = durationMs; left > 0; left -= 1_000) await clock.advance(Math.min(1_000, left));
}

const figures = () => periscope.getMetricsSummary().operations.find((each) => each.operation === operation);

beforeEach(() => {
  clock = createFakeClock();
  listener = createListener();
});
afterEach(() => alerts.stop());

describe('deliveries by an executor that is handed in', () => {
  it('are its operation of the notifier’s name: retries, errors and circuit are seen there', async () => {
    await open();
    listener.fail = down;
    await fire('queue_long');
    await pass(3_000);
    listener.fail = null;
    await pass(10_000);
    expect(listener.told).toHaveLength(1);
    expect(figures()).toMatchObject({ calls: 1, successes: 1, breakerState: 'closed' });
    expect(figures()?.retries).toBe(listener.deliveryIds.length - 1);
    expect(figures()?.retries).toBeGreaterThan(0);
  });

  it('have all their attempts though the circuit opens, and are made in their order when it closes', async () => {
    await open({ breaker: { failuresToOpen: 2, openMs: 60_000 } });
    listener.fail = down;
    await fire('first', 'second', 'third');
    await pass(60_000);
    expect(figures()?.breakerState).toBe('open');
    const attempts = listener.deliveryIds.length;
    expect(attempts).toBeGreaterThan(1);
    expect((await alerts.deliveries()).map(({ outcome }) => outcome)).toEqual([
      'waiting',
      'waiting',
      'waiting',
    ]);
    listener.fail = null;
    await pass(120_000);
    expect(listener.told.map(({ groupLabels }) => groupLabels['alertname'])).toEqual([
      'first',
      'second',
      'third',
    ]);
    expect((await alerts.deliveries()).every(({ outcome }) => outcome === 'delivered')).toBe(true);
    expect(figures()).toMatchObject({ calls: 3, successes: 3, failures: 0, breakerState: 'closed' });
  });

  it('are given up after nine attempts and not before, whatever the circuit refused meanwhile', async () => {
    await open({ breaker: { failuresToOpen: 2, openMs: 60_000 } });
    listener.fail = down;
    await fire('queue_long');
    await pass(1_800_000);
    expect(listener.deliveryIds).toHaveLength(9);
    expect(await alerts.deliveries()).toMatchObject([{ outcome: 'undelivered', failure: 'Down.' }]);
  });

  it('wait while somebody holds the circuit open, and go on when it is released', async () => {
    await open();
    periscope.breaker(operation).isolate();
    await fire('queue_long');
    await pass(3_600_000);
    expect(listener.deliveryIds).toEqual([]);
    expect(await alerts.deliveries()).toMatchObject([{ outcome: 'waiting' }]);
    periscope.breaker(operation).reset();
    await pass(5_000);
    expect(listener.told).toHaveLength(1);
  });

  it('end with the service while they wait for the circuit, and stay stored', async () => {
    await open();
    periscope.breaker(operation).isolate();
    await fire('queue_long');
    await alerts.stop();
    expect(clock.pending).toBe(0);
    expect(listener.deliveryIds).toEqual([]);
  });

  it('are repeated beyond the budget of retries, and not before the other side wants', async () => {
    await open({ retryBudget: { share: 0, retriesMin: 0 } });
    listener.fail = new RaptorFlowError('exhausted', 'Later.', { retryAfterMs: 100_000 });
    await fire('queue_long');
    listener.fail = null;
    await pass(99_000);
    expect(listener.told).toEqual([]);
    await pass(2_000);
    expect(listener.told).toHaveLength(1);
  });
});
