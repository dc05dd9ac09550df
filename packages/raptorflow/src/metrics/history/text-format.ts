import type { SeriesKind, Tags } from './sampled.ts';
import type { Accumulator } from './accumulator.ts';
import type { SeriesDescription } from './point.ts';

/** One series as it is written. */
export interface ExportedSeries {
  readonly metric: string;
  readonly unit: string;
  readonly kind: SeriesKind;
  readonly lowest: number;
  readonly tags: Tags;
  readonly steps: readonly { readonly at: number; readonly all: Accumulator; readonly last: number }[];
}

/** A text format. */
export interface ExportFormat {
  readonly head: string;
  readonly tail: string;
  /** What precedes the series of a metric. */
  family(description: SeriesDescription): string;
  series(series: ExportedSeries): string;
}

const quantiles = [50, 95, 99] as const;

/**
 * OpenMetrics 1.0 with a timestamp on every sample. Names are those of `/metrics`: milliseconds become seconds, counters end in `_total`. Counters and
 * sums run from 0 at the beginning of the export. Histograms are summaries, because the bounds of their percentiles are far closer than any
 * choice of `le` buckets.
 */
export const openMetricsFormat: ExportFormat = {
  head: '',
  tail: '# EOF\n',
  family({ metric, kind, unit, description }) {
    const { name } = translated(metric, unit);
    const type = kind === 'histogram' ? 'summary' : kind;
    return `# TYPE ${name} ${type}\n# HELP ${name} ${escaped(description)}\n`;
  },
  series({ metric, unit, kind, lowest, tags, steps }) {
    const { name, scale } = translated(metric, unit);
    const lines: string[] = [];
    const line = (suffix: string, extra: Tags, value: number, at: number): void => {
      lines.push(`${name}${suffix}${labelsOf({ ...tags, ...extra })} ${numberText(value)} ${at / 1_000}\n`);
    };
    let [count, sum] = [0, 0];
    for (const { at, all, last } of steps) {
      count += all.count;
      sum += all.sum;
      if (kind === 'counter') line('_total', {}, sum * scale, at);
      else if (kind === 'gauge') line('', {}, last * scale, at);
      else {
        for (const p of quantiles) {
          const found = all.percentile(p, lowest);
          if (found) line('', { quantile: String(p / 100) }, found.value * scale, at);
        }
        line('_count', {}, count, at);
        line('_sum', {}, sum * scale, at);
      }
    }
    return lines.join('');
  },
};

/** Comma-separated values by RFC 4180: one line a step, empty where there is nothing. */
export const csvFormat: ExportFormat = {
  head: 'metric,kind,unit,tags,at,count,sum,average,min,max,last,p50,p95,p99\r\n',
  tail: '',
  family: () => '',
  series({ metric, unit, kind, lowest, tags, steps }) {
    const about = [metric, kind, unit, JSON.stringify(tags)].map(cell).join(',');
    return steps
      .map(({ at, all, last }) => {
        const isEmpty = all.count === 0;
        const isHistogram = kind === 'histogram';
        const shown: (number | null | undefined)[] = [
          all.count,
          all.sum,
          isEmpty ? null : all.sum / all.count,
          isEmpty ? null : all.minimum(isHistogram).value,
          isEmpty ? null : all.maximum(isHistogram).value,
          isHistogram ? null : last,
          ...quantiles.map((p) => (isHistogram ? all.percentile(p, lowest)?.value : null)),
        ];
        return `${about},${new Date(at).toISOString()},${shown.map((value) => value ?? '').join(',')}\r\n`;
      })
      .join('');
  },
};

/** Prometheus measures in seconds. */
function translated(metric: string, unit: string): { readonly name: string; readonly scale: number } {
  if (unit === 'ms') return { name: `${metric.replace(/_ms$/u, '')}_seconds`, scale: 0.001 };
  return { name: metric.replace(/_total$/u, ''), scale: 1 };
}

function labelsOf(tags: Tags): string {
  const pairs = Object.entries(tags).map(([name, value]) => `${labelName(name)}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

/** Tags may have any name, labels may not. */
function labelName(name: string): string {
  const plain = name.replaceAll(/[^A-Za-z0-9_]/gu, '_');
  return /^[A-Za-z_]/u.test(plain) ? plain : `_${plain}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return String(value);
}

/** Quoted where needed; a cell that a spreadsheet would take for a formula is quoted behind an apostrophe. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
