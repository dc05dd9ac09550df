import {
  AckPolicy,
  DeliverPolicy,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type JetStreamClient,
  type JetStreamManager,
} from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { startNats } from '@raptorflow/rig';
import { assertCount } from '../harness/fault.ts';
import type { Readings } from '../harness/findings.ts';
import { Ledger } from '../harness/ledger.ts';
import { callOneByOne, pump } from '../harness/pump.ts';
import { latencyOf } from '../harness/statistics.ts';
import { indexOfText, textOf } from '../workload/reading.ts';

const stream = 'bench';
const durable = 'group';
const subject = 'bench.sensors.reading';
const inFlight = 512;

/** A JetStream with one stream in files, as its defaults sync them. */
export interface MeasuredNats {
  readonly version: string;
  readonly connection: NatsConnection;
  readonly client: JetStreamClient;
  readonly admin: JetStreamManager;
}

/** Runs a measurement with a new, empty NATS server. */
export async function withNats<Result>(work: (nats: MeasuredNats) => Promise<Result>): Promise<Result> {
  const server = await startNats();
  try {
    const connection = await connect({ servers: server.url });
    try {
      const admin = await jetstreamManager(connection);
      await admin.streams.add({
        name: stream,
        subjects: ['bench.>'],
        storage: StorageType.File,
        retention: RetentionPolicy.Limits,
      });
      const version = connection.info?.version ?? 'unknown';
      return await work({ version, connection, client: jetstream(connection), admin });
    } finally {
      await connection.close();
    }
  } finally {
    await server.stop();
  }
}

/** Publishes, 512 under way; then handles and acknowledges everything as one durable consumer. */
export function raceNats(
  forMs: number,
  keys: { readonly publish: string; readonly consume: string },
): Promise<Readings> {
  return withNats(async (nats) => {
    const { count, seconds } = await publishNats(nats, { forMs });
    const info = await nats.admin.streams.info(stream);
    assertCount('messages of the NATS stream', info.state.messages, count);
    return { [keys.publish]: count / seconds, [keys.consume]: count / (await consumeAll(nats, count)) };
  });
}

/** Publishes until the time is up or the number is reached; each call waits for the server's acknowledgement. */
export function publishNats(
  { client }: MeasuredNats,
  limit: { readonly forMs?: number; readonly countMax?: number },
): ReturnType<typeof pump> {
  return pump({ inFlight, ...limit }, (index) => client.publish(subject, textOf(index)));
}

async function consumeAll({ admin, client, connection }: MeasuredNats, count: number): Promise<number> {
  const ledger = new Ledger();
  await admin.consumers.add(stream, {
    durable_name: durable,
    ack_policy: AckPolicy.Explicit,
    deliver_policy: DeliverPolicy.All,
    max_ack_pending: 10_000,
  });
  const consumer = await client.consumers.get(stream, durable);
  const begunAt = performance.now();
  const messages = await consumer.consume({
    max_messages: 2_000,
    callback: (message) => {
      ledger.deliver(indexOfText(message.string()));
      message.ack();
    },
  });
  await ledger.complete(count);
  await connection.flush();
  const seconds = (performance.now() - begunAt) / 1_000;
  await messages.close();
  ledger.assertOnce('NATS', count);
  assertCount('messages of NATS not acknowledged', (await consumer.info()).num_ack_pending, 0);
  return seconds;
}

/** One publish after the other. */
export function publishNatsIdle(operations: number): Promise<Readings> {
  return withNats(async ({ client }) => {
    const samples = await callOneByOne(operations, (index) => client.publish(subject, textOf(index)));
    return { publish_idle_ms: latencyOf(samples) };
  });
}

/** From the call of publish until the callback of a consumer with a wildcard begins. */
export function publishToCallback(operations: number): Promise<Readings> {
  return withNats(async ({ client, admin }) => {
    await admin.consumers.add(stream, {
      durable_name: durable,
      ack_policy: AckPolicy.Explicit,
      filter_subject: 'bench.*.reading',
    });
    const consumer = await client.consumers.get(stream, durable);
    const ledger = new Ledger();
    let arrived = (): void => undefined;
    const messages = await consumer.consume({
      callback: (message) => {
        const index = indexOfText(message.string());
        arrived();
        ledger.deliver(index);
        message.ack();
      },
    });
    const samples: number[] = [];
    for (let index = 0; index < operations; index += 1) {
      const handled = new Promise<number>((resolve) => {
        arrived = () => resolve(performance.now());
      });
      const begunAt = performance.now();
      const published = client.publish(subject, textOf(index));
      samples.push((await handled) - begunAt);
      await published;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await messages.close();
    ledger.assertOnce('NATS', operations);
    return { publish_to_handler_ms: latencyOf(samples) };
  });
}

/** Reads so many messages from the beginning and decodes them; answers milliseconds for one. */
export async function replayNats({ client }: MeasuredNats, count: number): Promise<number> {
  const consumer = await client.consumers.get(stream);
  const ledger = new Ledger();
  const begunAt = performance.now();
  const messages = await consumer.consume({
    max_messages: 2_000,
    callback: (message) => ledger.deliver(indexOfText(message.string())),
  });
  await ledger.complete(count);
  const took = performance.now() - begunAt;
  await messages.close();
  return took / count;
}

/** Looks messages up by their number in the stream, which is all that JetStream can. */
export function lookUpNats({ admin }: MeasuredNats, stored: number, operations: number): Promise<number[]> {
  return callOneByOne(operations, async (index) => {
    const message = await admin.streams.getMessage(stream, {
      seq: 1 + Math.floor((stored * index) / operations),
    });
    indexOfText(new TextDecoder().decode(message?.data));
  });
}
