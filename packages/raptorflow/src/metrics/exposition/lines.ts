import { Buffer } from 'node:buffer';
import type { ExposedSample } from '../custom-kind.ts';
import { boundsOf } from '../definition.ts';
import type { Exemplar } from '../snapshot.ts';
import { bandsOf, saneSamples, type ExposedFamily, type ExposedSeries } from './family.ts';
import { stemOf, type ExposedName, type ExpositionNames, type FamilyShape } from './names.ts';
import type { Sheet } from './sheet.ts';
import {
  boundText,
  helpText,
  labelValueText,
  labelsText,
  numberText,
  type ExpositionFormat,
} from './text.ts';

type FamilyOf<K extends ExposedFamily['kind']> = Extract<ExposedFamily, { readonly kind: K }>;

/** What one exposition is written with. */
export interface Writing {
  readonly sheet: Sheet;
  readonly names: ExpositionNames;
  readonly format: ExpositionFormat;
}

/** Writes one family, and pauses after every series, so that the caller can take what there is and let others have their turn. */
export function* writeFamily(family: ExposedFamily, writing: Writing): Generator<void> {
  switch (family.kind) {
    case 'counter':
    case 'gauge':
      yield* writeNumbers(family, writing);
      break;
    case 'histogram':
      yield* writeHistograms(family, writing);
      break;
    case 'rate':
      yield* writeRates(family, writing);
      break;
    case 'custom':
      yield* writeCustoms(family, writing);
      break;
  }
}

function headOf(
  exposed: ExposedName,
  shape: FamilyShape,
  description: string,
  format: ExpositionFormat,
): string {
  // In the older format a counter's family is called what its samples are called.
  const name = shape === 'counter' && format === 'prometheus' ? `${exposed.name}_total` : exposed.name;
  const unit = format === 'openmetrics' && exposed.unit !== '' ? `# UNIT ${name} ${exposed.unit}\n` : '';
  return `# HELP ${name} ${helpText(description, format)}\n# TYPE ${name} ${shape}\n${unit}`;
}

/** One line; the labels may be empty. */
function writeSample(sheet: Sheet, name: string, labels: string, value: number): void {
  sheet.text(name);
  if (labels === '') {
    sheet.text(' ');
  } else {
    sheet.text('{');
    sheet.text(labels);
    sheet.text('} ');
  }
  sheet.number(value);
  sheet.text('\n');
}

function* writeNumbers(family: FamilyOf<'counter' | 'gauge'>, writing: Writing): Generator<void> {
  const { sheet, names, format } = writing;
  const exposed = names.nameOf(family.definition, family.kind);
  const sample = family.kind === 'counter' ? `${exposed.name}_total` : exposed.name;
  sheet.text(headOf(exposed, family.kind, family.definition.description, format));
  for (const series of family.series) {
    if (series.fold !== undefined) continue;
    series.labels ??= labelsText(series.tags);
    writeSample(sheet, sample, series.labels, exposed.convert(series.read()));
    yield;
  }
}

const noBytes = new Uint8Array(0);

function* writeHistograms(family: FamilyOf<'histogram'>, writing: Writing): Generator<void> {
  const { sheet, names, format } = writing;
  const exposed = names.nameOf(family.definition, 'histogram');
  const { name, convert } = exposed;
  const [bucket, sum, count] = [`${name}_bucket{`, `${name}_sum`, `${name}_count`];
  const bounds = boundsOf(family.definition);
  const bands = bandsOf(bounds);
  const counts = new Float64Array(bounds.length);
  const ends = [...bounds.map((bound) => boundText(convert(bound))), '+Inf'].map((bound) =>
    Uint8Array.from(Buffer.from(`${bound}"} `)),
  );
  sheet.text(headOf(exposed, 'histogram', family.definition.description, format));
  for (const series of family.series) {
    if (series.fold !== undefined) continue;
    series.labels ??= labelsText(series.tags);
    const { labels } = series;
    const sketch = series.read();
    sketch.countUpTo(bands, counts);
    const exemplars = format === 'openmetrics' ? series.exemplars : undefined;
    const from = sheet.length;
    sheet.text(bucket);
    if (labels !== '') {
      sheet.text(labels);
      sheet.text(',');
    }
    sheet.text('le="');
    const to = sheet.length;
    for (let band = 0; band < ends.length; band += 1) {
      sheet.bucket(from, to, ends[band] ?? noBytes, counts[band] ?? sketch.count);
      const exemplar = exemplars?.[band];
      if (exemplar) sheet.text(exemplarText(exemplar, convert));
      sheet.text('\n');
    }
    writeSample(sheet, sum, labels, convert(sketch.sum));
    writeSample(sheet, count, labels, sketch.count);
    yield;
  }
}

