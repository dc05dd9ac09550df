import { afterEach, expect, it, vi } from 'vitest';
import { createFakeClock } from '../../kernel/testing/index.ts';
import { createMetrics, type Metrics } from '../../metrics/index.ts';
import { createHostMonitor } from '../create-host-monitor.ts';
import { fakeNvidiaSmi, printing, runsOn } from '../testing/fake-nvidia-smi.ts';
import { gpuOutputs } from '../testing/gpu-fixtures.ts';

const disposals: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const dispose of disposals.splice(0).toReversed()) await dispose();
});

function gpuSeries(metrics: Metrics): (readonly [string, string | undefined, unknown])[] {
  return metrics
    .snapshot()
    .metrics.flatMap(({ definition, series }) =>
      definition.name.startsWith('system_gpu_')
        ? series.map(({ tags, value }) => [definition.name, tags['gpu'], value] as const)
        : [],
    );
}

it('GPUs are in every sample and in the metrics, each by its number, without what a driver does not tell', async () => {
  const smi = fakeNvidiaSmi(printing(gpuOutputs[550], runsOn));
  const [clock, metrics] = [createFakeClock(), createMetrics()];
  const monitor = createHostMonitor({}, { clock, meter: metrics, nvidiaSmi: smi.command });
  disposals.push(smi.dispose, () => monitor.stop());
  await monitor.start();
  await vi.waitFor(() => expect(monitor.status().gpu).toBe('streaming'));
  await vi.waitFor(async () => {
    await clock.advance(200);
    expect((await monitor.sample()).gpus).toHaveLength(2);
  });
  const mebibyte = 2 ** 20;
  expect(gpuSeries(metrics)).toEqual([
    ['system_gpu_memory_used_bytes', '0', 412 * mebibyte],
    ['system_gpu_memory_used_bytes', '1', 80_123 * mebibyte],
    ['system_gpu_percent', '1', 100],
    ['system_gpu_power_watts', '0', 62.11],
    ['system_gpu_power_watts', '1', 398.9],
    ['system_gpu_temperature_celsius', '0', 33],
    ['system_gpu_temperature_celsius', '1', 71],
  ]);
});

it('without a GPU there are no figures of one, neither in samples nor in metrics', async () => {
  const [clock, metrics] = [createFakeClock(), createMetrics()];
  const monitor = createHostMonitor({}, { clock, meter: metrics, nvidiaSmi: '/nowhere/nvidia-smi' });
  disposals.push(() => monitor.stop());
  await monitor.start();
  await vi.waitFor(() => expect(monitor.status().gpu).toBe('absent'));
  await clock.advance(200);
  expect([(await monitor.sample()).gpus, gpuSeries(metrics)]).toEqual([[], []]);
});

it('processes are listed with the memory that they hold on GPUs', async () => {
  const answer = `if [ "$1" = '--query-compute-apps=pid,used_memory' ]; then echo '${process.pid}, 100'; exit; fi`;
  const smi = fakeNvidiaSmi(`${answer}\n${printing(gpuOutputs[470], runsOn)}`);
  const monitor = createHostMonitor({}, { nvidiaSmi: smi.command });
  disposals.push(smi.dispose, () => monitor.stop());
  await monitor.start();
  await vi.waitFor(() => expect(monitor.status().gpu).toBe('streaming'));
  const found = await monitor.processes();
  expect(found.find(({ pid }) => pid === process.pid)?.gpuMemoryBytes).toBe(100 * 2 ** 20);
  expect(found.filter(({ gpuMemoryBytes }) => gpuMemoryBytes !== undefined)).toHaveLength(1);
});
