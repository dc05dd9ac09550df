import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isRaptorFlowError } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandTable } from '../command-table.ts';
import type { Command } from '../command.ts';
import { completionOf } from '../commands/completion.ts';
import { createOutput } from '../output.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { vocabularyOf, type Vocabulary } from './vocabulary.ts';
import { zshCompletion } from './zsh.ts';

let root = '';
let vocabulary: Vocabulary;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'raptorflow-completion-'));
  vocabulary = await vocabularyOf(commandTable);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What bash offers with the cursor at the end of these words. */
function offered(...words: string[]): string[] {
  const file = join(root, 'raptorflow.bash');
  writeFileSync(file, bashCompletion(vocabulary));
  const program = [
    'source "$1"; shift',
    'compopt() { echo "paths: $2"; }',
    'COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))',
    '_raptorflow',
    'for word in "${COMPREPLY[@]}"; do echo "$word"; done',
  ].join('\n');
  const args = ['--norc', '--noprofile', '-u', '-c', program, 'bash', file, 'raptorflow', ...words];
  const printed = execFileSync('bash', args, { encoding: 'utf8', cwd: root });
  return printed.split('\n').filter((line) => line !== '');
}

describe('the completion of bash', () => {
  it('is taken by bash, and belongs to raptorflow', () => {
    const script = `${bashCompletion(vocabulary)}\ncomplete -p raptorflow`;
    const args = ['--norc', '--noprofile', '-eu', '-c', script];
    expect(execFileSync('bash', args, { encoding: 'utf8' })).toBe('complete -F _raptorflow raptorflow\n');
  });

  it('offers the first words of all commands, and those that begin with what is typed', () => {
    const firsts = commandTable.map(({ name }) => name.split(' ')[0]);
    expect(new Set(offered(''))).toEqual(new Set([...firsts, 'help', 'version']));
    expect(offered('al')).toEqual(['alerts']);
    expect(offered('nothing')).toEqual([]);
  });

  it('offers the second words of a group', () => {
    expect(offered('dlq', '')).toEqual(['list', 'show', 'redrive', 'discard']);
    expect(offered('mini', 's')).toEqual(['status', 'start', 'stop', 'samples']);
  });

  it('offers the options of every command, and those that all of them have', async () => {
    for (const entry of commandTable) {
      const { options = {} } = await entry.load();
      const names = Object.entries(options).flatMap(([name, { short }]) =>
        short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`],
      );
      expect(offered(...entry.name.split(' '), '-'), entry.name).toEqual([
        ...names,
        '--json',
        '--help',
        '-h',
      ]);
    }
    expect(offered('mini', 'logs', '--follow', '--l')).toEqual(['--lines', '--level']);
    expect(offered('mini', 'status', '')).toEqual(['--json', '--help', '-h']);
  });

  it('offers the values of an option where they are known, also behind an equals sign', () => {
    expect(offered('bus', 'publish', '--priority', '')).toEqual(['low', 'normal', 'high', 'critical']);
    expect(offered('bus', 'publish', '--priority', '=')).toEqual(['low', 'normal', 'high', 'critical']);
    expect(offered('mini', 'logs', '--level', '=', 'W')).toEqual(['WARNING']);
    expect(offered('dlq', 'redrive', '--reason', 'r')).toEqual(['routing_error']);
    expect(offered('metrics', 'query', '--by', 'p9')).toEqual(['p90', 'p95', 'p99']);
    expect(offered('ingest', 'threats', '--format', '')).toContain('stix');
    expect(offered('completion', '')).toEqual(['bash', 'zsh', 'fish']);
  });

  it('offers the names of files and folders where those are meant, and nothing where it cannot know', () => {
    expect(offered('ingest', 'threats', '')).toEqual(['paths: default']);
    expect(offered('campaign', 'run', 'exam')).toEqual(['paths: default']);
    expect(offered('campaign', 'export', 'id', '--out', '')).toEqual(['paths: dirnames']);
    expect(offered('bus', 'tail', '--type', '')).toEqual([]);
    expect(offered('nothing', '')).toEqual([]);
  });
});

const others = [
  { shell: 'zsh', write: zshCompletion, check: '-n', escape: /'(?:[^']|'\\'')*'/gu },
  { shell: 'fish', write: fishCompletion, check: '--no-execute', escape: /'(?:[^'\\]|\\['\\])*'/gu },
] as const;

describe.for(others)('the completion of $shell', ({ shell, write, check, escape }) => {
  it('names every command, option and value', async () => {
    const lines = write(vocabulary).split('\n');
    for (const entry of commandTable) {
      const { name, options = {} } = await entry.load();
      const isGroup = vocabulary.groups.some(({ word }) => word === name);
      const start = shell === 'zsh' ? `'${name}')` : isGroup ? `_alone ${name} ` : `_in ${name}'`;
      const own = lines.filter((line) => line.includes(start));
      for (const [option, { choices = [] }] of Object.entries(options)) {
        const line = own.find((each) => each.includes(shell === 'zsh' ? `--${option}` : ` -l ${option} `));
        expect(line, `${name} --${option}`).toContain(choices.join(' '));
      }
      const [first = '', second] = name.split(' ');
      const isListed = (line: string): boolean =>
        shell === 'zsh'
          ? line.includes(`'${second ?? first}:`)
          : line.includes(`_after${second === undefined ? '' : ` ${first}`}' -a '${second ?? first}'`);
      expect(lines.some(isListed), name).toBe(true);
    }
  });

  it('closes every quotation mark, and is taken by the shell where that is installed', () => {
    const script = write(vocabulary);
    const lines = script.split('\n').filter((line) => !line.startsWith('#'));
    for (const line of lines) expect(line.replaceAll(escape, ''), line).not.toContain("'");
    const file = join(root, `raptorflow.${shell}`);
    writeFileSync(file, script);
    const { error, status, stderr } = spawnSync(shell, [check, file], { encoding: 'utf8' });
    if (error === undefined) expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    else expect(error).toMatchObject({ code: 'ENOENT' });
  });
});

