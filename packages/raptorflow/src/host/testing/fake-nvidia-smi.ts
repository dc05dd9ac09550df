import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A program on the disk that stands for nvidia-smi. */
export interface FakeNvidiaSmi {
  readonly command: string;
  /** What it does from its next start on: lines of a shell script. */
  become(script: string): void;
  /** The arguments of every start. */
  starts(): string[];
  /** Process ids of every start. */
  pids(): number[];
  dispose(): void;
}

/** Lines of a script that print a text and then do something else. */
export function printing(text: string, then: string): string {
  return `cat <<'END'\n${text.trimEnd()}\nEND\n${then}`;
}

/** Waits until it is ended. */
export const runsOn = 'exec sleep 300';
/** Waits and does not listen to the request to end. */
export const clings = "trap '' TERM\nwhile :; do sleep 0.05; done";

/** Builds the program in a directory of its own. */
export function fakeNvidiaSmi(script: string): FakeNvidiaSmi {
  const folder = mkdtempSync(join(tmpdir(), 'raptorflow-nvidia-smi-'));
  const [command, journal] = [join(folder, 'nvidia-smi'), join(folder, 'starts')];
  const become = (lines: string): void => {
    writeFileSync(command, `#!/bin/sh\necho "$$ $*" >> '${journal}'\n${lines}\n`, { mode: 0o755 });
  };
  const entries = (): string[] =>
    existsSync(journal)
      ? readFileSync(journal, 'utf8')
          .split('\n')
          .filter((line) => line !== '')
      : [];
  become(script);
  return {
    command,
    become,
    starts: () => entries().map((line) => line.replace(/^\d+ /, '')),
    pids: () => entries().map((line) => Number.parseInt(line, 10)),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
}
