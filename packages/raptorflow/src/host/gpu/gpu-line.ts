import type { GpuFigures } from '../sample.ts';

/** The fields that nvidia-smi is asked for, in this order. */
export const gpuFields = [
  'index',
  'uuid',
  'name',
  'utilization.gpu',
  'utilization.memory',
  'memory.used',
  'memory.total',
  'temperature.gpu',
  'power.draw',
  'power.limit',
] as const;

/** What a line of nvidia-smi turned out to be. */
export type GpuLine =
  | { readonly kind: 'gpu'; readonly gpu: GpuFigures }
  /** An empty line or headings, which some versions print although they are asked not to. */
  | { readonly kind: 'nothing' }
  /** The driver says that there is no GPU. */
  | { readonly kind: 'no-devices' }
  /** Anything else: a message, or a line that was cut or mixed with another. */
  | { readonly kind: 'broken' };

const mebibyte = 1024 ** 2;
const [leading, trailing] = [2, 7];
const uuidForm = /^GPU-[0-9a-f][0-9a-f-]{3,63}$/i;
const nameCharsMax = 200;
/** With `nounits` there are none; some versions print them all the same. */
const numberForm = /^(-?\d{1,12}(?:\.\d{1,9})?)(?: ?(?:%|MiB|W|C))?$/;
/** What stands for a figure that cannot be told: `N/A` and everything in brackets, such as `[Not Supported]` or `[Unknown Error]`. */
const untoldForm = /^(?:N\/A|\[[^[\]]{1,60}\])$/i;

/** Reads one line of `nvidia-smi --query-gpu=… --format=csv,noheader,nounits`, with the fields of `gpuFields`. Never throws. */
export function parseGpuLine(line: string): GpuLine {
  const text = line.trim();
  if (text === '') return { kind: 'nothing' };
  if (/^no devices were found/i.test(text)) return { kind: 'no-devices' };
  const fields = text.split(',').map((field) => field.trim());
  if (fields[0] === 'index' && fields[1] === 'uuid') return { kind: 'nothing' };
  // The name is the only text that the maker chooses; were there a comma in it, the figures still stand at the end.
  if (fields.length < gpuFields.length || fields.length > gpuFields.length + 1) return { kind: 'broken' };
  const [index = '', uuid = ''] = fields;
  const name = fields.slice(leading, fields.length - trailing).join(', ');
  const isNamed = name !== '' && name.length <= nameCharsMax && !/GPU-[0-9a-f]{8}-/i.test(name);
  if (!/^\d{1,4}$/.test(index) || !uuidForm.test(uuid) || !isNamed) return { kind: 'broken' };
  const figures = fields.slice(fields.length - trailing).map(figureOf);
  if (figures.includes('broken')) return { kind: 'broken' };
  const gpu = figuresOf(figures as (number | undefined)[]);
  return gpu ? { kind: 'gpu', gpu: { index: Number(index), uuid, name, ...gpu } } : { kind: 'broken' };
}

function figureOf(text: string): number | undefined | 'broken' {
  if (untoldForm.test(text)) return undefined;
  const [, digits] = numberForm.exec(text) ?? [];
  return digits === undefined ? 'broken' : Number(digits);
}

/** Undefined when figures contradict each other, as in a line put together from two. */
function figuresOf(
  figures: readonly (number | undefined)[],
): Omit<GpuFigures, 'index' | 'uuid' | 'name'> | undefined {
  const [percent, memoryBusy, used, total, temperature, power, limit] = figures;
  const isPossible =
    isWithin(percent, 0, 100) &&
    isWithin(memoryBusy, 0, 100) &&
    isWithin(used, 0, total ?? Number.POSITIVE_INFINITY) &&
    isWithin(total, 0, Number.POSITIVE_INFINITY) &&
    isWithin(temperature, -100, 200) &&
    isWithin(power, 0, 100_000) &&
    isWithin(limit, 0, 100_000);
  if (!isPossible) return undefined;
  return {
    ...(percent !== undefined && { percent }),
    ...(memoryBusy !== undefined && { memoryBusyPercent: memoryBusy }),
    ...(used !== undefined && { memoryUsedBytes: used * mebibyte }),
    ...(total !== undefined && { memoryTotalBytes: total * mebibyte }),
    ...(temperature !== undefined && { temperatureCelsius: temperature }),
    ...(power !== undefined && { powerWatts: power }),
    ...(limit !== undefined && { powerLimitWatts: limit }),
  };
}

function isWithin(value: number | undefined, min: number, max: number): boolean {
  return value === undefined || (value >= min && value <= max);
}
