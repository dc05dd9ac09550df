import type { Client } from '@raptorflow/client';
import { RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { flagOption, textOption, type Command, type Invocation, type OptionDescription } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatBytes } from '../figures.ts';
import { sparkline } from '../sparkline.ts';

type History = Awaited<ReturnType<Client['metrics']['history']>>;
type Series = History['data'][number];
type Query = NonNullable<NonNullable<Parameters<Client['metrics']['history']>[0]>['query']>;

const installation: OptionDescription = {
  type: 'boolean',
  help: 'Of the whole installation, not of the workspace alone (operator only).',
};

/** `raptorflow metrics list`. */
export const metricsList: Command = {
  name: 'metrics list',
  summary: 'List what is measured, with what it means.',
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const list = await client.metrics.list({ query: {} });
      const { output } = invocation;
      output.result(list);
      if (list.data.length === 0) output.line('Nothing is measured in this workspace yet.');
      else {
        output.table(
          ['Metric', 'Kind', 'Unit', 'Series', 'What it says'],
          list.data.map(({ name, type, unit, series, description }) => [
            name,
            type,
            unit,
            String(series),
            description,
          ]),
        );
      }
    }),
};

/** `raptorflow metrics query`. */
export const metricsQuery: Command = {
  name: 'metrics query',
  summary: 'Show how a metric went: each series as a line, with its last, lowest and highest value.',
  operands: 'METRIC',
  operandCount: [1, 1],
  options: {
    by: {
      type: 'string',
      value: 'AGGREGATION',
      choices: ['sum', 'average', 'min', 'max', 'count', 'rate', 'p50', 'p90', 'p95', 'p99'],
      help: 'sum, average, min, max, count, rate, or a percentile such as p99.',
    },
    last: { type: 'string', value: 'TIME', help: 'Up to now: 15m, 1h, 24h, 7d (default 1h).' },
    tags: { type: 'string', value: 'NAME=VALUE,…', help: 'Only series with these tags.' },
    limit: { type: 'string', value: 'N', help: 'At most N series (default 20).' },
    installation,
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
      const history = await client.metrics.history({ query: queryOf(invocation) });
      invocation.output.result(history);
      show(history, invocation);
    }),
};

function queryOf(invocation: Invocation): Query {
  const [metric = ''] = invocation.positionals;
  const now = systemClock.now();
  const [from, to] = [new Date(now - millisIn(textOption(invocation, 'last') ?? '1h')), new Date(now)];
  const [by, tags] = [textOption(invocation, 'by'), textOption(invocation, 'tags')];
  return {
    metric,
    from: from.toISOString(),
    to: to.toISOString(),
    limit: textOption(invocation, 'limit') ?? '20',
    ...(by === undefined ? {} : { aggregation: by }),
    ...(tags === undefined ? {} : { tags }),
    ...(flagOption(invocation, 'installation') ? { scope: 'installation' as const } : {}),
  };
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `15m`, `1h`, `7d`. Throws `invalid_input`. */
export function millisIn(text: string): number {
  const [, digits, unit = ''] = /^(\d{1,4})([mhd])$/u.exec(text) ?? [];
  if (digits !== undefined && Number(digits) > 0) return Number(digits) * (unitMs[unit] ?? 0);
  throw new RaptorFlowError('invalid_input', `--last is a time such as 15m, 1h or 7d, not "${text}".`);
}

const lineWidth = 48;

function show({ data, pagination, step_seconds: step }: History, { output }: Invocation): void {
  const [first] = data;
  if (!first) {
    output.line('No sample in this time. Ask for a longer one with --last, or for other tags.');
    return;
  }
  output.table(
    ['Series', 'Course', 'Last', 'Lowest', 'Highest'],
    data.map((series) => {
      const values = series.points.map(({ value }) => value);
      const known = values.flatMap((value) => value ?? []);
      const format = (value: number | undefined): string =>
        value === undefined ? '–' : formatValue(value, series.unit);
      return [
        nameOf(series),
        sparkline(values, lineWidth),
        format(known.at(-1)),
        format(known.length === 0 ? undefined : Math.min(...known)),
        format(known.length === 0 ? undefined : Math.max(...known)),
      ];
    }),
  );
  const bound = first.points.find((point) => point.relative_error_max !== null)?.relative_error_max;
  const exactness = bound === undefined || bound === null ? '' : `, within ${(bound * 100).toFixed(1)} %`;
  const rest = pagination.total > data.length ? ` There are ${pagination.total} series; raise --limit.` : '';
  output.line(output.tone('dim', `${first.aggregation} of ${step} s each${exactness}.${rest}`));
}

function nameOf({ tags }: Series): string {
  const text = Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
  return text === '' ? 'all' : text;
}

/** A value in its unit: `12 ms`, `1.4 MB`, `$0.25`, `0.4 events/s`. */
export function formatValue(value: number, unit: string): string {
  if (unit === 'bytes') return formatBytes(value);
  if (unit === 'micro_usd') return `$${shortNumber(value / 1_000_000)}`;
  return unit === '1' ? shortNumber(value) : `${shortNumber(value)} ${unit}`;
}

function shortNumber(value: number): string {
  return Math.abs(value) >= 100 ? String(Math.round(value)) : String(Number(value.toPrecision(3)));
}
