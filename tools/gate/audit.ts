import { runCommand } from './command.ts';
import type { StepResult } from './runner.ts';

/** The registry is waited for so long. */
const auditMsMax = 5_000;

/** Asks the registry for known holes in what is installed for production. */
export async function auditDependencies(
  root: string,
  env: NodeJS.ProcessEnv,
  signal: AbortSignal,
): Promise<StepResult> {
  const { exitCode, output } = await runCommand(
    'npm',
    [
      'audit',
      '--omit=dev',
      '--audit-level=high',
      '--json',
      '--fetch-retries=0',
      `--fetch-timeout=${auditMsMax}`,
    ],
    { cwd: root, env, signal: AbortSignal.any([signal, AbortSignal.timeout(auditMsMax)]), stopGraceMs: 200 },
  );
  return judgeAudit(exitCode, output);
}

/** What the answer of `npm audit --json` means: without an answer of the registry the step passes, and says that nothing was checked. */
export function judgeAudit(exitCode: number, output: string): StepResult {
  const counts = /"vulnerabilities":\s*\{\s*"info":[^}]*\}/.exec(output)?.[0];
  if (counts === undefined) {
    return {
      passed: 1,
      failed: 0,
      note: 'NOT CHECKED: the registry cannot be reached; run npm audit where it can',
    };
  }
  if (exitCode === 0) return { passed: 1, failed: 0, note: 'no known hole of high severity' };
  return { passed: 0, failed: 1, output: `npm audit --omit=dev found holes: ${counts}` };
}
