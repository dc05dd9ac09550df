/** What can be typed after `raptorflow`, read from the command table: the one source of the completion of every shell. */
import { commonOptions, type Command, type CommandEntry, type OptionDescription } from '../command.ts';

/** What the shell offers for a value: some words, the names of files or of folders, or nothing, where it cannot know. */
export type Offer =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'files' | 'folders' | 'nothing' };

/** An option as a shell completes it. */
export interface CompletedOption {
  /** `--level`, and `-f` where there is a short name. */
  readonly names: readonly string[];
  readonly help: string;
  /** What follows it; null for flags. */
  readonly value: Offer | null;
}

/** A command as a shell completes it. */
export interface CompletedCommand {
  readonly words: readonly string[];
  readonly options: readonly CompletedOption[];
  readonly operands: Offer;
}

/** A word that may come first or second. */
export interface CompletedWord {
  readonly word: string;
  readonly summary: string;
}

/** Everything that can be typed. */
export interface Vocabulary {
  readonly first: readonly CompletedWord[];
  /** The second words of those first ones that need one. */
  readonly groups: readonly { readonly word: string; readonly second: readonly CompletedWord[] }[];
  readonly commands: readonly CompletedCommand[];
}

const builtIn: readonly CompletedWord[] = [
  { word: 'help', summary: 'List the commands.' },
  { word: 'version', summary: 'Print the version.' },
];

/** Loads every command of the table and lists what can be typed. */
export async function vocabularyOf(table: readonly CommandEntry[]): Promise<Vocabulary> {
  const loaded = await Promise.all(table.map((entry) => entry.load()));
  const named = table.map((entry) => ({ ...entry, words: entry.name.split(' ') }));
  const groups = Map.groupBy(
    named.filter(({ words }) => words.length > 1),
    ({ words: [first = ''] }) => first,
  );
  const single = named.filter(({ words }) => words.length === 1);
  return {
    first: [
      ...single.map(({ name, summary }) => ({ word: name, summary })),
      ...[...groups]
        .filter(([word]) => !single.some(({ name }) => name === word))
        .map(([word, members]) => ({ word, summary: summaryOf(members) })),
      ...builtIn,
    ],
    groups: [...groups].map(([word, members]) => ({
      word,
      second: members.map(({ words, summary }) => ({ word: words[1] ?? '', summary })),
    })),
    commands: loaded.map((command) => ({
      words: command.name.split(' '),
      options: Object.entries({ ...command.options, ...commonOptions }).map(completedOption),
      operands: operandsOf(command),
    })),
  };
}

function summaryOf(members: readonly { readonly words: readonly string[] }[]): string {
  return members.map(({ words }) => words[1]).join(', ');
}

function completedOption([name, option]: readonly [string, OptionDescription]): CompletedOption {
  return {
    names: [`--${name}`, ...(option.short === undefined ? [] : [`-${option.short}`])],
    help: option.help,
    value: option.type === 'boolean' ? null : offerOf(option.choices, option.value),
  };
}

function operandsOf({ operands, operandChoices }: Command): Offer {
  return offerOf(operandChoices, operands);
}

// Help names paths by these words.
function offerOf(choices: readonly string[] | undefined, shown: string | undefined): Offer {
  if (choices !== undefined) return { kind: 'words', words: choices };
  if (shown === 'FOLDER') return { kind: 'folders' };
  return { kind: shown !== undefined && /FILE|FOLDER/u.test(shown) ? 'files' : 'nothing' };
}
