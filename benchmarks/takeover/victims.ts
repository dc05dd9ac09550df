import { assertCount, fault } from '../harness/fault.ts';
import { Member } from './member.ts';
import { Starts } from './starts.ts';
import { untilHandled, type TaskBus } from './task-bus.ts';
import { taskGroup } from './task.ts';

const { group, channel } = taskGroup('victims');
/** Events a second that are published and handled meanwhile, in bursts. */
const burst = 10;
const burstPauseMs = 30;
/** A takeover that takes longer than this is none. */
const patienceMs = 60_000;

/** Takeover times, in milliseconds, and starts of handlers that were alive. */
export interface Takeovers {
  readonly tookMs: readonly number[];
  readonly doubleStarts: number;
}

/** Kills members of a group of two, under load, each while it runs a handler, and sees when the other one starts that event. */
export async function killVictims(
  bus: TaskBus,
  url: string,
  kills: number,
  print: (line: string) => void,
): Promise<Takeovers> {
  const starts = new Starts();
  const spawn = (): Member => new Member('own', [url, group], starts.hear);
  const members = new Set([spawn(), spawn()]);
  await Promise.all([...members].map((member) => member.ready()));
  const load = startLoad(bus);
  const tookMs: number[] = [];
  try {
    for (let kill = 0; kill < kills; kill += 1) {
      const task = `hold-${kill}`;
      await bus.publish(channel, { type: 'bench.task', payload: { task, kind: 'hold' } });
      const { member: victim } = await starts.wait(task, 1, patienceMs);
      await new Promise((resolve) => setTimeout(resolve, 100 + Math.random() * 900));
      await victim.kill();
      const next = await starts.wait(task, 2, patienceMs);
      if (next.member === victim) throw fault('the dead member started an event');
      tookMs.push(next.at - victim.killedAt);
      if (tookMs.length % 10 === 0)
        print(`  ${tookMs.length} of ${kills}, the longest ${Math.round(Math.max(...tookMs))} ms`);
      members.delete(victim);
      const fresh = spawn();
      members.add(fresh);
      await fresh.ready();
    }
    const published = await load.stop();
    await untilHandled(bus, group);
    for (let work = 0; work < published; work += 1) {
      if (starts.of(`work-${work}`).length === 0) throw fault(`the event work-${work} was never handled`);
    }
    assertCount('dead letters', (await bus.deadLetters.list({ channel })).total, 0);
    return { tookMs, doubleStarts: starts.doubles() };
  } finally {
    await load.stop();
    await Promise.all([...members].map((member) => member.kill()));
  }
}

function startLoad(bus: TaskBus): { stop(): Promise<number> } {
  const ending = new AbortController();
  const publish = async (): Promise<number> => {
    let published = 0;
    while (!ending.signal.aborted) {
      const first = published;
      const drafts = Array.from({ length: burst }, (_, turn) => ({
        type: 'bench.task' as const,
        payload: { task: `work-${first + turn}`, kind: 'work' as const },
      }));
      await bus.publishMany(channel, drafts);
      published += burst;
      await new Promise((resolve) => setTimeout(resolve, burstPauseMs));
    }
    return published;
  };
  const ended = publish();
  ended.catch(() => undefined);
  return {
    stop: () => {
      ending.abort();
      return ended;
    },
  };
}
