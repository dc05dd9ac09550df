import * as prom from 'prom-client';
import { createMetrics } from 'raptorflow/metrics';
import { fault } from '../harness/fault.ts';
import type { Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { distributions } from './draws.ts';

const asked = [50, 90, 95, 99, 99.9];

/** The largest relative error of any percentile of any distribution. */
export async function percentileErrors(settings: BenchSettings, findings: Findings): Promise<void> {
  settings.print('\npercentiles p50 to p99.9 of six distributions');
  let worst = 0;
  let worstOfPeer = 0;
  for (const { name, draw } of distributions) {
    const values = Array.from({ length: settings.operations * 100 }, draw);
    const sorted = Float64Array.from(values).sort();
    const metrics = createMetrics();
    const latency = metrics.histogram({
      name: 'latency_seconds',
      unit: 's',
      description: 'Latency.',
      category: 'performance',
    });
    const histogram = new prom.Histogram({ name: 'latency_seconds', help: 'Latency.', registers: [] });
    for (const value of values) {
      latency.record(value);
      histogram.observe(value);
    }
    const { values: samples } = await histogram.get();
    const buckets = samples
      .filter(({ metricName }) => metricName?.endsWith('_bucket'))
      .map(({ labels, value }) => ({
        bound: Number(String(labels.le).replace('+Inf', 'Infinity')),
        count: value,
      }));
    let own = 0;
    let peer = 0;
    for (const p of asked) {
      const exact = sorted[Math.max(1, Math.ceil((p / 100) * sorted.length)) - 1] ?? Number.NaN;
      const found = latency.percentile(p)?.value ?? Number.NaN;
      if (exact === 0) {
        if (found !== 0) throw fault(`p${p} of ${name} is ${found} instead of 0`);
        continue;
      }
      own = Math.max(own, Math.abs(found - exact) / exact);
      peer = Math.max(peer, Math.abs(interpolated(buckets, p) - exact) / exact);
    }
    settings.print(
      `  ${name.padEnd(14)}${(100 * own).toFixed(2)} %, prom-client ${(100 * peer).toFixed(1)} %`,
    );
    worst = Math.max(worst, own);
    worstOfPeer = Math.max(worstOfPeer, peer);
  }
  findings.add('ours', { percentile_error_max: worst });
  findings.add('prom-client', { percentile_error_max: worstOfPeer });
}

/** What `histogram_quantile` of Prometheus makes of classic buckets. */
function interpolated(buckets: readonly { bound: number; count: number }[], p: number): number {
  const total = buckets.at(-1)?.count ?? 0;
  const rank = (p / 100) * total;
  let lower = 0;
  let below = 0;
  for (const { bound, count } of buckets) {
    if (count >= rank) {
      if (bound === Number.POSITIVE_INFINITY) return lower;
      return lower + ((bound - lower) * (rank - below)) / (count - below);
    }
    lower = bound;
    below = count;
  }
  return lower;
}
