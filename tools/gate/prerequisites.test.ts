import { expect, it } from 'vitest';

import { checkPrerequisites } from './prerequisites.ts';
import type { Machine } from './prerequisites.ts';

const everything = {
  '/usr/bin/redis-server': 'Redis server v=7.0.15',
  '/usr/bin/openssl': 'OpenSSL 3.0.17',
  '/usr/bin/curl': 'curl 7.88.1',
  '/usr/lib/postgresql/*/bin/postgres': 'postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)',
  '/usr/bin/promtool': 'promtool, version 2.42.0+ds',
  '/usr/bin/chromium': 'Chromium 149',
};

function machine(programs: Readonly<Record<string, string>>, rest: Partial<Machine> = {}): Machine {
  return {
    path: '/usr/local/bin',
    isRoot: true,
    isDebian: true,
    files: (pattern) => (pattern in programs ? [pattern] : []),
    version: (program) => Promise.resolve(programs[program] ?? ''),
    install: () => Promise.resolve({ exitCode: 0, output: '' }),
    ...rest,
  };
}

const silent = (): void => {};

it('passes where everything is there', async () => {
  expect(await checkPrerequisites(machine(everything), silent)).toEqual({ passed: 1, failed: 0 });
});

it('installs what is missing as root on Debian, and says so', async () => {
  const programs: Record<string, string> = {
    '/usr/bin/redis-server': 'x',
    '/usr/bin/openssl': 'x',
    '/usr/bin/curl': 'x',
  };
  const lines: string[] = [];
  const found = await checkPrerequisites(
    machine(programs, {
      install: (packages) => {
        expect(packages).toEqual(['postgresql', 'prometheus', 'chromium']);
        Object.assign(programs, everything);
        return Promise.resolve({ exitCode: 0, output: '' });
      },
    }),
    (line) => lines.push(line),
  );
  expect(found).toMatchObject({ passed: 1, failed: 0 });
  expect(lines).toEqual([
    'PostgreSQL 15 or newer, Prometheus, Chromium missing: installing postgresql, prometheus, chromium with apt-get',
  ]);
});

it('takes no PostgreSQL that is too old', async () => {
  const old = { ...everything, '/usr/lib/postgresql/*/bin/postgres': 'postgres (PostgreSQL) 14.1' };
  const found = await checkPrerequisites(machine(old), silent);
  expect(found.failed).toBe(1);
  expect(found.output).toContain('PostgreSQL 15 or newer; apt-get succeeded, but they are still missing');
});

it('says the one line to run where it may not install', async () => {
  const found = await checkPrerequisites(machine({}, { isRoot: false }), silent);
  expect(found.failed).toBe(1);
  expect(found.output).toContain(
    'sudo apt-get update && sudo apt-get install -y --no-install-recommends redis-server openssl curl postgresql prometheus chromium',
  );
});

it('shows what apt-get said when it failed', async () => {
  const found = await checkPrerequisites(
    machine({}, { install: () => Promise.resolve({ exitCode: 100, output: 'no network' }) }),
    silent,
  );
  expect(found.output).toContain('apt-get ended with 100');
  expect(found.output).toContain('no network');
});
