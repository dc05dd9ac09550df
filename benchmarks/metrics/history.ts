import { decodeSamples, encodeSamples, forecast } from 'raptorflow/metrics';
import { fault } from '../harness/fault.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings, Question } from '../harness/question.ts';
import { median } from '../harness/statistics.ts';
import { prometheusBytes, versionOf, victoriaMetricsBytes } from '../peers/time-series.ts';
import { mixedSamples, type SampleSeries } from '../workload/samples.ts';

const blockSamples = 1_000;
const jitterMs = 5;
const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** How small and how fast the history of metrics is, beside Prometheus and VictoriaMetrics. */
export const historyQuestion: Question = {
  name: 'history',
  about:
    'how many bytes a sample of the metric history takes, beside Prometheus and VictoriaMetrics (--full)',
  figures: {
    bytes_per_sample: {
      about: 'six kinds of series, 15 s apart, and the same with ±5 ms of jitter',
      target: 'at most 2.1, with jitter 2.75; 0.55 of Prometheus, 1.05 of VictoriaMetrics',
    },
    encode_ns_per_sample: { about: 'sealing a block of 1,000 samples', target: 'at most 300' },
    decode_ns_per_sample: { about: 'reading a block of 1,000 samples', target: 'at most 150' },
    forecast_ms: { about: 'two weeks by the hour, 48 h ahead', target: 'at most 1' },
  },
  async run(settings, findings) {
    const wants = (key: string): boolean => settings.only?.has(key) ?? true;
    const share = settings.rounds > 1 ? 1 : 0.2;
    const startMs = Math.floor((Date.now() - 2 * dayMs) / 60_000) * 60_000;
    const plain = mixedSamples(startMs, 0, share);
    const codecKeys = ['bytes_per_sample', 'encode_ns_per_sample', 'decode_ns_per_sample'];
    if (codecKeys.some(wants)) {
      settings.print('\nSealing and reading blocks');
      measureCodec(settings, plain, mixedSamples(startMs, jitterMs, share), findings);
    }
    if (settings.full && wants('bytes_per_sample')) await measurePeers(settings, plain, findings);
    if (wants('forecast_ms')) measureForecast(settings, findings);
  },
};

/** What packing some series took; milliseconds that the thread has worked, whatever else the machine does. */
interface Packed {
  readonly bytes: number;
  readonly samples: number;
  readonly encodeMs: number;
  readonly decodeMs: number;
}

function measureCodec(
  settings: BenchSettings,
  plain: readonly SampleSeries[],
  jittered: readonly SampleSeries[],
  findings: Findings,
): void {
  for (let round = 0; round < settings.rounds; round += 1) {
    const packed = pack(plain);
    findings.add(ours, {
      bytes_per_sample: packed.bytes / packed.samples,
      encode_ns_per_sample: (packed.encodeMs * 1e6) / packed.samples,
      decode_ns_per_sample: (packed.decodeMs * 1e6) / packed.samples,
    });
    settings.print(`  round ${round + 1} of ${settings.rounds}`);
  }
  const packed = pack(jittered);
  findings.note('bytes_per_sample', 'ours_jitter', packed.bytes / packed.samples);
  for (const kind of new Set(plain.map((each) => each.kind))) {
    const { bytes, samples } = pack(plain.filter((each) => each.kind === kind));
    settings.print(`  ${kind.padEnd(16)} ${(bytes / samples).toFixed(2)} bytes a sample`);
  }
}

function pack(series: readonly SampleSeries[]): Packed {
  const cut = series.flatMap(({ times, values }) =>
    Array.from({ length: Math.ceil(values.length / blockSamples) }, (_, block) => ({
      times: times.slice(block * blockSamples, (block + 1) * blockSamples),
      values: values.slice(block * blockSamples, (block + 1) * blockSamples),
    })),
  );
  const begunAt = workedMs();
  const blocks = cut.map(({ times, values }) => encodeSamples(times, values));
  const packedAt = workedMs();
  const back = blocks.map((block) => decodeSamples(block));
  const endedAt = workedMs();
  for (const [index, { times, values }] of cut.entries()) {
    const found = back[index];
    if (!found || !isSame(found.values, values) || !isSame(found.times, times)) {
      throw fault('a block did not give back what was put into it');
    }
  }
  return {
    bytes: blocks.reduce((sum, { length }) => sum + length, 0),
    samples: cut.reduce((sum, { values }) => sum + values.length, 0),
    encodeMs: packedAt - begunAt,
    decodeMs: endedAt - packedAt,
  };
}

function workedMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

function isSame(a: Float64Array, b: Float64Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(
    Buffer.from(b.buffer, b.byteOffset, b.byteLength),
  );
}

async function measurePeers(
  settings: BenchSettings,
  series: readonly SampleSeries[],
  findings: Findings,
): Promise<void> {
  for (const program of ['promtool', 'victoria-metrics'] as const) settings.print(`  ${versionOf(program)}`);
  const [prometheus, victoria] = [await prometheusBytes(series), await victoriaMetricsBytes(series)];
  // Sizes do not depend on the round.
  for (let round = 0; round < settings.rounds; round += 1) {
    findings.add('prometheus', { bytes_per_sample: prometheus });
    findings.add('victoriametrics', { bytes_per_sample: victoria });
  }
}

function measureForecast(settings: BenchSettings, findings: Findings): void {
  const hours = Array.from({ length: 14 * 24 }, (_, hour) => ({
    at: hour * hourMs,
    value: 100 + hour / 10 + 30 * Math.sin((2 * Math.PI * hour) / 24) + 3 * Math.sin(hour * 7.13),
  }));
  for (let round = 0; round < settings.rounds; round += 1) {
    const took: number[] = [];
    for (let turn = 0; turn < 50; turn += 1) {
      const begunAt = performance.now();
      forecast(hours, { horizon: 48 });
      took.push(performance.now() - begunAt);
    }
    findings.add(ours, { forecast_ms: median(took) });
  }
}
