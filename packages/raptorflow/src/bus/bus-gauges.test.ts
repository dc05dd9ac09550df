import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createFakeClock, type FakeClock } from '../kernel/testing/index.ts';
import { createMetrics, type Metrics } from '../metrics/index.ts';
import { createBus } from './create-bus.ts';
import type { Bus } from './bus.ts';
import { createBusGauges } from './bus-gauges.ts';
import { sqliteEngine } from './engines/sqlite.ts';

let bus: Bus;
let clock: FakeClock;
let metrics: Metrics;

beforeEach(async () => {
  clock = createFakeClock();
  metrics = createMetrics();
  bus = createBus({ engine: sqliteEngine({ path: ':memory:' }) }, { clock });
  await bus.start();
});
afterEach(() => bus.stop({ deadlineMs: 0 }));

function valueOf(name: string, tags: Record<string, string> = {}): number | undefined {
  const found = metrics.snapshot().metrics.find(({ definition }) => definition.name === name);
  const series = found?.series.find((one) =>
    Object.entries(tags).every(([key, value]) => one.tags[key] === value),
  );
  return typeof series?.value === 'number' ? series.value : undefined;
}

describe('the gauges of a bus', () => {
  it('show backlogs, dead letters and what is stored, and a group that is gone as empty', async () => {
    const gauges = createBusGauges({ everyMs: 1_000 }, { bus, meter: metrics, clock });
    const subscription = await bus.subscribe('lab.*', () => Promise.reject(new Error('no')), {
      group: 'team',
      retry: { retries: 0 },
    });
    await bus.publish('lab.work', { type: 'test.work' });
    await vi.waitFor(async () => expect((await bus.deadLetters.list()).total).toBe(1));
    subscription.pause();
    await bus.publish('lab.work', { type: 'test.work' });
    await bus.publish('lab.work', { type: 'test.work' });
    await gauges.start();
    await clock.advance(0);
    await vi.waitFor(() => expect(valueOf('bus_group_lag', { group: 'team' })).toBe(2));
    expect(valueOf('bus_dead_letters_open', { reason: 'max_retries_exceeded' })).toBe(1);
    expect(valueOf('bus_events_stored')).toBe(4);
    expect(valueOf('bus_healthy')).toBe(1);

    await subscription.stop();
    await bus.groups.delete('team');
    await vi.waitFor(async () => {
      await clock.advance(1_000);
      expect(valueOf('bus_group_lag', { group: 'team' })).toBe(0);
    });
    await gauges.stop();
    await bus.publish('lab.work', { type: 'test.work' });
    await clock.advance(5_000);
    expect(valueOf('bus_events_stored')).toBe(4);
  });

  it('say when the store does not answer, and keep what was known', async () => {
    const gauges = createBusGauges({ everyMs: 1_000 }, { bus, meter: metrics, clock });
    await bus.publish('lab.work', { type: 'test.work' });
    await gauges.start();
    await clock.advance(0);
    await vi.waitFor(() => expect(valueOf('bus_events_stored')).toBe(1));
    await bus.stop({ deadlineMs: 0 });
    await vi.waitFor(async () => {
      await clock.advance(1_000);
      expect(valueOf('bus_healthy')).toBe(0);
    });
    expect(valueOf('bus_events_stored')).toBe(1);
    await gauges.stop();
  });
});
