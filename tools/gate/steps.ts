import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

import { auditDependencies } from './audit.ts';
import { runCommand } from './command.ts';
import { checkPrerequisites, thisMachine } from './prerequisites.ts';
import type { Step, StepResult } from './runner.ts';
import { scanTrackedFiles } from './secret-scan.ts';
import { readVitestReport } from './vitest-report.ts';

type Command = readonly [program: string, ...args: string[]];

/** Every step of the gate for the checkout under `root`. */
export function gateSteps(root: string, print: (line: string) => void): readonly Step[] {
  const here = commandsIn(root);
  const hasDashboard = existsSync(join(root, 'packages/dashboard/vite.config.ts'));
  return [
    {
      name: 'prerequisites',
      quick: false,
      run: (signal) => checkPrerequisites(thisMachine(root, signal), print),
    },
    { name: 'types', quick: true, run: here(typeCommands(root)) },
    { name: 'format', quick: true, run: here([['oxfmt', '--check', '.']]) },
    {
      name: 'lint',
      quick: true,
      run: here([['oxlint', '--type-aware', '--report-unused-disable-directives']]),
    },
    { name: 'tidy', quick: true, run: here([['node', 'tools/tidy.ts']]) },
    { name: 'knip', quick: false, run: here([['knip', '--no-progress', '--no-config-hints']]) },
    { name: 'secrets', quick: true, run: (signal) => scanTrackedFiles(root, signal) },
    {
      name: 'audit',
      quick: false,
      run: (signal) => auditDependencies(root, environment(root), signal),
    },
    { name: 'unit', quick: true, run: (signal) => runVitest(root, 'unit', signal) },
    { name: 'packages', quick: false, needs: ['types'], run: (signal) => checkPackedLibrary(root, signal) },
    {
      name: 'program',
      quick: false,
      needs: ['types'],
      run: here([['node', 'tools/build.ts', '--program-only']]),
    },
    ...(hasDashboard
      ? [
          {
            name: 'dashboard',
            quick: false,
            needs: ['types'],
            run: here([['vite', 'build', '--logLevel', 'warn', 'packages/dashboard']]),
          },
        ]
      : []),
    {
      name: 'integration',
      quick: false,
      needs: ['prerequisites', 'types', 'program'],
      after: ['dashboard', 'unit', 'packages', 'format', 'lint', 'tidy', 'knip'],
      alone: true,
      run: (signal) => runVitest(root, 'integration', signal),
    },
  ];
}

function typeCommands(root: string): Command[] {
  const dashboard = 'packages/dashboard/tsconfig.json';
  const checks: Command[] = [['npm', 'run', '--silent', 'types']];
  if (existsSync(join(root, dashboard)) && existsSync(join(root, 'packages/dashboard/vite.config.ts'))) {
    checks.push(['tsc', '-p', dashboard, '--noEmit']);
  }
  return checks;
}

/** The repository's own programs come first, so that the gate also works outside of an npm script. */
function environment(root: string): NodeJS.ProcessEnv {
  const path = `${join(root, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  return {
    PATH: path,
    NO_COLOR: '1',
    CI: process.env['CI'] ?? '1',
    // The program has been built by then, and its build starts three times as fast as its sources.
    RAPTORFLOW_TEST_PROGRAM: 'build',
  };
}

/** A step of commands that all have to succeed; the first that fails ends it. */
function commandsIn(root: string): (commands: readonly Command[]) => Step['run'] {
  return (commands) => async (signal) => {
    for (const [program, ...args] of commands) {
      const { exitCode, output } = await runCommand(program, args, {
        cwd: root,
        env: environment(root),
        signal,
      });
      if (exitCode !== 0)
        return { passed: 0, failed: 1, output: `$ ${[program, ...args].join(' ')}\n${output}` };
    }
    return { passed: 1, failed: 0 };
  };
}

async function runVitest(root: string, project: string, signal: AbortSignal): Promise<StepResult> {
  const folder = mkdtempSync(join(tmpdir(), 'raptorflow-gate-'));
  try {
    const report = join(folder, 'report.json');
    const args = [
      'run',
      '--project',
      project,
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ];
    const { exitCode, output } = await runCommand('vitest', args, {
      cwd: root,
      env: environment(root),
      signal,
    });
    const found: unknown = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
    return readVitestReport(found, exitCode, output);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Packs the library as npm would publish it, and lets publint and attw judge what its users would get. */
async function checkPackedLibrary(root: string, signal: AbortSignal): Promise<StepResult> {
  const folder = mkdtempSync(join(tmpdir(), 'raptorflow-pack-'));
  try {
    const here = commandsIn(root);
    const packed = await here([
      [
        'npm',
        'pack',
        '--ignore-scripts',
        '--silent',
        '--pack-destination',
        folder,
        '--workspace',
        'packages/raptorflow',
      ],
    ])(signal);
    const [tarball] = readdirSync(folder).map((name) => join(folder, name));
    if (packed.failed > 0 || tarball === undefined)
      return packed.failed > 0 ? packed : { passed: 0, failed: 1, output: 'npm pack wrote nothing' };
    return await here([
      ['publint', tarball, '--strict'],
      ['attw', tarball, '--profile', 'esm-only', '--format', 'ascii'],
    ])(signal);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
