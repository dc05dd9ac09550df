import type { BusChannel } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { ratesBetween } from './bus.ts';

const channel = (name: string, published: number, received: number, second: number): BusChannel => ({
  name,
  kind: 'other',
  declared: true,
  retention_seconds: 3600,
  stored_events: null,
  published,
  received,
  failed: 0,
  lag: 0,
  groups: [],
  measured_at: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
});

describe('rates between two readings', () => {
  it('divide what came by the time between', () => {
    const rates = ratesBetween([channel('a', 10, 20, 0)], [channel('a', 16, 20, 3)]);
    expect(rates.get('a')).toEqual({ published: 2, received: 0 });
  });

  it('are unknown for a new channel, a restarted server, and readings of one moment', () => {
    expect(ratesBetween([], [channel('a', 1, 1, 0)]).size).toBe(0);
    expect(ratesBetween([channel('a', 10, 10, 0)], [channel('a', 2, 2, 3)]).size).toBe(0);
    expect(ratesBetween([channel('a', 1, 1, 3)], [channel('a', 2, 2, 3)]).size).toBe(0);
  });
});
