import type { StepResult } from './runner.ts';

/**
 * Reads vitest's JSON report. A file that could not be loaded has no tests to fail, so it counts as one failure; so
 * do a skipped test (the suite never leaves anything out silently) and a run that ended badly without saying why.
 */
export function readVitestReport(report: unknown, exitCode: number, output: string): StepResult {
  const passed = count(report, 'numPassedTests');
  const failedTests = count(report, 'numFailedTests');
  const skipped = count(report, 'numPendingTests') + count(report, 'numTodoTests');
  const brokenFiles = filesOf(report).filter((file) => isBroken(file)).length;
  let failed = failedTests + skipped + brokenFiles;
  if (failed === 0 && (exitCode !== 0 || passed === 0)) failed = 1;
  const total = passed + failedTests + skipped;
  const reasons = [
    ...(skipped > 0 ? [`${skipped} tests were skipped, which counts as failed`] : []),
    ...(total === 0 && brokenFiles === 0 ? ['no test ran'] : []),
  ];
  return { passed, failed, note: `${total} tests`, output: [...reasons, output].join('\n') };
}

function isBroken(file: unknown): boolean {
  return (
    field(file, 'status') === 'failed' &&
    list(file, 'assertionResults').every((test) => field(test, 'status') !== 'failed')
  );
}

function filesOf(report: unknown): readonly unknown[] {
  return list(report, 'testResults');
}

function count(value: unknown, key: string): number {
  const found = field(value, key);
  return typeof found === 'number' ? found : 0;
}

function list(value: unknown, key: string): readonly unknown[] {
  const found = field(value, key);
  return Array.isArray(found) ? found : [];
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, key)?.value
    : undefined;
}
