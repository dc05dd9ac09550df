import type { Client } from '@raptorflow/client';
import { formatDuration } from 'raptorflow/kernel';
import { textOption, type Command, type Invocation } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatTime } from '../figures.ts';
import { atOptions } from '../refusals.ts';
import { formatValue } from './metrics.ts';
import { scopeOf, scopeOption } from './resources.ts';

type Profile = Awaited<ReturnType<Client['analytics']['profiles']>>['data'][number];
type Answer = Awaited<ReturnType<Client['analytics']['forecast']>>['data'];
type Forecast = Extract<Answer, { status: 'forecast' }>;
type Exhaustion = NonNullable<Forecast['exhaustion']>;

/** Points of a forecast that people are shown; --json has all of them. */
const shownMax = 8;

const places: ReadonlyMap<string, string> = new Map([
  ['series_id', 'SERIES'],
  ['horizon_hours', '--hours'],
  ['limit', '--capacity'],
]);

/** `raptorflow resources forecast`. */
export const resourcesForecast: Command = {
  name: 'resources forecast',
  summary: 'Say how a series of usage goes on, and when it reaches its limit; without SERIES list them.',
  operands: '[SERIES]',
  operandCount: [0, 1],
  options: {
    ...scopeOption,
    hours: { type: 'string', value: 'N', help: 'How far ahead (default 48, at most 1440).' },
    capacity: {
      type: 'string',
      value: 'N',
      help: 'The limit to be reached, instead of the one that is known.',
    },
  },
  notes: 'Where there are too few samples it says how many are missing, and nothing else.',
  run: (invocation) =>
    atOptions(
      invocation,
      (field) => places.get(field),
      () =>
        withConnection(invocation, { own: 'allowed' }, async ({ client }) => {
          const [seriesId] = invocation.positionals;
          const { data } = await client.analytics.profiles({ query: scopeOf(invocation) });
          if (seriesId === undefined) showSeries(invocation, data);
          else await forecast(invocation, client, seriesId, data);
        }),
    ),
};

async function forecast(
  invocation: Invocation,
  client: Client,
  seriesId: string,
  profiles: readonly Profile[],
): Promise<void> {
  const [hours, capacity] = [textOption(invocation, 'hours'), textOption(invocation, 'capacity')];
  const { data } = await client.analytics.forecast({
    query: {
      ...scopeOf(invocation),
      series_id: seriesId,
      ...(hours === undefined ? {} : { horizon_hours: hours }),
      ...(capacity === undefined ? {} : { limit: capacity }),
    },
  });
  invocation.output.result(data);
  const unit = profiles.find(({ series }) => series.series_id === seriesId)?.series.unit ?? '1';
  showAnswer(invocation, data, (value) => formatValue(value, unit));
}

function showSeries(invocation: Invocation, profiles: readonly Profile[]): void {
  const { output } = invocation;
  output.result({ data: profiles });
  // A series has a profile for each window; the longest one is what a forecast looks at.
  const longest = new Map<string, Profile>();
  for (const profile of profiles) {
    const known = longest.get(profile.series.series_id);
    if (!known || known.time_window_hours < profile.time_window_hours) {
      longest.set(profile.series.series_id, profile);
    }
  }
  if (longest.size === 0) {
    output.line(
      scopeOf(invocation).scope === 'installation'
        ? 'No usage is known yet; it is looked at every five minutes.'
        : 'No usage of this workspace is known. That of the installation: --installation.',
    );
    return;
  }
  output.table(
    ['Samples', 'Average', 'Peak', 'Series'],
    [...longest].map(
      ([
        id,
        {
          figures,
          series: { unit },
        },
      ]) =>
        figures.status === 'measured'
          ? [
              String(figures.samples),
              formatValue(figures.average_usage, unit),
              formatValue(figures.peak_usage, unit),
              id,
            ]
          : [`${figures.samples} of ${figures.needed}`, '–', '–', id],
    ),
  );
}

function showAnswer({ output }: Invocation, answer: Answer, format: (value: number) => string): void {
  if (answer.status === 'not_enough_data') {
    output.line(
      `Not enough data: ${answer.samples} of ${answer.needed} samples are there, ${answer.missing} are missing.`,
    );
    return;
  }
  const { points, samples, method, step_seconds: step, coverage, exhaustion } = answer;
  const every = Math.max(1, Math.ceil(points.length / shownMax));
  const percent = `${Math.round(coverage * 100)} %`;
  output.table(
    ['In', 'At', 'Expected', `${percent} between`],
    points.flatMap(({ at, value, low, high }, index) =>
      (index + 1) % every === 0 || index === points.length - 1
        ? [
            [
              formatDuration((index + 1) * step * 1_000),
              formatTime(at),
              format(value),
              `${format(low)} and ${format(high)}`,
            ],
          ]
        : [],
    ),
  );
  output.line(`By ${method.replaceAll('_', ' ')}, from ${samples} samples.`);
  if (exhaustion === null) output.line('Its limit is not known; name one with --capacity.');
  else for (const line of limitText(exhaustion, format)) output.line(line);
}

function limitText({ limit, at, earliest, latest }: Exhaustion, format: (value: number) => string): string[] {
  if (at === null && earliest === null) return [`It does not reach ${format(limit)} by then.`];
  const bounds = `at the earliest ${formatTime(earliest)}${latest === null ? '' : `, at the latest ${formatTime(latest)}`}.`;
  if (at === null) return [`It may reach ${format(limit)}: ${bounds}`];
  return [`It reaches ${format(limit)} about ${formatTime(at)}:`, bounds];
}
