import { createFakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, it } from 'vitest';
import { createHealth, healthy, type HealthPart, type PartHealth } from './health.ts';

const bad = (status: 'degraded' | 'unhealthy' | 'critical'): PartHealth => ({ status, reasons: ['because'] });
const part = (probe: HealthPart['probe'], more: Partial<HealthPart> = {}): HealthPart => ({
  probe,
  needed: true,
  worst: 'critical',
  ...more,
});

describe('createHealth', () => {
  it('is as bad as its worst part', async () => {
    const health = createHealth(
      { a: part(() => healthy()), b: part(() => bad('degraded')) },
      createFakeClock(),
    );
    expect((await health.all()).status).toBe('degraded');
    const worse = createHealth(
      { a: part(() => bad('critical')), b: part(() => bad('degraded')) },
      createFakeClock(),
    );
    expect((await worse.all()).status).toBe('critical');
  });

  it('lets things outside the program degrade it at most, and leaves them out of readiness', async () => {
    const outside = part(() => bad('unhealthy'), { needed: false, worst: 'degraded' });
    const health = createHealth({ database: part(() => healthy()), models: outside }, createFakeClock());
    expect(await health.all()).toMatchObject({
      status: 'degraded',
      parts: { models: { status: 'unhealthy' } },
    });
    const ready = await health.ready();
    expect(ready.status).toBe('healthy');
    expect(Object.keys(ready.parts)).toEqual(['database']);
  });

  it('takes a throwing part for unhealthy, and waits for no other longer than its deadline', async () => {
    const clock = createFakeClock();
    const thrower = part(() => {
      throw new Error('no connection');
    });
    const silent = part(() => new Promise<PartHealth>(() => undefined));
    const health = createHealth({ thrower, silent }, clock);
    const reading = health.all();
    await clock.advance(100);
    const { status, parts } = await reading;
    expect(status).toBe('unhealthy');
    expect(parts['thrower']).toMatchObject({ status: 'unhealthy', reasons: ['no connection'] });
    expect(parts['silent']).toMatchObject({ status: 'degraded', reasons: ['has not answered for 80 ms'] });
    expect(clock.pending).toBe(0);
  });

  it('takes a part that stalls for a moment for degraded, and one that stays silent for unhealthy', async () => {
    const clock = createFakeClock();
    const waiting: (() => void)[] = [];
    const slow = part(() => new Promise<PartHealth>((resolve) => waiting.push(() => resolve(healthy()))));
    const health = createHealth({ slow }, clock);
    const read = async (): Promise<string> => {
      const reading = health.all();
      await clock.advance(1_001);
      return (await reading).status;
    };
    expect([await read(), await read()]).toEqual(['degraded', 'degraded']);
    // It answers late, so its silence has ended.
    for (const answer of waiting.splice(0)) answer();
    await clock.advance(0);
    expect([await read(), await read(), await read(), await read()]).toEqual([
      'degraded',
      'degraded',
      'degraded',
      'unhealthy',
    ]);
  });

  it('probes at most once a second', async () => {
    const clock = createFakeClock();
    let probes = 0;
    const health = createHealth(
      {
        a: part(() => {
          probes += 1;
          return healthy();
        }),
      },
      clock,
    );
    await Promise.all([health.all(), health.ready()]);
    await health.all();
    expect(probes).toBe(1);
    await clock.advance(1_001);
    await health.all();
    expect(probes).toBe(2);
  });
});
