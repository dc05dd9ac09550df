/** A reading as lines of a terminal: pure, so that the live screen and the plain one are the same. */
import { formatBytes, formatMoney, formatTime } from '../figures.ts';
import type { Tone } from '../output.ts';
import { sparkline } from '../sparkline.ts';
import type { NamedBreaker, TopReading } from './reading.ts';

/** How large the terminal is, and how it emphasises. */
export interface ScreenSize {
  readonly columns: number;
  /** Longer lists are cut to fit; infinite for a screen that scrolls. */
  readonly rows: number;
}

type Span = readonly [tone: Tone, text: string];
type Line = readonly Span[];
type Sample = NonNullable<TopReading['host']>['items'][number];

const labelWidth = 10;
const barWidth = 20;
/** Rows that everything but GPUs takes at least. */
const rowsWithoutGpus = 14;

/** The lines of a reading, none wider than the terminal and no more than it has rows. */
export function screenOf(
  reading: TopReading,
  size: ScreenSize,
  tone: (tone: Tone, text: string) => string,
): string[] {
  const lines = [...headLines(reading), [], ...hostLines(reading, size)];
  const lists = [
    busLines(reading),
    budgetLines(reading, size.columns),
    alertLines(reading),
    breakerLines(reading),
  ];
  const room = size.rows - lines.length - lists.length;
  const cut = fitLists(lists, room);
  return [...lines, ...cut].slice(0, size.rows).map((line) => drawLine(line, size.columns, tone));
}

/** Cuts lists to the rows there are: first lines always stay, then each gets its fair share of the rest. */
function fitLists(lists: readonly (readonly Line[])[], rows: number): Line[] {
  let room = Math.max(0, rows);
  return lists.flatMap((list, index) => {
    const [first = [], ...rest] = list;
    const share = Math.floor(room / (lists.length - index));
    const most = Number.isFinite(rows)
      ? Math.min(rest.length, Math.max(share, room - restOf(lists, index)))
      : rest.length;
    room -= most;
    if (most >= rest.length) return [first, ...rest];
    const hidden: Line = [['dim', `${' '.repeat(labelWidth)}… ${rest.length - most + 1} more`]];
    return most === 0 ? [first] : [first, ...rest.slice(0, most - 1), hidden];
  });
}

function restOf(lists: readonly (readonly Line[])[], index: number): number {
  return lists.slice(index + 1).reduce((sum, list) => sum + Math.max(0, list.length - 1), 0);
}

function drawLine(line: Line, columns: number, tone: (tone: Tone, text: string) => string): string {
  let left = columns;
  let drawn = '';
  for (const [name, text] of line) {
    const characters = Array.from(text);
    if (characters.length <= left) drawn += tone(name, text);
    else if (left > 0) drawn += tone(name, `${characters.slice(0, left - 1).join('')}…`);
    left -= characters.length;
    if (left < 0) break;
  }
  return drawn;
}

function label(text: string): Span {
  return ['strong', text.padEnd(labelWidth)];
}

const inset: Span = ['plain', ' '.repeat(labelWidth)];

function missing(reading: TopReading, part: string, name: string): Line {
  return [label(name), ['dim', reading.problems[part] ?? 'not known']];
}

const statusTones: Readonly<Record<string, Tone>> = { healthy: 'good', degraded: 'warning' };

function headLines(reading: TopReading): Line[] {
  const { health, at, url } = reading;
  const title: Span[] = [
    ['strong', 'RaptorFlow'],
    ['plain', '  '],
  ];
  const where: Span = ['dim', `  ${url}  ${formatTime(at)}`];
  if (health === null) {
    const why = reading.problems['health'] ?? 'it does not answer';
    return [[...title, ['bad', 'no answer'], where], [['bad', why]]];
  }
  const parts = Object.entries(health.services ?? {}).flatMap(([name, { status }]): Span[] => [
    [statusTones[status] ?? 'bad', `${name} ${status}`],
    ['plain', '  '],
  ]);
  return [[...title, [statusTones[health.status] ?? 'bad', health.status], where], parts];
}

