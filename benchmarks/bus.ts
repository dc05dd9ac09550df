import { idleCommands, memory } from './bus/costs.ts';
import { embeddedConsume, embeddedLatency, embeddedOpen, embeddedPublish } from './bus/embedded.ts';
import { history } from './bus/history.ts';
import { latencyOfPublish, latencyToHandler } from './bus/latency.ts';
import { throughputAlways, throughputEverysec } from './bus/throughput.ts';
import type { Findings } from './harness/findings.ts';
import type { BenchSettings, Question } from './harness/question.ts';
import { tableOf } from './harness/table.ts';

/** A part of the benchmark: what it measures, and under which keys. */
interface Stage {
  readonly keys: readonly string[];
  run(settings: BenchSettings, findings: Findings): Promise<void>;
}

const stages: readonly Stage[] = [
  {
    keys: ['publish_everysec_per_s', 'consume_ack_per_s', 'redis_commands_per_event'],
    run: throughputEverysec,
  },
  { keys: ['publish_always_per_s'], run: throughputAlways },
  { keys: ['publish_idle_ms'], run: latencyOfPublish },
  { keys: ['publish_to_handler_ms'], run: latencyToHandler },
  { keys: ['replay_ms_per_event', 'lookup_ms'], run: history },
  { keys: ['redis_bytes_per_event'], run: memory },
  { keys: ['idle_commands_per_20s'], run: idleCommands },
  { keys: ['sqlite_fsync_per_s', 'sqlite_process_per_s'], run: embeddedPublish },
  { keys: ['sqlite_consume_ack_per_s'], run: embeddedConsume },
  { keys: ['sqlite_publish_ms'], run: embeddedLatency },
  { keys: ['sqlite_open_ms'], run: embeddedOpen },
];

/** How fast the bus is, beside BullMQ, NATS JetStream and the bare engines. */
export const busQuestion: Question = {
  name: 'bus',
  about: 'how fast the bus is on Redis and SQLite, beside BullMQ, NATS JetStream and the bare engines',
  figures: {
    publish_everysec_per_s: {
      about: 'Redis, appendfsync everysec: publish',
      target: 'at least 100,000; 0.6 of raw, 5 times BullMQ, 4 times NATS',
    },
    consume_ack_per_s: { about: 'Redis: handle and acknowledge', target: 'at least 100,000' },
    redis_commands_per_event: { about: 'Redis: commands per event handled under load', target: 'at most 3' },
    publish_always_per_s: { about: 'Redis, appendfsync always: publish', target: 'at least 80,000' },
    publish_idle_ms: {
      about: 'Redis: one publish when nothing else happens',
      target: 'p50 at most 1.3 of raw, p99 below 1',
    },
    publish_to_handler_ms: {
      about: 'Redis: from publish until a handler begins',
      target: 'p50 at most 0.15, p99 at most 1.5',
    },
    replay_ms_per_event: { about: 'Redis: replay', target: 'at most 0.008' },
    lookup_ms: { about: 'Redis: lookup by id', target: 'p50 at most 0.05' },
    redis_bytes_per_event: {
      about: 'Redis: memory of a stored event',
      target: 'at most 1.25 of the body; at most 100 pending',
    },
    idle_commands_per_20s: { about: 'Redis: commands of an idle process', target: 'at most 60' },
    sqlite_fsync_per_s: { about: 'SQLite, fsync: publish', target: 'at least 100,000' },
    sqlite_process_per_s: { about: 'SQLite, process: publish', target: 'at least 150,000' },
    sqlite_consume_ack_per_s: {
      about: 'SQLite, fsync: publish, handle, acknowledge',
      target: 'at least 80,000',
    },
    sqlite_publish_ms: {
      about: 'SQLite, fsync: publish under load with retention',
      target: 'p99 at most 25',
    },
    sqlite_open_ms: { about: 'SQLite: open with stored events', target: 'at most 100' },
  },
  async run(settings, findings) {
    for (const stage of stages) {
      if (settings.only && !stage.keys.some((key) => settings.only?.has(key))) continue;
      await stage.run(settings, findings);
      // Whoever stops a long run has seen what it had measured.
      for (const line of tableOf(busQuestion, findings, stage.keys)) settings.print(line);
    }
  },
};
