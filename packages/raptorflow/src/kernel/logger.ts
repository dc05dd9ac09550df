import { maskSecrets } from './masking.ts';

/** Where parts write what an operator should know. The platform supplies pino; the library is silent unless told otherwise. */
export interface Logger {
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** The same log with `component` set. */
  child(component: string): Logger;
}

/** Levels from the most to the least talkative. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Says nothing. */
export const silentLogger: Logger = Object.freeze({
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
});

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** Writes one readable line per message to standard error, for programs that embed the library and have no logger. */
export function consoleLogger(level: LogLevel = 'info', component = 'raptorflow'): Logger {
  const write =
    (rank: LogLevel) =>
    (message: string, fields?: Readonly<Record<string, unknown>>): void => {
      if (ranks[rank] < ranks[level]) return;
      const rest =
        fields && Object.keys(fields).length > 0 ? ` ${JSON.stringify(fields, replaceErrors)}` : '';
      process.stderr.write(maskSecrets(`${rank.toUpperCase().padEnd(5)} [${component}] ${message}${rest}\n`));
    };
  return {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: (name) => consoleLogger(level, name),
  };
}

function replaceErrors(_key: string, value: unknown): unknown {
  if (value instanceof Error) return { name: value.name, message: value.message, stack: value.stack };
  return typeof value === 'bigint' ? value.toString() : value;
}
