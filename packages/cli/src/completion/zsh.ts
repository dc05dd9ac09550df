/** The completion of zsh, by its own `_arguments` and `_describe`. */
import { quoted } from './quoting.ts';
import type { CompletedCommand, CompletedOption, CompletedWord, Offer, Vocabulary } from './vocabulary.ts';

/** The script, to be sourced or to lie in a folder of `fpath` as `_raptorflow`. */
export function zshCompletion({ first, groups, commands }: Vocabulary): string {
  return `#compdef raptorflow
# Completion of raptorflow for zsh, made by: raptorflow completion zsh
_raptorflow() {
  local -a described
  if (( CURRENT == 2 )); then
    described=(${described(first)})
    _describe -t commands command described
    return
  fi
  local command=$words[2]
  case $command in
${groups.map(({ word, second }) => `    ${word}) described=(${described(second)}) ;;`).join('\n')}
  esac
  if (( $#described )); then
    if (( CURRENT == 3 )) && [[ $words[3] != -* ]]; then
      _describe -t commands command described
      return
    fi
    # A command of one word may have options of its own beside the commands of two words that begin with it.
    if (( CURRENT > 3 && $described[(I)\${(b)words[3]}:*] )); then
      command="$command $words[3]"
      shift words
      (( CURRENT -= 1 ))
    fi
  fi
  shift words
  (( CURRENT -= 1 ))
  case $command in
${commands.map(zshCommand).join('\n')}
  esac
}

if [[ \${funcstack[1]} == _raptorflow ]]; then
  _raptorflow "$@"
else
  compdef _raptorflow raptorflow
fi
`;
}

function described(words: readonly CompletedWord[]): string {
  return words.map(({ word, summary }) => quoted(`${word}:${summary}`)).join(' ');
}

function zshCommand({ words, options, operands }: CompletedCommand): string {
  const rest = operands.kind === 'nothing' ? '*: :' : `*:operand:${zshOffer(operands)}`;
  const specs = [...options.flatMap(zshOption), quoted(rest)];
  return `    ${quoted(words.join(' '))}) _arguments ${specs.join(' ')} ;;`;
}

function zshOption({ names, help, value }: CompletedOption): string[] {
  const [long = '', short] = names;
  const told = `[${help.replaceAll(/[[\]:\\]/gu, String.raw`\$&`)}]`;
  const follows = value === null ? '' : `:value:${zshOffer(value)}`;
  const excludes = short === undefined ? '' : `(${long} ${short})`;
  return names.map((name) => {
    const takes = value === null ? '' : name.startsWith('--') ? '=' : '+';
    return quoted(`${excludes}${name}${takes}${told}${follows}`);
  });
}

function zshOffer(offer: Offer): string {
  switch (offer.kind) {
    case 'words':
      return `(${offer.words.join(' ')})`;
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'nothing':
      return ' ';
  }
}
