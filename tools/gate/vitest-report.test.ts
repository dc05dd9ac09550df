import { expect, it } from 'vitest';

import { readVitestReport } from './vitest-report.ts';

const report = (numbers: Record<string, number>, files: unknown[] = []): unknown => ({
  numPassedTests: 0,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  ...numbers,
  testResults: files,
});

it('counts tests', () => {
  expect(readVitestReport(report({ numPassedTests: 12 }), 0, '')).toMatchObject({
    passed: 12,
    failed: 0,
    note: '12 tests',
  });
  expect(readVitestReport(report({ numPassedTests: 12, numFailedTests: 3 }), 1, '')).toMatchObject({
    passed: 12,
    failed: 3,
  });
});

it('counts a file that could not be loaded as one failure', () => {
  const broken = { status: 'failed', assertionResults: [] };
  const failed = { status: 'failed', assertionResults: [{ status: 'failed' }] };
  const found = readVitestReport(report({ numPassedTests: 1, numFailedTests: 1 }, [broken, failed]), 1, '');
  expect(found).toMatchObject({ passed: 1, failed: 2 });
});

it('counts skipped tests as failures and says so', () => {
  const found = readVitestReport(report({ numPassedTests: 1, numPendingTests: 2 }), 0, '');
  expect(found.failed).toBe(2);
  expect(found.output).toContain('2 tests were skipped');
});

it('does not pass when vitest ended badly, wrote no report, or ran nothing', () => {
  expect(readVitestReport(report({ numPassedTests: 5 }), 1, '').failed).toBe(1);
  expect(readVitestReport(null, 1, 'crash')).toMatchObject({ passed: 0, failed: 1 });
  expect(readVitestReport(report({}), 0, '').output).toContain('no test ran');
});
