#!/usr/bin/env node
/** The command line: finds the command, parses its options, runs it, and turns errors into messages and exit codes. */
import { enableCompileCache } from 'node:module';
import { parseArgs, type ParseArgsOptionsConfig } from 'node:util';
import { isRaptorFlowError, RaptorFlowError, systemClock } from 'raptorflow/kernel';
import { commandTable } from './command-table.ts';
import { commonOptions, type Command, type CommandEntry } from './command.ts';
import { readCliEnvironment } from './env.ts';
import { exitCodeHelp, exitCodeOf } from './exit-codes.ts';
import { createOutput, formatTable, type Output } from './output.ts';
import { version } from './version.ts';

const versionWords: ReadonlySet<string> = new Set(['--version', '-V', 'version']);

async function main(argv: readonly string[]): Promise<number> {
  const environment = readCliEnvironment();
  const json = argv.includes('--json');
  const output = createOutput(
    { json, colours: environment.colours },
    { out: process.stdout, err: process.stderr },
  );
  const abort = new AbortController();
  const interruption = watchInterruption(abort);
  endWithReaders(abort);
  try {
    if (argv[0] !== undefined && versionWords.has(argv[0])) {
      output.result({ version });
      output.line(version);
      return 0;
    }
    const entry = findCommand(argv);
    if (!entry) return showHelp(argv, output);
    const command = await entry.load();
    const words = entry.name.split(' ').length;
    const { positionals, values } = parse(command, argv.slice(words));
    if (values['help'] === true) {
      output.line(commandHelp(command));
      return 0;
    }
    await command.run({ positionals, options: values, output, environment, signal: abort.signal });
    return 0;
  } catch (error) {
    reportError(error, output);
    return exitCodeOf(error);
  } finally {
    await interruption.echoPassed();
  }
}

/** A second Ctrl-C within this time is npm's echo of the first; a later one means "now". */
const echoMs = 1_000;

/** Aborts at Ctrl-C and at SIGTERM. */
function watchInterruption(abort: AbortController): { echoPassed(): Promise<void> } {
  let interruptedAtMs: number | undefined;
  const interrupt = (): void => {
    const now = systemClock.monotonic();
    if (interruptedAtMs !== undefined && now - interruptedAtMs > echoMs) process.exit(130);
    interruptedAtMs ??= now;
    abort.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', () => abort.abort());
  return {
    // While Node takes itself down nobody listens to signals any more: the echo would end it with a signal instead of 0.
    async echoPassed() {
      if (interruptedAtMs === undefined) return;
      await systemClock.sleep(Math.max(0, interruptedAtMs + echoMs - systemClock.monotonic()));
    },
  };
}

/** Whoever reads what is written has seen enough, as `head` has: the command ends as if by Ctrl-C, without a word. */
function endWithReaders(abort: AbortController): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
      abort.abort();
    });
  }
}

/** The entry whose words begin the arguments; the longest name wins. */
function findCommand(argv: readonly string[]): CommandEntry | undefined {
  const matches = commandTable.filter((entry) => {
    const words = entry.name.split(' ');
    return words.every((word, index) => argv[index] === word);
  });
  return matches.toSorted((left, right) => right.name.length - left.name.length)[0];
}

function parse(
  command: Command,
  rest: readonly string[],
): { positionals: string[]; values: Record<string, string | boolean | (string | boolean)[] | undefined> } {
  const options: ParseArgsOptionsConfig = {};
  for (const [name, description] of Object.entries({ ...command.options, ...commonOptions })) {
    options[name] = {
      type: description.type,
      ...(description.short === undefined ? {} : { short: description.short }),
      ...(description.multiple === undefined ? {} : { multiple: description.multiple }),
    };
  }
  try {
    const parsed = parseArgs({ args: [...rest], options, allowPositionals: true, strict: true });
    const [least, most] = command.operandCount ?? [0, 0];
    const count = parsed.positionals.length;
    if (parsed.values['help'] !== true && (count < least || count > most)) {
      if (most === 0 && beginsOthers(command))
        throw unknownCommand(`${command.name} ${parsed.positionals[0]}`);
      throw usage(`raptorflow ${command.name} takes ${command.operands ?? 'no operands'}`, command);
    }
    return { positionals: parsed.positionals, values: parsed.values };
  } catch (error) {
    if (isRaptorFlowError(error)) throw error;
    throw usage(error instanceof Error ? error.message : String(error), command);
  }
}

function beginsOthers({ name }: Command): boolean {
  return commandTable.some((entry) => entry.name.startsWith(`${name} `));
}

function unknownCommand(words: string, see = 'help'): RaptorFlowError {
  return new RaptorFlowError('invalid_input', `There is no command "${words}". See: raptorflow ${see}`);
}

function usage(problem: string, command: Command): RaptorFlowError {
  return new RaptorFlowError('invalid_input', `${problem}. See: raptorflow ${command.name} --help`);
}

const helpWords: ReadonlySet<string> = new Set(['help', '--help', '-h']);

function showHelp(argv: readonly string[], output: Output): number {
  const asked = argv[0] === undefined || argv.some((word) => helpWords.has(word));
  const group = commandTable.filter((entry) => entry.name.startsWith(`${argv[0]} `));
  const words = argv.slice(0, group.length > 0 ? 2 : 1).filter((word) => word !== '--json');
  if (!asked && words.length > 0 && (group.length === 0 || words.length > 1)) {
    throw unknownCommand(words.join(' '), group.length > 0 ? argv[0] : 'help');
  }
  const shown = group.length > 0 ? group : commandTable;
  const rows = shown.map((entry) => [`  ${entry.name}`, entry.summary]);
  output.line('raptorflow: the runtime for societies of AI agents\n');
  output.line(formatTable(['  Command', 'What it does'], rows));
  output.line(
    `Every command takes --json and --help. Shells complete them: raptorflow completion --help\n${exitCodeHelp}`,
  );
  output.result({ commands: shown.map(({ name, summary }) => ({ name, summary })) });
  return asked ? 0 : 2;
}

function commandHelp(command: Command): string {
  const options = Object.entries({ ...command.options, ...commonOptions }).map(([name, option]) => [
    `  --${name}${option.value === undefined ? '' : ` ${option.value}`}${option.short === undefined ? '' : `, -${option.short}`}`,
    option.help,
  ]);
  return `raptorflow ${command.name}${command.operands === undefined ? '' : ` ${command.operands}`}\n\n${command.summary}\n\n${formatTable(['  Option', ''], options)}${command.notes === undefined ? '' : `\n${command.notes}`}`;
}

function reportError(error: unknown, output: Output): void {
  const message = error instanceof Error ? error.message : String(error);
  const code =
    typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : 'internal';
  const details = typeof error === 'object' && error !== null && 'details' in error ? error.details : {};
  if (output.json) output.result({ error: { code, message, details } });
  output.error(`${output.tone('bad', 'Error:')} ${message}`);
  if (exitCodeOf(error) === 1 && error instanceof Error && error.stack !== undefined)
    output.error(output.tone('dim', error.stack));
}

// Commands are loaded when they are called; from the second start on their code comes compiled.
enableCompileCache();
process.exitCode = await main(process.argv.slice(2));
