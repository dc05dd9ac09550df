import { createGroup, publishMuch, type OwnBus } from '../engines/own-bus.ts';
import type { MeasuredRedis } from '../engines/private-redis.ts';
import { withRedisBus } from '../engines/redis.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings } from '../harness/question.ts';
import { together } from '../harness/together.ts';
import { idleCommandsOfBull, memoryOfBull } from '../peers/bullmq.ts';
import { memoryOfRaw } from '../peers/raw-redis.ts';
import { bodyBytes, readingChannel, readingPattern } from '../workload/reading.ts';

const memoryKey = 'redis_bytes_per_event';
const idleKey = 'idle_commands_per_20s';
const idleWindowMs = 20_000;
/** Subscribers added to the first, to see what a further one costs. */
const furtherSubscribers = 10;
/** Events that one member holds while the memory of a held one is measured. */
const heldMax = 5_000;
/** Whatever is done once, on connecting, is over by then. */
const settleMs = 2_000;

/** Memory of Redis for a stored event, and for one that a member holds. */
export async function memory(
  { memoryEvents, workspaces, print }: BenchSettings,
  findings: Findings,
): Promise<void> {
  print(`\nRedis, memory of ${memoryEvents.toLocaleString('en-US')} events of ${bodyBytes} bytes`);
  const { stored, pending } = await withRedisBus('everysec', (bus, redis) =>
    memoryOfOurs(bus, redis, memoryEvents, workspaces),
  );
  findings.add(ours, { [memoryKey]: stored });
  findings.note(memoryKey, 'ours_per_body_byte', stored / bodyBytes);
  findings.note(memoryKey, 'ours_pending', pending);
  const bullmq = await memoryOfBull('everysec', memoryEvents);
  findings.add('bullmq', { [memoryKey]: bullmq });
  findings.note(memoryKey, 'bullmq_per_body_byte', bullmq / bodyBytes);
  findings.add('raw', { [memoryKey]: await memoryOfRaw('everysec', memoryEvents) });
}

async function memoryOfOurs(
  bus: OwnBus,
  redis: MeasuredRedis,
  events: number,
  workspaces: number,
): Promise<{ stored: number; pending: number }> {
  await createGroup(bus);
  const before = await redis.usedMemory();
  await publishMuch(bus, { inFlight: 512, countMax: events, workspaces });
  const stored = await redis.usedMemory();
  const wanted = Math.min(events, heldMax);
  // Handlers that do not come to an end, so that the member takes as many as it may hold.
  const gate = Promise.withResolvers<void>();
  const subscription = await bus.subscribe(readingChannel, () => gate.promise, {
    group: 'bench',
    concurrency: 10,
    prefetch: wanted,
  });
  let held = 0;
  for (let turn = 0; turn < 100 && held < wanted; turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    held = (await bus.groups.list()).find(({ name }) => name === 'bench')?.inFlight ?? 0;
  }
  const pending = (await redis.usedMemory()) - stored;
  gate.resolve();
  await subscription.stop();
  return { stored: (stored - before) / events, pending: pending / Math.max(1, held) };
}

/** Commands that an idle process makes, with one subscriber and with more. */
export async function idleCommands({ idleMs, print }: BenchSettings, findings: Findings): Promise<void> {
  const scale = idleWindowMs / idleMs;
  const scaled = scale === 1 ? '' : ', scaled to 20';
  print(`\nRedis, commands of an idle process in ${idleMs / 1_000} s${scaled}`);
  const [own, bullmq] = await together([
    withRedisBus('everysec', (bus, redis) => idleOfOurs(bus, redis, idleMs)),
    idleCommandsOfBull('everysec', idleMs),
  ]);
  if (own) {
    findings.add(ours, { [idleKey]: own.one * scale });
    findings.note(
      idleKey,
      'ours_per_further_subscriber',
      ((own.more - own.one) / furtherSubscribers) * scale,
    );
  }
  findings.add('bullmq', { [idleKey]: bullmq * scale });
}

async function idleOfOurs(
  bus: OwnBus,
  redis: MeasuredRedis,
  idleMs: number,
): Promise<{ one: number; more: number }> {
  await bus.subscribe(readingPattern, () => undefined, { group: 'first' });
  const one = await commandsWhileIdle(redis, idleMs);
  for (let turn = 0; turn < furtherSubscribers; turn += 1) {
    await bus.subscribe(readingPattern, () => undefined, { group: `further-${turn}` });
  }
  return { one, more: await commandsWhileIdle(redis, idleMs) };
}

async function commandsWhileIdle(redis: MeasuredRedis, forMs: number): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, settleMs));
  const before = await redis.commands();
  await new Promise((resolve) => setTimeout(resolve, forMs));
  return (await redis.commands()) - before;
}
