import { assertCount, fault } from '../harness/fault.ts';
import { Member } from './member.ts';
import { Starts } from './starts.ts';
import { busyMs, taskGroup } from './task.ts';
import { untilHandled, type TaskBus } from './task-bus.ts';

const longTasks = 4;
const patienceMs = 60_000;

/**
 * Long handlers of live members, and one that blocks its event loop, beside everything else. Answers how often one of them was started
 * although it was alive.
 */
export async function watchSurvivors(bus: TaskBus, url: string, forMs: number): Promise<number> {
  const { group, channel } = taskGroup('survivors');
  const starts = new Starts();
  const members = [0, 1].map(() => new Member('own', [url, group], starts.hear));
  try {
    await Promise.all(members.map((member) => member.ready()));
    const tasks = Array.from({ length: longTasks }, (_, index) => `long-${index}`);
    for (const task of tasks)
      await bus.publish(channel, { type: 'bench.task', payload: { task, kind: 'long' } });
    await Promise.all(tasks.map((task) => starts.wait(task, 1, patienceMs)));
    await bus.publish(channel, { type: 'bench.task', payload: { task: 'busy', kind: 'busy' } });
    await starts.wait('busy', 1, patienceMs);
    await new Promise((resolve) => setTimeout(resolve, Math.max(forMs, 2 * busyMs)));
    for (const member of members) member.release();
    await starts.waitForEnds([...tasks, 'busy'], patienceMs);
    await untilHandled(bus, group);
    return starts.doubles();
  } finally {
    await Promise.all(members.map((member) => member.kill()));
  }
}

/**
 * A member is stopped (SIGSTOP) while its handler runs; the other one takes the event over; then the first goes on, and acknowledges. The
 * acknowledgement must not count: the second attempt fails for good afterwards, and the event must be among the dead letters.
 */
export async function freezeOne(bus: TaskBus, url: string): Promise<number> {
  const { group, channel } = taskGroup('frozen');
  const starts = new Starts();
  const members = [0, 1].map(() => new Member('own', [url, group], starts.hear));
  try {
    await Promise.all(members.map((member) => member.ready()));
    await bus.publish(channel, { type: 'bench.task', payload: { task: 'frozen', kind: 'frozen' } });
    const first = await starts.wait('frozen', 1, patienceMs);
    first.member.freeze();
    const frozenAt = performance.now();
    const second = await starts.wait('frozen', 2, patienceMs);
    const tookMs = second.at - frozenAt;
    first.member.thaw();
    await untilDead(bus, channel);
    if (!starts.isFinished('frozen')) throw fault('the member that was stopped did not go on');
    assertCount('starts of the event of the stopped member', starts.of('frozen').length, 2);
    return tookMs;
  } finally {
    await Promise.all(members.map((member) => member.kill()));
  }
}

async function untilDead(bus: TaskBus, channel: string): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  while (performance.now() < endsAt) {
    if ((await bus.deadLetters.list({ channel })).total > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw fault(
    'the late acknowledgement of a stopped member counted: the event is not among the dead letters',
  );
}
