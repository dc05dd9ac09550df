/**
 * Holds process trees under leases until it is killed, or ends in the way that it is told: `resources-owner.ts <ending> <trees>`. Each tree has a child, a
 * grandchild, one that leaves its session, and one whose parent ends at once. Prints its trees' tag and the number of its reaper as JSON.
 */
import { spawn } from 'node:child_process';
import { createResources, spawnTracked, trackChildProcess } from 'raptorflow/resources';
import { systemClock } from 'raptorflow/kernel';

const [, , ending = 'forever', trees = '1', tag = 'tree'] = process.argv;
const resources = createResources({ leaks: { growth: false } });
await resources.start();
// A shell that starts two more, one of them in a session of its own, and one that loses its parent; none of them listens to SIGTERM but the last.
const script = `trap '' TERM; (sleep 600.${tag} & setsid sleep 601.${tag} & (setsid bash -c 'sleep 602.${tag}' &) ; wait) & sleep 603.${tag}`;
const lease = resources.lease({ runId: 'r', workspaceId: 'w' });
for (let count = 0; count < Number(trees); count += 1)
  spawnTracked(lease, 'bash', ['-c', script], { stdio: 'ignore' });
if (ending === 'foreign') {
  trackChildProcess(
    resources,
    spawn('bash', ['-c', `bash -c 'sleep 604.${tag} & sleep 1.8' ; sleep 605.${tag}`], { stdio: 'ignore' }),
  );
  // A tree without a marker is known by looking at it, once a second.
  await systemClock.sleep(2_500);
}
if (ending === 'adopt') {
  resources.trees.adoptChildren();
  spawn('bash', ['-c', `(setsid sleep 606.${tag} &) ; sleep 607.${tag}`], {
    stdio: 'ignore',
    detached: true,
  });
}
console.log(JSON.stringify({ ready: true }));
if (ending === 'stop') {
  await systemClock.sleep(200);
  await resources.stop();
} else if (ending === 'lease') {
  await systemClock.sleep(200);
  const { cleaned, failed } = await lease.end();
  console.log(JSON.stringify({ cleaned, failed }));
} else if (ending === 'exit') {
  await systemClock.sleep(200);
  process.exit(0);
} else {
  await systemClock.sleep(600_000);
}
