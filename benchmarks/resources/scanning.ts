import { createResources, type ResourceHandle } from 'raptorflow/resources';
import { assertCount } from '../harness/fault.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { median } from '../harness/statistics.ts';

const count = 100_000;

/** How long the event loop waits for a scan, growth of the process included. */
export async function scanning(settings: BenchSettings, findings: Findings): Promise<void> {
  settings.print('\na scan of 100,000 resources for leaks');
  const resources = createResources();
  await resources.start();
  const handles: ResourceHandle[] = [];
  for (let index = 0; index < count; index += 1) {
    handles.push(
      resources.register({
        type: index % 2 === 0 ? 'lock' : 'network_connection',
        owner: `agent-${index % 100}`,
      }),
    );
  }
  for (let turn = 0; turn < 5; turn += 1) resources.leaks.scan();
  for (let round = 0; round < settings.rounds; round += 1) {
    const several: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      const begunAt = performance.now();
      const { scanned } = resources.leaks.scan();
      several.push(performance.now() - begunAt);
      assertCount('scanned resources', scanned, count);
    }
    findings.add(ours, { leak_scan_100k_ms: median(several) });
  }
  assertCount('handles', handles.length, count);
  await resources.stop();
}
