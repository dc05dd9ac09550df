import { joinLogReplay, openLogStream, type LogLine, type LogStream } from '@raptorflow/client';
import { RaptorFlowError } from 'raptorflow/kernel';
import { flagOption, textOption, type Command, type Invocation } from '../command.ts';
import { withConnection, type Connection } from '../connection.ts';
import type { Output, Tone } from '../output.ts';
import { wholeOption } from './mini.ts';

const levels = ['DEBUG', 'INFO', 'WARNING', 'ERROR'] as const;
const linesMax = 1_000;

/** `raptorflow mini logs`: the end of the monitor's log, and with `-f` what is written from then on. */
export const miniLogs: Command = {
  name: 'mini logs',
  summary:
    "Show the end of the monitor's log; with --follow also what is written from then on, until Ctrl-C.",
  options: {
    follow: { type: 'boolean', short: 'f', help: 'Go on with new lines as they are written.' },
    lines: {
      type: 'string',
      value: 'N',
      help: `Begin with the last N lines, at most ${linesMax} (default 50).`,
    },
    level: {
      type: 'string',
      value: levels.join('|'),
      choices: levels,
      help: 'Only lines of this level and above.',
    },
    text: { type: 'string', value: 'TEXT', help: 'Only lines that contain this.' },
  },
  run: (invocation) => {
    const wish = wishOf(invocation);
    return withConnection(invocation, { own: 'refused' }, (connection) =>
      follow(wish, invocation, connection),
    );
  },
};

interface Wish {
  readonly follow: boolean;
  readonly lines: number;
  readonly level: (typeof levels)[number] | undefined;
  readonly text: string | undefined;
}

function wishOf(invocation: Invocation): Wish {
  const given = textOption(invocation, 'level')?.toUpperCase();
  const level = levels.find((one) => one === given);
  if (given !== undefined && level === undefined) {
    throw new RaptorFlowError('invalid_input', `--level is one of ${levels.join(', ')}, not "${given}".`);
  }
  return {
    follow: flagOption(invocation, 'follow'),
    lines: wholeOption(invocation, 'lines', 50, [0, linesMax]),
    level,
    text: textOption(invocation, 'text'),
  };
}

async function follow(
  { follow: goesOn, lines, level, text }: Wish,
  { output, signal }: Invocation,
  { url, token }: Connection,
): Promise<void> {
  const printer = createPrinter(output, lines);
  const stream = await new Promise<LogStream>((resolve, reject) => {
    const opened = openLogStream({
      baseUrl: url,
      token,
      // A new connection has to reach back to where the one before it was lost, however little was asked for.
      filter: { level, text, last: goesOn ? linesMax : lines },
      onReplay(replay) {
        printer.replay(replay);
        if (!goesOn) resolve(opened);
      },
      onLine: printer.line,
      onDropped: printer.dropped,
      onStatus(status) {
        if (status === 'open') output.endProgress();
        if (status === 'waiting' && goesOn) output.progress('The connection was lost; trying again …');
        else if (status === 'waiting' || status === 'refused') {
          opened.close();
          reject(status === 'refused' ? refused() : unreachable(url));
        }
      },
    });
    signal.addEventListener('abort', () => resolve(opened), { once: true });
  });
  stream.close();
  output.endProgress();
}

function refused(): RaptorFlowError {
  return new RaptorFlowError(
    'forbidden',
    'The server shows its log to the operator only; make a token with "raptorflow token --operator".',
  );
}

function unreachable(url: string): RaptorFlowError {
  return new RaptorFlowError(
    'unavailable',
    `${url} does not send its log. Check that the server is of this version, and look at its own output.`,
  );
}

interface Printer {
  readonly replay: (lines: readonly LogLine[]) => void;
  readonly line: (line: LogLine) => void;
  readonly dropped: (count: number) => void;
}

/** Writes lines once each, whatever connections come and go. */
function createPrinter(output: Output, linesFirst: number): Printer {
  let known: LogLine[] | null = null;
  const write = (one: LogLine): void => {
    output.result(one);
    output.line(output.tone(toneOf(one), one.text));
  };
  const line = (one: LogLine): void => {
    known ??= [];
    known.push(one);
    // Cut seldom: at thousands of lines a second each cut would count.
    if (known.length > 2 * linesMax) known.splice(0, linesMax);
    write(one);
  };
  const missing = (count: number | null, words: string): void => {
    output.result({ dropped: count });
    output.error(output.tone('warning', words));
  };
  return {
    line,
    replay(lines) {
      if (known === null) {
        known = [...lines];
        for (const one of linesFirst === 0 ? [] : lines.slice(-linesFirst)) write(one);
        return;
      }
      const { added, gap } = joinLogReplay(known, lines);
      if (gap && lines.length > 0)
        missing(null, 'Lines may be missing here: more was written while the connection was away.');
      for (const one of added) line(one);
    },
    dropped(count) {
      missing(
        count,
        `${count} ${count === 1 ? 'line was' : 'lines were'} left out: they came faster than they were read.`,
      );
    },
  };
}

function toneOf({ level }: LogLine): Tone {
  if (level === 'ERROR') return 'bad';
  if (level === 'WARNING') return 'warning';
  return level === 'DEBUG' ? 'dim' : 'plain';
}
