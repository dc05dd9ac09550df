import { RaptorFlowError } from 'raptorflow/kernel';
import type { Command, CommandEntry } from '../command.ts';
import { bashCompletion } from '../completion/bash.ts';
import { fishCompletion } from '../completion/fish.ts';
import { type Vocabulary, vocabularyOf } from '../completion/vocabulary.ts';
import { zshCompletion } from '../completion/zsh.ts';

const scripts: ReadonlyMap<string, (vocabulary: Vocabulary) => string> = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
]);
const shells = [...scripts.keys()];

/** `raptorflow completion`: a script for a shell, with every command of the table, its options, and their values where they are known. */
export function completionOf(table: readonly CommandEntry[]): Command {
  return {
    name: 'completion',
    summary: 'Print a script with which a shell completes commands, options and their values.',
    operands: shells.join('|'),
    operandChoices: shells,
    operandCount: [1, 1],
    notes: `Once, for good:
  bash  raptorflow completion bash > ~/.local/share/bash-completion/completions/raptorflow
  zsh   raptorflow completion zsh > "\${fpath[1]}/_raptorflow"
  fish  raptorflow completion fish > ~/.config/fish/completions/raptorflow.fish
For this shell alone: source <(raptorflow completion bash). After an update, print it again.`,
    async run({ positionals, output }) {
      const [shell = ''] = positionals;
      const write = scripts.get(shell);
      if (!write) {
        throw new RaptorFlowError(
          'invalid_input',
          `There is a completion for ${shells.join(', ')}, not for "${shell}".`,
        );
      }
      const script = write(await vocabularyOf(table));
      output.result({ shell, script });
      output.line(script.trimEnd());
    },
  };
}
