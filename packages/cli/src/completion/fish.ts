/** The completion of fish. */
import type { CompletedCommand, CompletedOption, CompletedWord, Offer, Vocabulary } from './vocabulary.ts';

/** The script, to be sourced or to lie in the folder of completions as `raptorflow.fish`. */
export function fishCompletion({ first, groups, commands }: Vocabulary): string {
  return `# Completion of raptorflow for fish, made by: raptorflow completion fish

# Whether these are all words behind the program's name.
function __raptorflow_after
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv"
end

# Whether the words behind the program's name begin with these.
function __raptorflow_in
    set -l words (commandline -opc)
    set -e words[1]
    test (count $words) -ge (count $argv); or return 1
    for at in (seq (count $argv))
        test "$words[$at]" = "$argv[$at]"; or return 1
    end
end

# Whether the first of them is this command, and the second none of those that make another one of it.
function __raptorflow_alone
    set -l words (commandline -opc)
    set -e words[1]
    test (count $words) -ge 1; and test "$words[1]" = "$argv[1]"; or return 1
    test (count $words) -ge 2; and contains -- "$words[2]" $argv[2..-1]; and return 1
    return 0
end

complete -c raptorflow -f
${first.map((word) => fishWord([], word)).join('\n')}
${groups.flatMap(({ word, second }) => second.map((one) => fishWord([word], one))).join('\n')}
${commands.flatMap((command) => fishCommand(command, groups)).join('\n')}
`;
}

function fishWord(after: readonly string[], { word, summary }: CompletedWord): string {
  return `${when('after', after)} -a ${quoted(word)} -d ${quoted(summary)}`;
}

function fishCommand({ words, options, operands }: CompletedCommand, groups: Vocabulary['groups']): string[] {
  const second = words.length > 1 ? [] : (groups.find(({ word }) => word === words[0])?.second ?? []);
  const where =
    second.length === 0 ? when('in', words) : when('alone', [...words, ...second.map(({ word }) => word)]);
  const own = options.map((option) => `${where} ${fishOption(option)}`);
  return operands.kind === 'nothing' ? own : [`${where} ${fishOffer(operands)}`, ...own];
}

function fishOption({ names, help, value }: CompletedOption): string {
  const named = names.map((name) => (name.startsWith('--') ? `-l ${name.slice(2)}` : `-s ${name.slice(1)}`));
  return [...named, ...(value === null ? [] : ['-r', fishOffer(value)]), `-d ${quoted(help)}`].join(' ');
}

function fishOffer(offer: Offer): string {
  switch (offer.kind) {
    case 'words':
      return `-f -a ${quoted(offer.words.join(' '))}`;
    case 'files':
      return '-F';
    case 'folders':
      return `-f -a '(__fish_complete_directories)'`;
    case 'nothing':
      return '-f';
  }
}

function when(test: 'after' | 'alone' | 'in', words: readonly string[]): string {
  return `complete -c raptorflow -n ${quoted([`__raptorflow_${test}`, ...words].join(' '))}`;
}

// In fish a backslash quotes inside of quotation marks, too.
function quoted(text: string): string {
  return `'${text.replaceAll(/['\\]/gu, String.raw`\$&`)}'`;
}
