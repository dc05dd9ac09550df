/** Live charts of the machine and of the server's process. */
import type { HostSample } from '@raptorflow/contract';
import { useMemo } from 'react';

import { TimeChart } from '../../components/chart/time-chart.tsx';
import { Meter } from '../../components/meter.tsx';
import { Panel } from '../../components/panel.tsx';
import { metricFormat, shortNumber } from '../../format/metric.ts';
import { formatBytes } from '../../format/number.ts';
import {
  coreLinesMax,
  coreReadings,
  gpuReadings,
  percentText,
  type Reading,
  seriesOf,
} from './host-series.ts';

interface Stretch {
  readonly samples: readonly HostSample[];
  readonly toMs: number;
  readonly seconds: number;
}

const bytesPerSecond = metricFormat('bytes/s');
const millis = metricFormat('ms');

const processor: readonly Reading[] = [['All cores', ({ cpu }) => cpu?.percent]];
const memory: readonly Reading[] = [
  ['Memory used', (sample) => sample.memory?.used_bytes],
  ['Memory available', (sample) => sample.memory?.available_bytes],
  [
    'Swap used',
    ({ memory: read }) =>
      read === undefined || read.swap_total_bytes === 0 ? undefined : read.swap_used_bytes,
  ],
];
const disk: readonly Reading[] = [
  ['Read', (sample) => sample.disk?.read_bytes_per_second],
  ['Written', (sample) => sample.disk?.written_bytes_per_second],
];
const network: readonly Reading[] = [
  ['Received', (sample) => sample.network?.received_bytes_per_second],
  ['Sent', (sample) => sample.network?.sent_bytes_per_second],
];
const load: readonly Reading[] = [
  ['1 minute', (sample) => sample.load?.one_minute],
  ['5 minutes', (sample) => sample.load?.five_minutes],
  ['15 minutes', (sample) => sample.load?.fifteen_minutes],
];
const serverCpu: readonly Reading[] = [
  ['Processor', (sample) => sample.process.cpu_percent],
  ['Event loop busy', (sample) => sample.process.event_loop_utilization * 100],
];
const serverMemory: readonly Reading[] = [
  ['Resident', (sample) => sample.process.resident_bytes],
  ['Heap used', (sample) => sample.process.heap_used_bytes],
];
const eventLoop: readonly Reading[] = [
  ['Delay', (sample) => sample.process.event_loop_delay_ms],
  ['Garbage collection', (sample) => sample.process.gc_ms],
];

/** The charts, two beside each other where there is room. What the machine does not tell has no chart. */
export function HostCharts(stretch: Stretch) {
  const { samples } = stretch;
  const last = samples.at(-1);
  const cores = last?.cpu?.per_core_percent ?? [];
  return (
    <div className="grid gap-4 md:grid-cols-2">
      <Chart title="Processor" note="% of all cores" readings={processor} format={percentText} {...stretch} />
      {cores.length > coreLinesMax ? (
        <CoreMeters cores={cores} />
      ) : (
        <Chart
          title="Each core"
          note="% of one core"
          readings={coreReadings(samples)}
          format={percentText}
          {...stretch}
        />
      )}
      <Chart title="Memory" note={memoryNote(last)} readings={memory} format={formatBytes} {...stretch} />
      <Chart
        title="Load"
        note="processes that want to run"
        readings={load}
        format={shortNumber}
        {...stretch}
      />
      <Chart title="Disk" note={diskNote(last)} readings={disk} format={bytesPerSecond} {...stretch} />
      <Chart title="Network" note="bytes a second" readings={network} format={bytesPerSecond} {...stretch} />
      <Chart
        title="Server process"
        note="100 % is one core"
        readings={serverCpu}
        format={percentText}
        {...stretch}
      />
      <Chart
        title="Server memory"
        note={last === undefined ? '' : `${last.process.handles} handles open`}
        readings={serverMemory}
        format={formatBytes}
        {...stretch}
      />
      <Chart title="Event loop" note="ms in a second" readings={eventLoop} format={millis} {...stretch} />
      <GpuCharts {...stretch} />
    </div>
  );
}

function memoryNote(last: HostSample | undefined): string {
  if (last?.memory === undefined) return '';
  const { total_bytes: total, percent, swap_total_bytes: swap } = last.memory;
  return `${percentText(percent)} of ${formatBytes(total)} used, ${swap === 0 ? 'no swap' : `swap ${formatBytes(swap)}`}`;
}

function diskNote(last: HostSample | undefined): string {
  if (last?.disk === undefined) return '';
  const { reads_per_second: reads, writes_per_second: writes } = last.disk;
  return `${shortNumber(reads)} reads/s, ${shortNumber(writes)} writes/s`;
}

function GpuCharts(stretch: Stretch) {
  const gpus = stretch.samples.at(-1)?.gpus ?? [];
  if (gpus.length === 0) return null;
  return (
    <>
      <Chart
        title="GPU"
        note="% busy"
        readings={gpuReadings(stretch.samples, ({ percent }) => percent)}
        format={percentText}
        {...stretch}
      />
      <Chart
        title="GPU memory"
        note={gpus.map((gpu) => gpuNote(gpu, gpus.length > 1)).join(' · ')}
        readings={gpuReadings(stretch.samples, (gpu) => gpu.memory_used_bytes)}
        format={formatBytes}
        {...stretch}
      />
    </>
  );
}

function gpuNote(gpu: HostSample['gpus'][number], isNumbered: boolean): string {
  const { temperature_celsius: degrees, power_watts: watts, power_limit_watts: limit } = gpu;
  const facts = [
    gpu.memory_total_bytes === undefined ? null : `of ${formatBytes(gpu.memory_total_bytes)}`,
    degrees === undefined ? null : `${Math.round(degrees)} °C`,
    watts === undefined
      ? null
      : `${Math.round(watts)}${limit === undefined ? '' : ` of ${Math.round(limit)}`} W`,
  ]
    .filter((part) => part !== null)
    .join(', ');
  return isNumbered ? `GPU ${gpu.index}: ${facts}` : facts;
}

function Chart({
  title,
  note,
  readings,
  format,
  samples,
  toMs,
  seconds,
}: Stretch & {
  readonly title: string;
  readonly note: string;
  readonly readings: readonly Reading[];
  readonly format: (value: number) => string;
}) {
  const names = readings.map(([label]) => label).join('\n');
  const series = useMemo(
    () => seriesOf(samples.slice(-seconds), readings),
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- readings of the same names read the same.
    [samples, seconds, names],
  );
  if (series.length === 0) return null;
  return (
    <Panel title={title} note={note}>
      <TimeChart
        label={`${title}, last ${seconds} s`}
        series={series}
        fromMs={toMs - seconds * 1_000}
        toMs={toMs}
        format={format}
        height={150}
      />
    </Panel>
  );
}

function CoreMeters({ cores }: { readonly cores: readonly number[] }) {
  const named = cores.map((percent, core) => ({ core, percent }));
  return (
    <Panel title="Each core" note="% of one core, now">
      <ul className="grid max-h-52 grid-cols-[repeat(auto-fill,minmax(7rem,1fr))] gap-x-4 gap-y-2 overflow-y-auto">
        {named.map(({ core, percent }) => (
          <li key={core} className="text-xs">
            <span className="flex justify-between">
              <span className="text-muted">{core}</span>
              <span className="tabular">{percentText(percent)}</span>
            </span>
            <Meter fraction={percent / 100} label={`Core ${core}: ${percentText(percent)}`} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
