import type { HostSample } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { joinSamples, samplesToAsk } from './host.ts';

const at = (second: number): HostSample => ({
  timestamp: new Date(second * 1_000).toISOString(),
  elapsed_ms: 1_000,
  process: {
    cpu_percent: 0,
    resident_bytes: 0,
    heap_used_bytes: 0,
    heap_total_bytes: 0,
    handles: 0,
    event_loop_delay_ms: 0,
    event_loop_utilization: 0,
    gc_ms: 0,
    gc_count: 0,
  },
  gpus: [],
});
const seconds = (samples: readonly HostSample[]): number[] =>
  samples.map(({ timestamp }) => Date.parse(timestamp) / 1_000);

describe('readings of the machine', () => {
  it('asks for everything first, and then for what has come since, with some to spare', () => {
    expect(samplesToAsk(null)).toBe(300);
    expect(samplesToAsk(1_000)).toBe(4);
    expect(samplesToAsk(61_400)).toBe(65);
    expect(samplesToAsk(86_400_000)).toBe(300);
  });

  it('takes from a reading what is not known yet, and keeps no more than it may', () => {
    const known = [at(1), at(2), at(3)];
    expect(seconds(joinSamples(known, [at(2), at(3), at(4)], 10))).toEqual([1, 2, 3, 4]);
    expect(seconds(joinSamples(known, [at(4), at(5)], 3))).toEqual([3, 4, 5]);
    expect(seconds(joinSamples([], [at(1)], 3))).toEqual([1]);
  });
});
