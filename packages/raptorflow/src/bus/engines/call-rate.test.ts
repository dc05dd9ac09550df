import { describe, expect, it } from 'vitest';
import { createFakeClock } from '../../kernel/testing/index.ts';
import { HourlyRate } from './call-rate.ts';

describe('what an hour of calls comes to', () => {
  it('is told from the time since the start, once a minute has passed', async () => {
    const clock = createFakeClock();
    const rate = new HourlyRate(() => clock.monotonic());
    for (let call = 0; call < 10; call += 1) rate.count();
    expect(rate.perHour()).toBe(600);
    await clock.advance(5 * 60_000);
    expect(rate.perHour()).toBe(120);
  });

  it('forgets what is older than ten minutes', async () => {
    const clock = createFakeClock();
    const rate = new HourlyRate(() => clock.monotonic());
    for (let call = 0; call < 1_000; call += 1) rate.count();
    await clock.advance(11 * 60_000);
    expect(rate.perHour()).toBe(0);
    rate.count();
    expect(rate.perHour()).toBeLessThan(10);
  });
});
