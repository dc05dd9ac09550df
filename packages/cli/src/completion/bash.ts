/** The completion of bash, from 3.2 on, which macOS has; whole file names need 4. */
import { quoted } from './quoting.ts';
import type { CompletedCommand, Offer, Vocabulary } from './vocabulary.ts';

/** The script, to be sourced. */
export function bashCompletion({ first, groups, commands }: Vocabulary): string {
  const valued = commands.flatMap((command) =>
    command.options.flatMap(({ names, value }) => (value === null ? [] : [{ command, names, value }])),
  );
  return `# Completion of raptorflow for bash, made by: raptorflow completion bash
_raptorflow() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD - 1]}
  # bash takes "--level=" for a word, and "=" for another one.
  if [[ $current == = ]]; then
    current=
  elif [[ $previous == = ]]; then
    previous=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _raptorflow_words ${quoted(list(first.map(({ word }) => word)))}
    return
  fi
  local command=\${COMP_WORDS[1]} second=
  case $command in
${groups.map(({ word, second }) => `    ${word}) second=${quoted(list(second.map((one) => one.word)))} ;;`).join('\n')}
  esac
  if [[ -n $second ]]; then
    if ((COMP_CWORD == 2)) && [[ $current != -* ]]; then
      _raptorflow_words "$second"
      return
    fi
    # A command of one word may have options of its own beside the commands of two words that begin with it.
    if [[ " $second " == *" \${COMP_WORDS[2]} "* ]]; then
      command+=" \${COMP_WORDS[2]}"
    fi
  fi
  case "$command $previous" in
${valued.map(({ command, names, value }) => `    ${names.map((name) => quoted(`${list(command.words)} ${name}`)).join(' | ')}) ${bashOffer(value)}; return ;;`).join('\n')}
  esac
  case $command in
${commands.map(bashCommand).join('\n')}
  esac
}

# Offers those of the words that begin with what is typed.
_raptorflow_words() {
  local IFS=$' \\t\\n'
  COMPREPLY=($(compgen -W "$1" -- "$current"))
}

# Offers options behind a dash, and where nothing else can follow.
_raptorflow_options() {
  if [[ $current == -* || $2 == nothing ]]; then
    _raptorflow_words "$1"
    return 0
  fi
  return 1
}

_raptorflow_paths() {
  compopt -o "$1" 2>/dev/null
}

complete -F _raptorflow raptorflow
`;
}

function bashCommand({ words, options, operands }: CompletedCommand): string {
  const names = quoted(list(options.flatMap((option) => option.names)));
  const asked = `_raptorflow_options ${names} ${operands.kind}`;
  const rest = operands.kind === 'nothing' ? '' : ` || ${bashOffer(operands)}`;
  return `    ${quoted(list(words))}) ${asked}${rest} ;;`;
}

function bashOffer(offer: Offer): string {
  switch (offer.kind) {
    case 'words':
      return `_raptorflow_words ${quoted(list(offer.words))}`;
    case 'files':
      return '_raptorflow_paths default';
    case 'folders':
      return '_raptorflow_paths dirnames';
    case 'nothing':
      return ':';
  }
}

function list(words: readonly string[]): string {
  return words.join(' ');
}
