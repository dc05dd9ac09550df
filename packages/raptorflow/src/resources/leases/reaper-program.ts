/**
 * The reaper: a small process beside its owner that ends process trees. It reads orders from a pipe. When the pipe breaks, its owner has ended, however that
 * came about; then everything that is left is killed, and it ends itself.
 */
import { systemClock } from '../../kernel/clock.ts';
import { ProcessTrees } from './process-trees.ts';
import { lineReader, type ReaperOrder } from './reaper-wire.ts';

const learnEveryMs = 1_000;
/** An owner that was killed may have left a tree that takes a moment to write what it knows. */
const killAfterMs = 1_000;

const trees = new ProcessTrees(systemClock);
const ids = new Set<number>();
const answer = (request: number, left: number): void => {
  process.stdout.write(`${JSON.stringify({ request, left })}\n`);
};

function obey(order: ReaperOrder): void {
  if (order.do === 'add') {
    const { id, pid, startedAt, marker } = order;
    trees.add(id, { pid, startedAt, marker });
    ids.add(id);
  } else if (order.do === 'drop') {
    trees.drop(order.id);
    ids.delete(order.id);
  } else if (order.do === 'count') {
    void trees.count(order.id).then((left) => answer(order.request, left));
  } else {
    ids.delete(order.id);
    void trees.kill([order.id], order.killAfterMs).then((left) => answer(order.request, left));
  }
}

const learning = systemClock.setInterval(() => void trees.learn(), learnEveryMs);
// An owner that is gone reads no answers.
process.stdout.on('error', () => undefined);
process.stdin.setEncoding('utf8');
process.stdin.on(
  'data',
  lineReader((line) => obey(JSON.parse(line) as ReaperOrder)),
);
process.stdin.on('error', () => undefined);
process.stdin.once('close', () => {
  learning.cancel();
  void trees.kill([...ids], killAfterMs);
});
