import { createResources, type ResourcesOptions } from 'raptorflow/resources';
import { assertCount } from '../harness/fault.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { median } from '../harness/statistics.ts';

const count = 1_000;
const warmUps = 5;

/** Milliseconds that it takes to close 1,000 resources. */
async function timeOf(
  options: ResourcesOptions,
  dispose: (() => Promise<void>) | undefined,
): Promise<number> {
  const resources = createResources({ ...options, leaks: { growth: false } });
  for (let index = 0; index < count; index += 1) {
    resources.register({ type: 'cache', owner: 'o', ...(dispose && { dispose }) });
  }
  const begunAt = performance.now();
  const report = await resources.cleanup({ type: 'cache', force: true });
  const ms = performance.now() - begunAt;
  assertCount('closed resources', report.cleaned, count);
  await resources.stop();
  return ms;
}

/** What closing costs, and what it gains to close several at a time. */
export async function cleaning(settings: BenchSettings, findings: Findings): Promise<void> {
  settings.print('\n1,000 resources closed');
  const idle = { cleanup: { strategies: { cache: () => undefined } } };
  for (let round = 0; round < warmUps; round += 1) await timeOf(idle, undefined);
  for (let round = 0; round < settings.rounds; round += 1) {
    const several: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) several.push(await timeOf(idle, undefined));
    findings.add(ours, { cleanup_1000_ms: median(several) });
  }
  const slow = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));
  // One round of it takes twelve seconds, and more would not make it truer.
  const [alone, together] = [
    await timeOf({ cleanup: { concurrency: 1 } }, slow),
    await timeOf({ cleanup: { concurrency: 10 } }, slow),
  ];
  settings.print(
    `  closing that takes 10 ms: ${Math.round(alone)} ms one at a time, ${Math.round(together)} ms ten at a time`,
  );
  findings.add(ours, { cleanup_concurrency_speedup: alone / together });
}
