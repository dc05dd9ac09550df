import type { PeriscopePipeline } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { progressOf } from './pipeline-progress.ts';

function pipeline(more: Partial<PeriscopePipeline>): PeriscopePipeline {
  return {
    name: 'signals',
    process: 'server',
    state: 'running',
    ingested: 60,
    converted: 70,
    skipped: 10,
    failed: 5,
    items_per_second: 5,
    remaining: 25,
    started_at: '2026-01-31T12:00:00.000Z',
    ended_at: null,
    ...more,
  };
}

describe('the progress of a pipeline', () => {
  it('counts what was skipped and failed as done, and reckons the rest at the present rate', () => {
    expect(progressOf(pipeline({}))).toEqual({ share: 0.75, leftMs: 5_000 });
  });

  it('promises no end where nothing moves or nobody knows what remains', () => {
    expect(progressOf(pipeline({ items_per_second: 0 })).leftMs).toBeNull();
    expect(progressOf(pipeline({ remaining: null }))).toEqual({ share: null, leftMs: null });
    expect(progressOf(pipeline({ state: 'failed' })).leftMs).toBeNull();
  });

  it('is whole at the end, even of nothing', () => {
    expect(progressOf(pipeline({ state: 'ended', remaining: null })).share).toBe(1);
    const nothing = { ingested: 0, converted: 0, skipped: 0, failed: 0, remaining: 0 };
    expect(progressOf(pipeline({ state: 'ended', ...nothing })).share).toBe(1);
    expect(progressOf(pipeline(nothing)).share).toBe(0);
  });
});
