import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';

import { runCommand } from './command.ts';

const cwd = tmpdir();
const node = process.execPath;

it('answers the exit code and everything that was printed', async () => {
  const found = await runCommand(
    node,
    ['-e', 'console.log("a"); console.error("b"); process.exitCode = 3;'],
    { cwd },
  );
  expect(found.exitCode).toBe(3);
  expect(found.output).toContain('a\n');
  expect(found.output).toContain('b\n');
});

it('answers 127 for a program that is not there', async () => {
  const found = await runCommand('no-such-program-here', [], { cwd });
  expect(found).toMatchObject({ exitCode: 127 });
  expect(found.output).toContain('no-such-program-here');
});

it('stops the command and what the command started, even where that ignores an interrupt', async () => {
  const abort = new AbortController();
  const grandchild = "process.on('SIGINT', () => {}); console.log('ready'); setInterval(() => {}, 1000);";
  const parent = `
    const { spawn } = require('node:child_process');
    spawn(process.execPath, ['-e', ${JSON.stringify(grandchild)}], { stdio: 'inherit' });
    process.on('SIGINT', () => process.exit(9));
  `;
  const running = runCommand(node, ['-e', parent], { cwd, signal: abort.signal, stopGraceMs: 100 });
  await new Promise((resolve) => setTimeout(resolve, 500));
  abort.abort();
  // The promise resolves when the output ends, that is when nobody is left who could write to it.
  expect((await running).output).toContain('ready');
});
