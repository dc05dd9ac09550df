import { RaptorFlowError, type Issue } from '../../kernel/index.ts';
import { parseIni, type IniDocument, type IniEntry } from './ini.ts';
import { decimal, filePath, oneOf, truth, truthOrAuto, webAddress, whole, type ValueForm } from './values.ts';

/** What `raptor.ini` says, complete: what it leaves out has its default. */
export interface RaptorConfig {
  readonly logging: {
    readonly level: 'DEBUG' | 'INFO' | 'WARNING' | 'ERROR';
    /** As it is written; relative to where the program's files lie. */
    readonly file: string;
    /** The log is turned over at this size. */
    readonly maxSizeMb: number;
    /** Files that were turned over and are kept. */
    readonly keepFiles: number;
  };
  readonly performance: {
    readonly enableCpu: boolean;
    readonly enableMemory: boolean;
    readonly enableDisk: boolean;
    readonly enableNetwork: boolean;
    readonly enableGpu: boolean | 'auto';
    readonly sampleRateMs: number;
  };
  readonly features: {
    readonly traceExceptions: boolean;
    /** Logs every sample, and shows the values of arguments in traces. */
    readonly enableDevFlags: boolean;
  };
  /** The default rules for the host. */
  readonly alerts: {
    /** Percent. */
    readonly cpuThreshold: number;
    /** Percent. */
    readonly memoryThreshold: number;
    /** How long a threshold must be exceeded before somebody is told. */
    readonly durationSeconds: number;
    /** Null where nobody is told that way. */
    readonly webhookUrl: string | null;
  };
}

/** One key of the file: how it is read, what holds without it, and what it is for. */
interface Key<T> {
  readonly form: ValueForm<T>;
  readonly fallback: T;
}

type Keys<Section> = { readonly [Name in keyof Section]: Key<Section[Name]> };

const key = <T>(form: ValueForm<T>, fallback: NoInfer<T>): Key<T> => ({ form, fallback });

const table: { readonly [Section in keyof RaptorConfig]: Keys<RaptorConfig[Section]> } = {
  logging: {
    level: key(oneOf('DEBUG', 'INFO', 'WARNING', 'ERROR'), 'INFO'),
    file: key(filePath, 'logs/raptor.log'),
    maxSizeMb: key(whole(1, 10_240), 50),
    keepFiles: key(whole(0, 1_000), 5),
  },
  performance: {
    enableCpu: key(truth, true),
    enableMemory: key(truth, true),
    enableDisk: key(truth, true),
    enableNetwork: key(truth, true),
    enableGpu: key(truthOrAuto, 'auto'),
    sampleRateMs: key(whole(50, 60_000), 200),
  },
  features: {
    traceExceptions: key(truth, true),
    enableDevFlags: key(truth, false),
  },
  alerts: {
    cpuThreshold: key(decimal(0, 100), 90),
    memoryThreshold: key(decimal(0, 100), 85),
    durationSeconds: key(whole(0, 86_400), 300),
    webhookUrl: key(webAddress, null),
  },
};

/** A longer text is no configuration. */
const configCharsMax = 65_536;

/** A key as the file writes it, with where its value goes. */
interface Place {
  readonly section: string;
  readonly name: string;
  readonly key: Key<unknown>;
}

/** Section → key as it is written → place. */
const places: ReadonlyMap<string, ReadonlyMap<string, Place>> = new Map(
  Object.entries(table).map(([section, keys]) => [
    section,
    new Map(
      Object.entries<Key<unknown>>(keys).map(([name, found]) => [
        name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        { section, name, key: found },
      ]),
    ),
  ]),
);

/**
 * Reads the text of a `raptor.ini`; `file` is its name, for messages. Throws one `invalid_options` that names file and line of everything that is unknown,
 * said twice or not allowed, and what is allowed instead; `details.issues` lists the same.
 */
export function readHostConfig(text: string, file: string): RaptorConfig {
  if (text.length > configCharsMax) {
    throw refusal(file, [{ line: 1, message: `the file has more than ${configCharsMax} characters` }]);
  }
  const document = parseIni(text);
  const values = new Map<Place, unknown>();
  const problems = [...document.faults, ...unknownSections(document)];
  const firstLines = new Map<Place, number>();
  for (const entry of document.entries) {
    const keys = places.get(entry.section);
    if (!keys) continue;
    const place = keys.get(entry.key);
    const earlier = place && firstLines.get(place);
    const problem = place ? readValue(place, entry, earlier, values) : unknownKey(entry, keys);
    if (problem) problems.push({ line: entry.line, message: problem });
    if (place && earlier === undefined) firstLines.set(place, entry.line);
  }
  if (problems.length > 0)
    throw refusal(
      file,
      problems.sort((a, b) => a.line - b.line),
    );
  return complete(values);
}

function unknownSections({ sections }: IniDocument): { line: number; message: string }[] {
  const known = [...places.keys()].map((name) => `[${name}]`).join(', ');
  return sections
    .filter(({ name }) => !places.has(name))
    .map(({ name, line }) => ({ line, message: `there is no section [${name}]; write one of ${known}` }));
}

function unknownKey({ section, key: name }: IniEntry, keys: ReadonlyMap<string, Place>): string {
  return `[${section}] has no ${name}; write one of ${[...keys.keys()].join(', ')}`;
}

function readValue(
  place: Place,
  entry: IniEntry,
  earlier: number | undefined,
  values: Map<Place, unknown>,
): string | undefined {
  const name = `[${entry.section}] ${entry.key}`;
  if (earlier !== undefined) return `${name} stands in line ${earlier} already; keep one of them`;
  const value = place.key.form.parse(entry.value);
  // A webhook's address may hold a secret, and messages are logged.
  const shown = entry.key === 'webhook_url' ? '' : ` "${entry.value.slice(0, 80)}"`;
  if (value === undefined) return `${name} cannot be${shown}; write ${place.key.form.allowed}`;
  values.set(place, value);
  return undefined;
}

function complete(values: ReadonlyMap<Place, unknown>): RaptorConfig {
  const sections = [...places].map(([section, keys]): [string, unknown] => {
    const fields = [...keys.values()].map((place): [string, unknown] => [
      place.name,
      values.has(place) ? values.get(place) : place.key.fallback,
    ]);
    return [section, Object.freeze(Object.fromEntries(fields))];
  });
  // The table has every key of the type, with a form that answers its type.
  return Object.freeze(Object.fromEntries(sections)) as unknown as RaptorConfig;
}

function refusal(file: string, problems: readonly { line: number; message: string }[]): RaptorFlowError {
  const issues: Issue[] = problems.map(({ line, message }) => ({ path: `${file}:${line}`, message }));
  const lines = issues.map(({ path, message }) => `${path}: ${message}`);
  return new RaptorFlowError('invalid_options', `${lines.join('; ')}.`, { details: { issues } });
}
