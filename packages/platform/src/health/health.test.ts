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

  it('takes a throwing or silent part for unhealthy, within its deadline', async () => {
    const clock = createFakeClock();
    const health = createHealth(
      {
        thrower: part(() => {
          throw new Error('no connection');
        }),
        silent: part(() => new Promise<PartHealth>(() => undefined)),
      },
      clock,
    );
    const reading = health.all();
    await clock.advance(100);
    const { status, parts } = await reading;
    expect(status).toBe('unhealthy');
    expect(parts['thrower']?.reasons).toEqual(['no connection']);
    expect(parts['silent']?.reasons).toEqual(['did not answer within 80 ms']);
    expect(clock.pending).toBe(0);
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
