import { createBus, type Bus, type BusEngine } from 'raptorflow/bus';
import type { Readings } from '../harness/findings.ts';
import { fault } from '../harness/fault.ts';
import { Ledger } from '../harness/ledger.ts';
import { callOneByOne, pump, type Pumped } from '../harness/pump.ts';
import { latencyOf } from '../harness/statistics.ts';
import { draftOf, indexOf, readingChannel, readingContract, readingPattern } from '../workload/reading.ts';

/** The bus under measurement, with the contract that its events are checked against. */
export type OwnBus = Bus<typeof readingContract>;

const group = 'bench';
const concurrency = 512;

/** Opens a bus over an engine. */
export async function openBus(engine: BusEngine, retentionMs = 3_600_000): Promise<OwnBus> {
  const bus = createBus({
    engine,
    contracts: [readingContract],
    channels: [{ name: readingChannel, retentionMs, expired: 'drop' }],
  });
  await bus.start();
  return bus;
}

/** How events are published. */
export interface Publishing {
  readonly inFlight: number;
  readonly forMs?: number;
  readonly countMax?: number;
  readonly workspaces: number;
}

/** Publishes readings one call each, so many calls under way at once. */
export function publishMuch(bus: OwnBus, { workspaces, ...how }: Publishing): Promise<Pumped> {
  return pump(how, (index) => bus.publish(readingChannel, draftOf(index, workspaces)));
}

/** Makes the group before anything is published, so that everything is its to handle. */
export async function createGroup(bus: OwnBus): Promise<void> {
  const subscription = await bus.subscribe(readingChannel, () => undefined, { group });
  await subscription.stop();
}

/**
 * Handles everything that the group has not handled and checks that it is those `count` events, once each. Answers how long it took until
 * the last acknowledgement was durable.
 */
export async function consumeAll(bus: OwnBus, count: number): Promise<number> {
  const ledger = new Ledger();
  const begunAt = performance.now();
  const subscription = await bus.subscribe<'bench.reading'>(
    readingChannel,
    (event) => ledger.deliver(indexOf(event.payload)),
    { group, concurrency },
  );
  await ledger.complete(count);
  await subscription.stop();
  const seconds = (performance.now() - begunAt) / 1_000;
  ledger.assertOnce('ours', count);
  await assertNothingLeft(bus);
  return seconds;
}

/** Publishes, handles and acknowledges at the same time; answers events a second from the first call to the last acknowledgement. */
export async function publishAndConsume(bus: OwnBus, how: Publishing): Promise<number> {
  const ledger = new Ledger();
  const begunAt = performance.now();
  const subscription = await bus.subscribe<'bench.reading'>(
    readingChannel,
    (event) => ledger.deliver(indexOf(event.payload)),
    { group, concurrency },
  );
  const { count } = await publishMuch(bus, how);
  await ledger.complete(count);
  await subscription.stop();
  const seconds = (performance.now() - begunAt) / 1_000;
  ledger.assertOnce('ours', count);
  await assertNothingLeft(bus);
  return count / seconds;
}

/** How long a publish takes when nothing else happens. */
export async function publishIdle(bus: OwnBus, operations: number): Promise<Readings> {
  const samples = await callOneByOne(operations, (index) => bus.publish(readingChannel, draftOf(index, 1)));
  return { publish_idle_ms: latencyOf(samples) };
}

/** How long it takes from the call of publish until the handler of a group with a pattern begins. */
export async function publishToHandler(bus: OwnBus, operations: number): Promise<Readings> {
  const ledger = new Ledger();
  let arrived = (): void => undefined;
  const subscription = await bus.subscribe<'bench.reading'>(
    readingPattern,
    (event) => {
      arrived();
      ledger.deliver(indexOf(event.payload));
    },
    { group: 'latency' },
  );
  const samples: number[] = [];
  for (let index = 0; index < operations; index += 1) {
    const handled = new Promise<number>((resolve) => {
      arrived = () => resolve(performance.now());
    });
    const begunAt = performance.now();
    const published = bus.publish(readingChannel, draftOf(index, 1));
    samples.push((await handled) - begunAt);
    await published;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await subscription.stop();
  ledger.assertOnce('ours', operations);
  return { publish_to_handler_ms: latencyOf(samples) };
}

async function assertNothingLeft(bus: OwnBus): Promise<void> {
  const report = (await bus.groups.list()).find(({ name }) => name === group);
  if (report?.lag !== 0) throw fault(`after the last acknowledgement the group's lag is ${report?.lag}`);
  const { failed, retried, deadLettered } = bus.metrics();
  if (failed + retried + deadLettered > 0) throw fault('events failed on the way');
}