function hostLines(reading: TopReading, { columns, rows }: ScreenSize): Line[] {
  const { host } = reading;
  if (host === null) return [missing(reading, 'host', 'Machine'), []];
  const last = host.items.at(-1);
  if (last === undefined)
    return [[label('Machine'), ['dim', 'Not measured. Start it with: raptorflow mini start']], []];
  const width = Math.max(10, Math.min(60, columns - 54));
  const course = (read: (sample: Sample) => number | undefined): Span => [
    'plain',
    sparkline(
      host.items.map((sample) => read(sample) ?? null),
      width,
    ).padEnd(width),
  ];
  return [
    ...processorLines(last, course),
    ...last.gpus
      .slice(0, Math.max(1, rows - rowsWithoutGpus))
      .map((gpu): Line => [
        label(`GPU ${gpu.index}`),
        percentSpan(gpu.percent),
        course(({ gpus }) => gpus.find(({ index }) => index === gpu.index)?.percent),
        ['dim', `  ${gpuFacts(gpu)}`],
      ]),
    rateLine(
      'Disk',
      ['read', last.disk?.read_bytes_per_second],
      ['written', last.disk?.written_bytes_per_second],
    ),
    rateLine(
      'Network',
      ['in', last.network?.received_bytes_per_second],
      ['out', last.network?.sent_bytes_per_second],
    ),
    processLine(last),
    [],
  ];
}

function processorLines(
  last: Sample,
  course: (read: (sample: Sample) => number | undefined) => Span,
): Line[] {
  const { cpu, memory, load } = last;
  const lines: Line[] = [];
  if (cpu !== undefined) {
    const facts = `  of ${cpu.cores} cores${load === undefined ? '' : `, load ${load.one_minute.toFixed(2)}`}`;
    lines.push([
      label('CPU'),
      percentSpan(cpu.percent),
      course((sample) => sample.cpu?.percent),
      ['dim', facts],
    ]);
  }
  if (memory !== undefined) {
    const facts = `  ${formatBytes(memory.used_bytes)} of ${formatBytes(memory.total_bytes)}`;
    lines.push([
      label('Memory'),
      percentSpan(memory.percent),
      course((sample) => sample.memory?.percent),
      ['dim', facts],
    ]);
  }
  return lines;
}

function percentSpan(percent: number | undefined): Span {
  if (percent === undefined) return ['dim', '      –  '];
  const tone = percent >= 90 ? 'bad' : percent >= 75 ? 'warning' : 'plain';
  return [tone, `${percent.toFixed(1).padStart(5)} %  `];
}

function gpuFacts(gpu: Sample['gpus'][number]): string {
  const {
    memory_used_bytes: used,
    memory_total_bytes: total,
    temperature_celsius: degrees,
    power_watts: watts,
  } = gpu;
  return [
    used === undefined
      ? null
      : `${formatBytes(used)}${total === undefined ? '' : ` of ${formatBytes(total)}`}`,
    degrees === undefined ? null : `${Math.round(degrees)} °C`,
    watts === undefined ? null : `${Math.round(watts)} W`,
  ]
    .filter((fact) => fact !== null)
    .join(', ');
}

function rateLine(name: string, ...rates: readonly (readonly [string, number | undefined])[]): Line {
  const told = rates.flatMap(([word, bytes]) =>
    bytes === undefined ? [] : `${word} ${formatBytes(bytes)}/s`,
  );
  return [label(name), told.length === 0 ? ['dim', 'not measured'] : ['plain', told.join('   ')]];
}

function processLine({ process }: Sample): Line {
  const busy = `${process.cpu_percent.toFixed(1)} % of a core`;
  const delay = `event loop ${process.event_loop_delay_ms.toFixed(1)} ms behind`;
  return [label('Server'), ['plain', `${busy}   ${formatBytes(process.resident_bytes)}   ${delay}`]];
}

