import type { RunStep } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { boundsOf, spanOf } from './timeline.ts';

const moment = (second: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString();

const step = (from: number, to: number | null): RunStep => ({
  sequence: 1,
  kind: 'tool_call',
  name: 'document_read',
  status: to === null ? 'running' : 'completed',
  started_at: moment(from),
  completed_at: to === null ? null : moment(to),
  duration_ms: to === null ? null : (to - from) * 1000,
  input: null,
  output: null,
  error: null,
  model: null,
  prompt_tokens: 0,
  completion_tokens: 0,
  cost_usd: '0.000000',
});

describe('the time line', () => {
  it('places steps as shares of the whole run', () => {
    const steps = [step(0, 2), step(2, 6), step(6, 8)];
    const bounds = boundsOf(steps, Date.parse(moment(99)));
    expect(steps.map((one) => spanOf(one, bounds, 0))).toEqual([
      { offset: 0, length: 0.25 },
      { offset: 0.25, length: 0.5 },
      { offset: 0.75, length: 0.25 },
    ]);
  });

  it('lets a running step grow with the clock', () => {
    const now = Date.parse(moment(10));
    const steps = [step(0, 5), step(5, null)];
    expect(spanOf(step(5, null), boundsOf(steps, now), now)).toEqual({ offset: 0.5, length: 0.5 });
  });

  it('keeps a step of no length visible and inside', () => {
    const bounds = boundsOf([step(0, 10)], 0);
    const span = spanOf(step(10, 10), bounds, 0);
    expect(span.length).toBeGreaterThan(0);
    expect(span.offset + span.length).toBeLessThanOrEqual(1);
    expect(spanOf(step(3, 3), { from: 1, to: 1 }, 0)).toEqual({ offset: 0, length: 1 });
  });
});
