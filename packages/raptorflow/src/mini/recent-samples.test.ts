import { describe, expect, it } from 'vitest';
import type { HostSample } from '../host/index.ts';
import { RecentSamples, samplesKeptMax } from './recent-samples.ts';

const sampleAt = (at: number): HostSample => ({ at }) as HostSample;

describe('the samples of the last minutes', () => {
  it('are one a second, although five come, and none is skipped for a timer that is late', () => {
    const recent = new RecentSamples();
    for (let at = 0; at < 3_000; at += 200) recent.note(sampleAt(at + (at % 600 === 0 ? 20 : 0)));
    expect(recent.list(10).map(({ at }) => at)).toEqual([20, 1_000, 2_000]);
  });

  it('are five minutes of them at most, and the newest are asked for', () => {
    const recent = new RecentSamples();
    for (let second = 0; second < 400; second += 1) recent.note(sampleAt(second * 1_000));
    expect(recent.list(1_000)).toHaveLength(samplesKeptMax);
    expect(recent.list(2).map(({ at }) => at)).toEqual([398_000, 399_000]);
    expect(recent.list(0)).toEqual([]);
  });

  it('go on when the clock was set back', () => {
    const recent = new RecentSamples();
    recent.note(sampleAt(10_000));
    recent.note(sampleAt(2_000));
    expect(recent.list(10).map(({ at }) => at)).toEqual([10_000, 2_000]);
  });
});
