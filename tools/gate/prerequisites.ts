import { existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

import { runCommand } from './command.ts';
import type { StepResult } from './runner.ts';

/** What the integration tests start, and the Debian package that brings it. */
export interface Prerequisite {
  readonly name: string;
  readonly debianPackage: string;
  /** Programs that serve, any of them. */
  readonly programs: readonly string[];
  /** Where to look besides the PATH; `*` matches one folder. */
  readonly folders: readonly string[];
  readonly majorMin?: number;
}

const postgresMajorMin = 15;

/** Everything that the integration tests start. */
const prerequisites: readonly Prerequisite[] = [
  {
    name: 'Redis',
    debianPackage: 'redis-server',
    programs: ['redis-server', 'valkey-server'],
    folders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
  },
  {
    name: 'OpenSSL',
    debianPackage: 'openssl',
    programs: ['openssl'],
    folders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
  },
  {
    name: 'curl',
    debianPackage: 'curl',
    programs: ['curl'],
    folders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/opt/curl/bin'],
  },
  {
    name: `PostgreSQL ${postgresMajorMin} or newer`,
    debianPackage: 'postgresql',
    programs: ['postgres'],
    folders: [
      '/usr/lib/postgresql/*/bin',
      '/usr/pgsql-*/bin',
      '/usr/local/bin',
      '/opt/homebrew/opt/postgresql@*/bin',
    ],
    majorMin: postgresMajorMin,
  },
  {
    name: 'Prometheus',
    debianPackage: 'prometheus',
    programs: ['promtool'],
    folders: ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'],
  },
  {
    name: 'Chromium',
    debianPackage: 'chromium',
    programs: ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'],
    folders: [
      '/usr/bin',
      '/snap/bin',
      '/Applications/Google Chrome.app/Contents/MacOS',
      '/Applications/Chromium.app/Contents/MacOS',
    ],
  },
];

/** Asks the machine; tests ask a table. */
export interface Machine {
  readonly path: string;
  readonly isRoot: boolean;
  readonly isDebian: boolean;
  readonly files: (pattern: string) => readonly string[];
  /** What the program prints for `--version`; empty when it cannot be run. */
  readonly version: (program: string) => Promise<string>;
  /** Installs Debian packages and answers how that ended. */
  readonly install: (debianPackages: readonly string[]) => Promise<{ exitCode: number; output: string }>;
}

/** Finds what the tests need; installs what is missing where that is possible, else says the one line to run. */
export async function checkPrerequisites(
  machine: Machine,
  print: (line: string) => void,
): Promise<StepResult> {
  const missing = await missingOn(machine);
  if (missing.length === 0) return { passed: 1, failed: 0 };
  const packages = missing.map((item) => item.debianPackage);
  const names = missing.map((item) => item.name).join(', ');
  if (!machine.isRoot || !machine.isDebian) {
    const sudo = machine.isRoot ? '' : 'sudo ';
    const line = `${sudo}apt-get update && ${sudo}apt-get install -y --no-install-recommends ${packages.join(' ')}`;
    const hint = machine.isDebian
      ? `run: ${line}`
      : `install them and put them on the PATH (on Debian or Ubuntu: ${line})`;
    return { passed: 0, failed: 1, output: `The integration tests need ${names}.\n${hint}` };
  }
  print(`${names} missing: installing ${packages.join(', ')} with apt-get`);
  const { exitCode, output } = await machine.install(packages);
  const still = await missingOn(machine);
  if (still.length === 0) return { passed: 1, failed: 0, note: `installed ${packages.join(', ')}` };
  const rest = still.map((item) => item.name).join(', ');
  const ended =
    exitCode === 0 ? 'apt-get succeeded, but they are still missing' : `apt-get ended with ${exitCode}`;
  return { passed: 0, failed: 1, output: `The integration tests need ${rest}; ${ended}.\n${output}` };
}

async function missingOn(machine: Machine): Promise<Prerequisite[]> {
  const missing: Prerequisite[] = [];
  for (const item of prerequisites) if (!(await isThere(machine, item))) missing.push(item);
  return missing;
}

async function isThere(machine: Machine, item: Prerequisite): Promise<boolean> {
  const folders = [...machine.path.split(delimiter).filter((folder) => folder !== ''), ...item.folders];
  const found = new Set(
    folders.flatMap((folder) => item.programs.flatMap((program) => machine.files(join(folder, program)))),
  );
  if (item.majorMin === undefined) return found.size > 0;
  for (const program of found) {
    const major = Number(/\b(\d+)\b/.exec(await machine.version(program))?.[1] ?? 0);
    if (major >= item.majorMin) return true;
  }
  return false;
}

/** This machine. */
export function thisMachine(cwd: string, signal: AbortSignal): Machine {
  return {
    path: process.env['PATH'] ?? '',
    isRoot: process.getuid?.() === 0,
    isDebian:
      existsSync('/usr/bin/apt-get') &&
      /^ID(?:_LIKE)?=.*(?:debian|ubuntu)/m.test(readIfThere('/etc/os-release')),
    files: (pattern) =>
      pattern.includes('*') ? globSync(pattern) : [pattern].filter((file) => existsSync(file)),
    version: async (program) => (await runCommand(program, ['--version'], { cwd, signal })).output,
    install: (debianPackages) => installDebian(debianPackages, cwd, signal),
  };
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
}

const servicePolicy = '/usr/sbin/policy-rc.d';

/** Debian starts a service when its package is installed, unless a policy forbids it; the tests start their own. */
async function installDebian(
  debianPackages: readonly string[],
  cwd: string,
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const ownPolicy = !existsSync(servicePolicy);
  if (ownPolicy) writeFileSync(servicePolicy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    const options = { cwd, signal, env: { DEBIAN_FRONTEND: 'noninteractive' } };
    const update = await runCommand('apt-get', ['update'], options);
    const install = await runCommand(
      'apt-get',
      ['install', '-y', '--no-install-recommends', ...debianPackages],
      options,
    );
    return {
      exitCode: install.exitCode,
      output: update.exitCode === 0 ? install.output : update.output + install.output,
    };
  } finally {
    if (ownPolicy) rmSync(servicePolicy, { force: true });
  }
}
