import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { Invocation } from './command.ts';
import { confirm, type Terminal } from './confirmation.ts';
import { createOutput } from './output.ts';

const question = {
  what: 'sweep asks first',
  text: 'Sweep? Type "sweep": ',
  word: 'sweep',
  otherwise: 'Not swept.',
};

function invocationWith(options: Invocation['options'], signal = new AbortController().signal): Invocation {
  const out = new PassThrough();
  return {
    positionals: [],
    options,
    output: createOutput({ json: false, colours: false }, { out, err: out }),
    environment: {
      home: '/',
      url: undefined,
      token: undefined,
      workspace: undefined,
      colours: false,
      workingDirectory: '/',
      userHome: '/',
    },
    signal,
  };
}

function terminalWith(
  isTTY: boolean,
): Terminal & { readonly input: PassThrough; readonly output: PassThrough } {
  return { input: Object.assign(new PassThrough(), { isTTY }), output: new PassThrough() };
}

describe('confirm', () => {
  it('goes on when the word is typed, and asks nothing with --yes', async () => {
    const terminal = terminalWith(true);
    const asked = confirm(invocationWith({}), question, terminal);
    terminal.input.write(' sweep \n');
    await asked;
    expect(String(terminal.output.read())).toContain('Sweep? Type "sweep": ');
    const silent = terminalWith(false);
    await confirm(invocationWith({ yes: true }), question, silent);
    expect(silent.output.read()).toBeNull();
  });

  it('stops at any other answer, at the end of the input, and at Ctrl-C', async () => {
    const stopped = expect.objectContaining({ code: 'cancelled', message: 'Not swept.' });
    const other = terminalWith(true);
    const answered = confirm(invocationWith({}), question, other);
    other.input.write('yes\n');
    await expect(answered).rejects.toEqual(stopped);
    const ended = terminalWith(true);
    const asked = confirm(invocationWith({}), question, ended);
    ended.input.end();
    await expect(asked).rejects.toEqual(stopped);
    const interrupt = new AbortController();
    const waiting = confirm(invocationWith({}, interrupt.signal), question, terminalWith(true));
    interrupt.abort();
    await expect(waiting).rejects.toEqual(stopped);
  });

  it('refuses where nobody can be asked', async () => {
    await expect(confirm(invocationWith({}), question, terminalWith(false))).rejects.toMatchObject({
      code: 'invalid_input',
      message: 'sweep asks first; without a terminal, pass --yes.',
    });
  });
});
