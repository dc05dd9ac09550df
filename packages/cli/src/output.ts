/** Everything that the command line writes: results to standard output, progress and errors to standard error. */
import { styleText } from 'node:util';
import { maskSecrets } from 'raptorflow/kernel';

/** How a value is emphasised in a terminal. */
export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'warning' | 'bad' | 'link';

/** Where a command writes. */
export interface Output {
  readonly json: boolean;
  readonly interactive: boolean;
  /** A line of the result; nothing with `--json`. */
  line(text?: string): void;
  /** Rows under a header, columns aligned, with a note below each where there are notes; nothing with `--json`. */
  table(header: readonly string[], rows: readonly (readonly string[])[], notes?: readonly string[]): void;
  /** The result as one JSON value on one line; nothing without `--json`. */
  result(value: unknown): void;
  /** A passing remark on standard error: rewritten in place in a terminal, one line each otherwise; nothing with `--json` when silent. */
  progress(text: string): void;
  /** Ends a progress line that was rewritten in place. */
  endProgress(): void;
  error(text: string): void;
  tone(tone: Tone, text: string): string;
}

/** Standard streams, or a test's. */
export interface Streams {
  readonly out: { write(text: string): unknown; readonly isTTY?: boolean };
  readonly err: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
}

const styles: Readonly<Record<Exclude<Tone, 'plain'>, Parameters<typeof styleText>[0]>> = {
  strong: 'bold',
  dim: 'dim',
  good: 'green',
  warning: 'yellow',
  bad: 'red',
  link: ['cyan', 'underline'],
};

/** Builds the output of one command. */
export function createOutput(options: { json: boolean; colours: boolean }, streams: Streams): Output {
  let rewriting = false;
  const tone = (name: Tone, text: string): string =>
    !options.colours || name === 'plain' ? text : styleText(styles[name], text, { validateStream: false });
  const endProgress = (): void => {
    if (rewriting) streams.err.write('\r\u001b[K');
    rewriting = false;
  };
  return {
    json: options.json,
    interactive: streams.err.isTTY === true,
    tone,
    endProgress,
    line(text = '') {
      if (options.json) return;
      endProgress();
      streams.out.write(`${text}\n`);
    },
    table(header, rows, notes) {
      if (options.json) return;
      endProgress();
      streams.out.write(formatTable(header, rows, (text) => tone('dim', text), notes));
    },
    result(value) {
      if (!options.json) return;
      endProgress();
      streams.out.write(`${JSON.stringify(value)}\n`);
    },
    progress(text) {
      if (streams.err.isTTY === true) {
        streams.err.write(`\r\u001b[K${text.slice(0, (streams.err.columns ?? 80) - 1)}`);
        rewriting = true;
      } else {
        streams.err.write(`${text}\n`);
      }
    },
    error(text) {
      endProgress();
      streams.err.write(`${maskSecrets(text)}\n`);
    },
  };
}

/** Columns as wide as their widest cell; the last one is left ragged. Notes stand below the row of the same number, whatever their width. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  emphasise: (text: string) => string = (text) => text,
  notes: readonly string[] = [],
): string {
  const widths = header.map((title, column) =>
    Math.max(visibleLength(title), ...rows.map((row) => visibleLength(row[column] ?? ''))),
  );
  const format = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - visibleLength(cell)),
      )
      .join('  ')
      .trimEnd();
  const lines = rows.flatMap((row, index) => {
    const note = notes[index];
    return note === undefined ? [format(row)] : [format(row), emphasise(`    ${note}`)];
  });
  return [emphasise(format(header)), ...lines].map((text) => `${text}\n`).join('');
}

function visibleLength(text: string): number {
  // oxlint-disable-next-line no-control-regex -- colour codes take no room.
  return Array.from(text.replaceAll(/\u001b\[[0-9;]*m/g, '')).length;
}