function perSecond(rate: number): string {
  return `${rate >= 100 ? Math.round(rate) : Number(rate.toPrecision(2))}/s`;
}

function busLines(reading: TopReading): Line[] {
  const { bus } = reading;
  if (bus === null) return [missing(reading, 'bus', 'Bus')];
  const rates = `published ${perSecond(bus.published_per_second)}   received ${perSecond(bus.received_per_second)}   `;
  const lag: Span =
    bus.lag === null
      ? ['dim', 'lag not known']
      : [bus.lag > 0 ? 'warning' : 'plain', `lag ${bus.lag} events`];
  const failed: Span = [
    bus.failed_per_second > 0 ? 'warning' : 'plain',
    `failed ${perSecond(bus.failed_per_second)}   `,
  ];
  return [
    [label('Bus'), ['plain', rates], failed, lag],
    ...bus.lagging.map((channel): Line => [
      inset,
      ['dim', `${channel.name} is ${channel.lag} events behind`],
    ]),
  ];
}

function budgetLines(reading: TopReading, columns: number): Line[] {
  const { budget } = reading;
  if (budget === null) return [missing(reading, 'budget', 'Spend')];
  const [spent, cap] = [Number(budget.spent_usd), Number(budget.cap_usd)];
  const share = cap > 0 ? spent / cap : 1;
  const full = Math.round(Math.min(1, share) * barWidth);
  const tone: Tone = share >= 1 ? 'bad' : share >= 0.8 ? 'warning' : 'good';
  const bar: Span[] =
    columns < 70
      ? []
      : [
          ['plain', '  '],
          [tone, '█'.repeat(full)],
          ['dim', '░'.repeat(barWidth - full)],
        ];
  const facts = `${formatMoney(budget.spent_usd)} of ${formatMoney(budget.cap_usd)} in ${budget.month}`;
  const held = Number(budget.reserved_usd) > 0 ? `, ${formatMoney(budget.reserved_usd)} held` : '';
  return [
    [label('Spend'), ['plain', facts], ...bar, [tone, `  ${Math.round(share * 100)} %`], ['dim', held]],
  ];
}

function alertLines(reading: TopReading): Line[] {
  const { alerts } = reading;
  if (alerts === null) return [missing(reading, 'alerts', 'Alerts')];
  const first: Line = [
    label('Alerts'),
    alerts.length === 0 ? ['good', 'none firing'] : ['bad', `${alerts.length} firing`],
  ];
  return [
    first,
    ...alerts.map(({ severity, rule, summary, firing_since: since }): Line => [
      inset,
      [severity === 'critical' || severity === 'error' ? 'bad' : 'warning', `${severity} `],
      ['plain', `${rule}${summary === '' ? '' : `: ${summary}`}`],
      ['dim', since === null ? '' : `  since ${formatTime(since).slice(11)}`],
    ]),
  ];
}

function breakerLines(reading: TopReading): Line[] {
  const { breakers } = reading;
  if (breakers === null) return [missing(reading, 'breakers', 'Breakers')];
  if (breakers.length === 0) return [[label('Breakers'), ['good', 'all closed']]];
  return [[label('Breakers'), ['bad', `${breakers.length} not closed`]], ...breakers.map(breakerLine)];
}

function breakerLine(breaker: NamedBreaker): Line {
  const { name, operation, state, consecutive_failures: failures, next_probe_in_ms: probeMs } = breaker;
  const facts = [
    `of ${operation}`,
    failures === 0 ? null : `${failures} failures in a row`,
    probeMs === null ? null : `next probe in ${Math.ceil(probeMs / 1_000)} s`,
  ].filter((fact) => fact !== null);
  return [
    inset,
    ['plain', `${name} `],
    [state === 'half_open' ? 'warning' : 'bad', state.replace('_', ' ')],
    ['dim', `  ${facts.join(', ')}`],
  ];
}
