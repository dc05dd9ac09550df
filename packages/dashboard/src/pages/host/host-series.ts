/** Samples of the machine as lines of charts. */
import type { HostSample } from '@raptorflow/contract';

import type { ChartPoint, ChartSeries } from '../../components/chart/chart-data.ts';

/** Nothing was measured between samples that are further apart than this; a line drawn there would be invented. */
const gapMs = 3_500;

/** More lines than this cannot be told apart. */
export const coreLinesMax = 6;

/** One line: its name, and what it takes from a sample; undefined where the machine does not tell. */
export type Reading = readonly [label: string, read: (sample: HostSample) => number | undefined];

/** The lines of these readings; one that no sample tells is left out. */
export function seriesOf(samples: readonly HostSample[], readings: readonly Reading[]): ChartSeries[] {
  return readings.flatMap(([label, read]) => {
    const points = pointsOf(samples, read);
    return points.some(([, value]) => value !== null) ? [{ label, points }] : [];
  });
}

function pointsOf(
  samples: readonly HostSample[],
  read: (sample: HostSample) => number | undefined,
): ChartPoint[] {
  const points: ChartPoint[] = [];
  let before = Number.POSITIVE_INFINITY;
  for (const sample of samples) {
    const at = Date.parse(sample.timestamp);
    if (at - before > gapMs) points.push([before + 1_000, null]);
    points.push([at, read(sample) ?? null]);
    before = at;
  }
  return points;
}

/** A line for each core, where so many can be told apart; none else. */
export function coreReadings(samples: readonly HostSample[]): Reading[] {
  const cores = samples.at(-1)?.cpu?.per_core_percent.length ?? 0;
  if (cores > coreLinesMax) return [];
  return Array.from({ length: cores }, (_, core): Reading => [
    `Core ${core}`,
    ({ cpu }) => cpu?.per_core_percent[core],
  ]);
}

/** What each GPU is called: its number and model. */
function gpusOf(samples: readonly HostSample[]): { readonly index: number; readonly label: string }[] {
  return (samples.at(-1)?.gpus ?? []).map(({ index, name }) => ({ index, label: `GPU ${index} · ${name}` }));
}

/** A line for each GPU. */
export function gpuReadings(
  samples: readonly HostSample[],
  read: (gpu: HostSample['gpus'][number]) => number | undefined,
): Reading[] {
  return gpusOf(samples).map(({ index, label }): Reading => [
    label,
    ({ gpus }) => {
      const gpu = gpus.find((one) => one.index === index);
      return gpu === undefined ? undefined : read(gpu);
    },
  ]);
}

/** A percentage as it is on the wire: 12.34 is "12.3 %". */
export function percentText(percent: number): string {
  return `${percent >= 99.95 || percent === 0 ? Math.round(percent) : percent.toFixed(1)} %`;
}
