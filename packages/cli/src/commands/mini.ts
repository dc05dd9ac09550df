import type { Client } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { textOption, type Command, type Invocation } from '../command.ts';
import { withConnection } from '../connection.ts';
import { formatBytes, formatTime } from '../figures.ts';

type Samples = Awaited<ReturnType<Client['raptor']['samples']>>;
type Sample = Samples['items'][number];
type Status = Awaited<ReturnType<Client['raptor']['status']>>;

/** A command that asks the server's monitor for something and shows what it answers. */
function miniCommand<T>(
  name: string,
  summary: string,
  ask: (client: Client) => Promise<T>,
  show: (answer: T, invocation: Invocation) => void,
): Command {
  return {
    name,
    summary,
    run: (invocation) =>
      withConnection(invocation, { own: 'refused' }, async ({ client }) => {
        const answer = await ask(client);
        invocation.output.result(answer);
        show(answer, invocation);
      }),
  };
}

/** `raptorflow mini start`. */
export const miniStart: Command = miniCommand(
  'mini start',
  'Start the monitor of the machine that the server runs on; does nothing when it runs.',
  (client) => client.raptor.start(),
  ({ running }, { output }) => output.line(`Running: ${running ? 'Yes' : 'No'}`),
);

/** `raptorflow mini stop`. */
export const miniStop: Command = miniCommand(
  'mini stop',
  'Stop the monitor; does nothing when it does not run.',
  (client) => client.raptor.stop(),
  ({ running }, { output }) => output.line(`Running: ${running ? 'Yes' : 'No'}`),
);

function showStatus({ running, config_file: file }: Status, { output }: Invocation): void {
  output.line(`Running: ${output.tone(running ? 'good' : 'warning', running ? 'Yes' : 'No')}`);
  output.line(`Config: ${file ?? 'default'}`);
}

/** `raptorflow mini status`. */
export const miniStatus: Command = miniCommand(
  'mini status',
  'Say whether the monitor runs, and which configuration it has read.',
  (client) => client.raptor.status(),
  showStatus,
);

/** `raptorflow mini reload`. */
export const miniReload: Command = miniCommand(
  'mini reload',
  'Read the configuration file again.',
  (client) => client.raptor.reload(),
  showStatus,
);

/** `raptorflow mini boom`. */
export const miniBoom: Command = miniCommand(
  'mini boom',
  'Raise a real error through the exception tracing, to see it in the log.',
  (client) => client.raptor.demo({ params: { value: 'boom' } }),
  ({ traced }, { output }) =>
    output.line(
      traced
        ? 'A real error was raised and traced. See it with: raptorflow mini logs --level ERROR'
        : 'A real error was raised, but tracing is switched off: set trace_exceptions = true under [features].',
    ),
);

/** `raptorflow mini samples`. */
export const miniSamples: Command = {
  name: 'mini samples',
  summary: 'Show what the machine did lately, one line a second, the newest last.',
  options: {
    last: { type: 'string', value: 'N', help: 'The last N seconds, at most 300 (default 10).' },
  },
  run: (invocation) =>
    withConnection(invocation, { own: 'refused' }, async ({ client }) => {
      const limit = wholeOption(invocation, 'last', 10, [1, 300]);
      const samples = await client.raptor.samples({ query: { limit } });
      invocation.output.result(samples);
      showSamples(samples, invocation);
    }),
};

/** An option's whole number within its bounds, or what stands for it. Throws `invalid_input`. */
export function wholeOption(
  invocation: Invocation,
  name: string,
  otherwise: number,
  [least, most]: readonly [number, number],
): number {
  const text = textOption(invocation, name);
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (/^\d+$/u.test(text) && value >= least && value <= most) return value;
  throw new RaptorFlowError(
    'invalid_input',
    `--${name} takes a whole number from ${least} to ${most}, not "${text}".`,
  );
}

function showSamples(
  { running, source, sample_rate_ms: rateMs, items }: Samples,
  { output }: Invocation,
): void {
  if (items.length === 0) {
    output.line(
      running
        ? 'Nothing is measured yet. Ask again in a second.'
        : 'Nothing is measured. Start the monitor with "raptorflow mini start".',
    );
    return;
  }
  output.table(
    ['Time', 'CPU', 'Memory', 'Load', 'Disk read', 'Disk write', 'Net in', 'Net out', 'GPU', 'Loop delay'],
    items.map((sample) => [formatTime(sample.timestamp).slice(11), ...cellsOf(sample)]),
  );
  output.line(output.tone('dim', `Measured every ${rateMs} ms by ${source}; rates are a second.`));
}

function cellsOf({ cpu, memory, load, disk, network, gpus, process }: Sample): string[] {
  const percent = (value: number | undefined): string =>
    value === undefined ? '–' : `${value.toFixed(1)} %`;
  const bytes = (value: number | undefined): string => (value === undefined ? '–' : formatBytes(value));
  return [
    percent(cpu?.percent),
    memory === undefined ? '–' : `${percent(memory.percent)} (${bytes(memory.used_bytes)})`,
    load === undefined ? '–' : load.one_minute.toFixed(2),
    bytes(disk?.read_bytes_per_second),
    bytes(disk?.written_bytes_per_second),
    bytes(network?.received_bytes_per_second),
    bytes(network?.sent_bytes_per_second),
    gpus.length === 0 ? '–' : gpus.map((gpu) => percent(gpu.percent)).join(', '),
    `${process.event_loop_delay_ms.toFixed(1)} ms`,
  ];
}
