import type { HostSample } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { coreReadings, gpuReadings, percentText, seriesOf } from './host-series.ts';

const idle: HostSample['process'] = {
  cpu_percent: 0,
  resident_bytes: 0,
  heap_used_bytes: 0,
  heap_total_bytes: 0,
  handles: 0,
  event_loop_delay_ms: 0,
  event_loop_utilization: 0,
  gc_ms: 0,
  gc_count: 0,
};

function sample(second: number, more: Partial<HostSample> = {}): HostSample {
  return {
    timestamp: new Date(second * 1_000).toISOString(),
    elapsed_ms: 1_000,
    process: idle,
    gpus: [],
    ...more,
  };
}

const cpu = (...cores: number[]): Partial<HostSample> => ({
  cpu: { percent: cores[0] ?? 0, per_core_percent: cores, cores: cores.length },
});

describe('lines of the machine', () => {
  it('has no line for what the machine does not tell', () => {
    const samples = [sample(1, cpu(10, 20))];
    const series = seriesOf(samples, [
      ['Processor', (one) => one.cpu?.percent],
      ['Memory', (one) => one.memory?.used_bytes],
    ]);
    expect(series).toEqual([{ label: 'Processor', points: [[1_000, 10]] }]);
  });

  it('breaks a line where nothing was measured, instead of drawing over it', () => {
    const [series] = seriesOf(
      [sample(1, cpu(10)), sample(2, cpu(20)), sample(40, cpu(30))],
      [['Processor', (one) => one.cpu?.percent]],
    );
    expect(series?.points).toEqual([
      [1_000, 10],
      [2_000, 20],
      [3_000, null],
      [40_000, 30],
    ]);
  });

  it('has a line for each core while they can be told apart', () => {
    expect(seriesOf([sample(1, cpu(5, 6))], coreReadings([sample(1, cpu(5, 6))]))).toEqual([
      { label: 'Core 0', points: [[1_000, 5]] },
      { label: 'Core 1', points: [[1_000, 6]] },
    ]);
    expect(coreReadings([sample(1, cpu(...Array.from({ length: 64 }, () => 1)))])).toEqual([]);
  });

  it('keeps GPUs apart by their number, also while one is not told', () => {
    const gpu = (index: number, percent?: number): HostSample['gpus'][number] => ({
      index,
      uuid: `GPU-${index}`,
      name: 'H100',
      ...(percent === undefined ? {} : { percent }),
    });
    const samples = [sample(1, { gpus: [gpu(1, 7)] }), sample(2, { gpus: [gpu(0, 5), gpu(1)] })];
    expect(
      seriesOf(
        samples,
        gpuReadings(samples, ({ percent }) => percent),
      ),
    ).toEqual([
      {
        label: 'GPU 0 · H100',
        points: [
          [1_000, null],
          [2_000, 5],
        ],
      },
      {
        label: 'GPU 1 · H100',
        points: [
          [1_000, 7],
          [2_000, null],
        ],
      },
    ]);
  });

  it('writes percentages with one digit, and whole ones where the digit says nothing', () => {
    expect([0, 0.04, 12.34, 99.96, 250].map(percentText)).toEqual([
      '0 %',
      '0.0 %',
      '12.3 %',
      '100 %',
      '250 %',
    ]);
  });
});
