import { maskSecrets, type Logger } from 'raptorflow/kernel';
import { pino, stdTimeFunctions, type DestinationStream, type Logger as PinoLogger } from 'pino';

/** Names of fields whose values never reach the log. */
const maskedFields = [
  'authorization',
  'cookie',
  'password',
  'secret',
  'secretKey',
  'token',
  'apiKey',
  'api_key',
  'code',
  'databaseUrl',
  'migrationDatabaseUrl',
  'redis.url',
].flatMap((field) => (field === 'code' ? ['req.query.code'] : [field, `*.${field}`, `headers.${field}`]));

/** How the application's log is written. */
export interface LogOptions {
  /** A level, then `component=level` pairs: `info,bus=debug`. */
  readonly level: string;
  /** JSON lines, or readable lines for a terminal. */
  readonly format: 'json' | 'readable';
  /** Standard output when absent. */
  readonly destination?: DestinationStream;
}

/** The application's log as the logger port of the kernel; each child has a `component` and its own level. Secrets are masked. */
export async function createLog(options: LogOptions): Promise<Logger> {
  const [base = 'info', ...pairs] = options.level.split(',');
  const levels = new Map(
    pairs.map((pair): [string, string] => [pair.split('=')[0] ?? '', pair.split('=')[1] ?? base]),
  );
  const destination =
    options.destination ?? (options.format === 'readable' ? await readableStream() : undefined);
  const root = pino(
    {
      level: base,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      // The paths know names at the top of a record; the hook knows the house's rule, wherever a secret stands.
      hooks: { streamWrite: maskSecrets },
      redact: { paths: maskedFields, censor: '[masked]' },
    },
    destination ?? pino.destination({ fd: 1, sync: false }),
  );
  return wrap(root, levels);
}

async function readableStream(): Promise<DestinationStream> {
  const { default: pretty } = await import('pino-pretty');
  return pretty({
    colorize: process.stdout.isTTY,
    ignore: 'component',
    messageFormat: '[{component}] {message}',
    messageKey: 'message',
    singleLine: true,
    translateTime: 'SYS:HH:MM:ss.l',
    sync: true,
  });
}

function wrap(log: PinoLogger, levels: ReadonlyMap<string, string>, root: PinoLogger = log): Logger {
  return {
    debug: (message, fields) => log.debug(renameError(fields), message),
    info: (message, fields) => log.info(renameError(fields), message),
    warn: (message, fields) => log.warn(renameError(fields), message),
    error: (message, fields) => log.error(renameError(fields), message),
    child(component) {
      // From the root: pino keeps a parent's fields, and a line with two components is no valid object any more.
      const child = root.child({ component }, { level: levels.get(component) ?? log.level });
      return wrap(child, levels, root);
    },
  };
}

// pino serialises an error with its stack and causes only under its own key.
function renameError(fields: Readonly<Record<string, unknown>> | undefined): Record<string, unknown> {
  if (fields === undefined) return {};
  const { error, ...rest } = fields;
  return error === undefined ? rest : { ...rest, err: error };
}
