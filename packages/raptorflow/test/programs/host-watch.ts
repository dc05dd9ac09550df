import { createHostMonitor } from 'raptorflow/host';
import { consoleLogger } from 'raptorflow/kernel';

/*
 * Watches the host for a second, as somebody would who has installed the library, and ends without stopping the monitor. Argument: the platform that
 * it takes this machine for.
 */

const [, , platform = process.platform] = process.argv;
Object.defineProperty(process, 'platform', { value: platform });
const monitor = createHostMonitor({}, { log: consoleLogger('warn') });
await monitor.start();
await new Promise((resolve) => {
  setTimeout(resolve, 1_000);
});
const { source, sourceReason, samples } = monitor.status();
const { memory } = await monitor.sample();
console.log(
  JSON.stringify({
    source,
    reason: sourceReason ?? null,
    samples: samples >= 2,
    memory: memory !== undefined,
  }),
);