function linesOf(shell: string, args: readonly string[]): string[] | null {
  const env = { ...process.env, HOME: root };
  const { error, stdout } = spawnSync(shell, args, { encoding: 'utf8', env });
  return error ? null : stdout.split('\n').filter((line) => line !== '');
}

/** What the shell offers at the end of these words; null where it is not installed. */
const offeredBy: Readonly<Record<'zsh' | 'fish', (...words: string[]) => string[] | null>> = {
  fish(...words) {
    const file = join(root, 'raptorflow.fish');
    writeFileSync(file, fishCompletion(vocabulary));
    const program = 'source $argv[1]; complete -C "$argv[2]"';
    const args = ['--no-config', '-c', program, file, ['raptorflow', ...words].join(' ')];
    return linesOf('fish', args)?.map((line) => line.split('\t')[0] ?? '') ?? null;
  },
  zsh(...words) {
    const file = join(root, '_raptorflow');
    writeFileSync(file, zshCompletion(vocabulary));
    // What the completion system would be told, instead of the system, which needs a terminal.
    const program = [
      'compdef() { :; }',
      `_describe() { print -l -- "\${(@)described%%:*}"; }`,
      `_arguments() { print -l -- "\${(@)\${(M)@:#*--*}//(#m)*/\${\${MATCH#\\(*\\)}%%[=\\[]*}}"; }`,
      'source "$1"; shift',
      'words=("$@"); CURRENT=$#',
      '_raptorflow',
    ].join('\n');
    const args = ['-f', '-o', 'extendedglob', '-c', program, 'zsh', file, 'raptorflow', ...words];
    return linesOf('zsh', args);
  },
};

describe.for(['zsh', 'fish'] as const)('a command that is also a group, in %s', (shell) => {
  it('has its own options and its own commands, and they are not mixed, where the shell is installed', () => {
    const offer = offeredBy[shell];
    const seconds =
      vocabulary.groups.find(({ word }) => word === 'costs')?.second.map(({ word }) => word) ?? [];
    expect(seconds).toContain('holds');
    const listed = offer('costs', '');
    if (listed === null) {
      expect(spawnSync(shell, ['-c', 'true']).error).toMatchObject({ code: 'ENOENT' });
      return;
    }
    expect(listed).toEqual(expect.arrayContaining(seconds));
    const own = offer('costs', '--');
    expect(own).toEqual(expect.arrayContaining(['--by', '--month', '--json']));
    expect(own).not.toContain('--uncertain');
    const holds = offer('costs', 'holds', '--');
    expect(holds).toEqual(expect.arrayContaining(['--uncertain', '--json']));
    expect(holds).not.toContain('--by');
    // Behind an option of its own it is still itself.
    expect(offer('costs', '--csv', '--')).toEqual(expect.arrayContaining(['--month']));
    expect(offer('dlq', 'l')).toContain('list');
  });
});

describe('raptorflow completion', () => {
  const call = async (shell: string, json = false): Promise<string> => {
    let written = '';
    const out = { write: (text: string) => (written += text) };
    const command: Command = completionOf(commandTable);
    await command.run({
      positionals: [shell],
      options: {},
      output: createOutput({ json, colours: false }, { out, err: out }),
      environment: {
        home: root,
        url: undefined,
        token: undefined,
        workspace: undefined,
        colours: false,
        workingDirectory: root,
        userHome: root,
      },
      signal: new AbortController().signal,
    });
    return written;
  };

  it('prints the script of the shell and nothing else', async () => {
    expect(await call('bash')).toBe(bashCompletion(vocabulary));
    expect(await call('zsh')).toBe(zshCompletion(vocabulary));
    expect(await call('fish')).toBe(fishCompletion(vocabulary));
    expect(JSON.parse(await call('bash', true))).toEqual({
      shell: 'bash',
      script: bashCompletion(vocabulary),
    });
  });

  it('refuses a shell that it does not know, and names those that it does', async () => {
    const refused = await call('csh').catch((error: unknown) => error);
    expect(isRaptorFlowError(refused) && refused.code).toBe('invalid_input');
    expect(String(refused)).toContain('bash, zsh, fish');
  });
});
