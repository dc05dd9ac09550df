import type { Tags } from '../definition.ts';

/** The two text formats: Prometheus 0.0.4, and OpenMetrics 1.0. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** A number as both formats read it. */
export function numberText(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}

/** A bound as OpenMetrics wants it, with a decimal point; in both formats, so that the series is the same in both. */
export function boundText(value: number): string {
  const text = numberText(value);
  return Number.isInteger(value) && !text.includes('e') ? `${text}.0` : text;
}

/** The text of a HELP line. */
export function helpText(text: string, format: ExpositionFormat): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return format === 'openmetrics' ? escaped.replaceAll('"', String.raw`\"`) : escaped;
}

const special = /[\\"\n]/;

/** The value of a label, without its quotes. */
export function labelValueText(value: string): string {
  if (!special.test(value)) return value;
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('\n', '\\n')
    .replaceAll('"', String.raw`\"`);
}

/** Names that Prometheus keeps for histograms and summaries. */
const reserved: ReadonlySet<string> = new Set(['le', 'quantile']);

/**
 * `name="value"` of each tag, joined by commas. A name that Prometheus or the sample itself uses (`own`) becomes `exported_le`, as
 * Prometheus itself calls labels in such a case.
 */
export function labelsText(tags: Tags, own?: string): string {
  let text = '';
  for (const [name, value] of Object.entries(tags)) {
    const label = name === own || reserved.has(name) ? `exported_${name}` : name;
    text += `${text === '' ? '' : ','}${label}="${labelValueText(value)}"`;
  }
  return text;
}