function exemplarText(exemplar: Exemplar, convert: (value: number) => number): string {
  const { correlationId, value, at } = exemplar;
  return ` # {correlation_id="${labelValueText(correlationId)}"} ${numberText(convert(value))} ${at / 1_000}`;
}

/** A rate is two families: a counter of its events, from which Prometheus makes rates itself, and a gauge of each window. */
function* writeRates(family: FamilyOf<'rate'>, writing: Writing): Generator<void> {
  const { sheet, names, format } = writing;
  const { definition, windowsSeconds } = family;
  const kept = family.series
    .filter((each) => each.fold === undefined)
    .map((each) => ({ labels: (each.labels ??= labelsText(each.tags, 'window')), value: each.read() }));
  const total = names.nameOf(definition, 'counter');
  const gauge = names.nameOf({ name: `${definition.name}_per_second`, unit: '1' }, 'gauge');
  sheet.text(headOf(total, 'counter', definition.description, format));
  for (const { labels, value } of kept) {
    writeSample(sheet, `${total.name}_total`, labels, total.convert(value.total));
    yield;
  }
  sheet.text(headOf(gauge, 'gauge', `${definition.description} (per second)`, format));
  for (const { labels, value } of kept) {
    for (const [index, seconds] of windowsSeconds.entries()) {
      const window = `${labels}${labels === '' ? '' : ','}window="${seconds}s"`;
      writeSample(sheet, gauge.name, window, total.convert(value.perSecond[index] ?? 0));
    }
    yield;
  }
}

/** A kind of one's own is a family for each suffix that its samples have. */
function* writeCustoms(family: FamilyOf<'custom'>, writing: Writing): Generator<void> {
  const { sheet, names, format } = writing;
  const { definition } = family;
  for (const [suffix, samples] of samplesBySuffix(family)) {
    const { type = 'gauge', unit = definition.unit } = samples[0]?.sample ?? {};
    const own = suffix === '' ? definition.name : `${stemOf(definition)}_${suffix}`;
    const exposed = names.nameOf({ name: own, unit }, type);
    const name = type === 'counter' ? `${exposed.name}_total` : exposed.name;
    sheet.text(headOf(exposed, type, definition.description, format));
    for (const { series, sample } of samples) {
      const labels = labelsText({ ...series.tags, ...sample.tags });
      writeSample(sheet, name, labels, exposed.convert(sample.value));
      yield;
    }
  }
}

interface SampleOfSeries {
  readonly series: ExposedSeries<unknown>;
  readonly sample: ExposedSample;
}

/** The samples of all series of a kind of one's own. A series whose `expose` fails has none. */
function samplesBySuffix(family: FamilyOf<'custom'>): ReadonlyMap<string, readonly SampleOfSeries[]> {
  const bySuffix = new Map<string, SampleOfSeries[]>();
  for (const series of family.series) {
    if (series.fold !== undefined) continue;
    for (const sample of samplesOf(family, series)) {
      const there = bySuffix.get(sample.suffix);
      if (there) there.push({ series, sample });
      else bySuffix.set(sample.suffix, [{ series, sample }]);
    }
  }
  return bySuffix;
}

function samplesOf(family: FamilyOf<'custom'>, series: ExposedSeries<unknown>): readonly ExposedSample[] {
  const value = series.read();
  return value === undefined ? [] : saneSamples(() => family.expose(value));
}
