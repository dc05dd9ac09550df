/**
 * A process that does nothing but watch its host five times a second, or only has a timer of that period. Says `ready`, and runs until it is ended.
 */
import { createHostMonitor } from 'raptorflow/host';
import { createMetrics } from 'raptorflow/metrics';

const [who = 'idle'] = process.argv.slice(2);
const periodMs = 200;

/** The library is there and knows what to do, but is not started. */
const metrics = createMetrics();
const monitor = createHostMonitor({ sampleRateMs: periodMs }, { meter: metrics });

const keepsAlive = 2 ** 30;
setInterval(() => undefined, keepsAlive);

if (who === 'ours') {
  await monitor.start();
} else if (who === 'systeminformation') {
  const { default: si } = await import('systeminformation');
  let isBusy = false;
  setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void Promise.all([si.currentLoad(), si.mem(), si.disksIO(), si.networkStats()]).finally(() => {
      isBusy = false;
    });
  }, periodMs);
} else {
  setInterval(() => undefined, periodMs);
}
console.log('ready');
