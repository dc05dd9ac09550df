/**
 * Raptor Mini: the monitor of the machine that the server runs on, and its log.
 *
 * `WS …/logs/stream` sends lines as they are written, as frames of {@link logFrameSchema}: first `log.hello`, then the last lines that were asked
 * for, then new ones. A GET of the same address with `Accept: text/event-stream` gets the same frames as server-sent events. A client that reads
 * too slowly gets `log.dropped` with how many lines it missed, and goes on.
 */
import { z } from 'zod';

import { countSchema, millisecondsSchema, timestampSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';

const percentSchema = z.number().nonnegative();
const rateSchema = z.number().nonnegative();

/** The machine at one moment. Parts that are switched off or that the machine does not tell are absent. */
export const hostSampleSchema = z
  .object({
    timestamp: timestampSchema,
    elapsed_ms: millisecondsSchema.meta({
      description: 'Since the sample before: what rates and shares are over.',
    }),
    cpu: z
      .object({ percent: percentSchema, per_core_percent: z.array(percentSchema), cores: z.number() })
      .optional(),
    memory: z
      .object({
        total_bytes: z.number(),
        used_bytes: z.number(),
        available_bytes: z.number(),
        percent: percentSchema,
        swap_total_bytes: z.number(),
        swap_used_bytes: z.number(),
      })
      .optional(),
    load: z
      .object({ one_minute: z.number(), five_minutes: z.number(), fifteen_minutes: z.number() })
      .optional(),
    disk: z
      .object({
        read_bytes_per_second: rateSchema,
        written_bytes_per_second: rateSchema,
        reads_per_second: rateSchema,
        writes_per_second: rateSchema,
      })
      .optional(),
    network: z
      .object({ received_bytes_per_second: rateSchema, sent_bytes_per_second: rateSchema })
      .optional(),
    process: z.object({
      cpu_percent: percentSchema,
      resident_bytes: z.number(),
      heap_used_bytes: z.number(),
      heap_total_bytes: z.number(),
      handles: countSchema,
      event_loop_delay_ms: millisecondsSchema,
      event_loop_utilization: z.number(),
      gc_ms: millisecondsSchema,
      gc_count: countSchema,
    }),
    gpus: z.array(
      z.object({
        index: countSchema,
        uuid: z.string(),
        name: z.string(),
        percent: percentSchema.optional(),
        memory_busy_percent: percentSchema.optional(),
        memory_used_bytes: z.number().optional(),
        memory_total_bytes: z.number().optional(),
        temperature_celsius: z.number().optional(),
        power_watts: z.number().optional(),
        power_limit_watts: z.number().optional(),
      }),
    ),
  })
  .meta({ id: 'HostSample' });
export type HostSample = z.infer<typeof hostSampleSchema>;

/** A process of the machine. */
export const hostProcessSchema = z
  .object({
    pid: countSchema,
    parent_pid: countSchema,
    name: z.string(),
    cpu_percent: percentSchema.meta({ description: '100 is one core.' }),
    resident_bytes: z.number(),
    threads: countSchema,
    gpu_memory_bytes: z.number().optional(),
  })
  .meta({ id: 'HostProcess' });
export type HostProcess = z.infer<typeof hostProcessSchema>;

/** Levels of the log, from the most to the least talkative. */
export const logLevelSchema = z.enum(['DEBUG', 'INFO', 'WARNING', 'ERROR']);
export type LogLevel = z.infer<typeof logLevelSchema>;

/** What a stream of the log sends. */
export const logFrameSchema = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('log.hello'), heartbeat_seconds: z.number(), last: countSchema }),
    z.object({ type: z.literal('log.line'), level: logLevelSchema, text: z.string() }),
    z.object({ type: z.literal('log.dropped'), dropped: countSchema }),
    z.object({ type: z.literal('log.heartbeat') }),
  ])
  .meta({ id: 'LogFrame' });
export type LogFrame = z.infer<typeof logFrameSchema>;

const tailCharactersMax = 50_000;
const tailSchema = z.coerce.number<number | string>().int().min(1).max(tailCharactersMax).default(1_000);

/** What a stream of the log is asked for: lines of this level and above, that contain this text, after so many last ones. */
export const logStreamQuerySchema = z.strictObject({
  level: logLevelSchema.default('DEBUG'),
  text: z.string().max(200).optional(),
  last: z.coerce.number<number | string>().int().min(0).max(1_000).default(100),
});
export type LogStreamQuery = z.infer<typeof logStreamQuerySchema>;

/** Where the stream of the log is, in both places. */
export const logStreamPaths = ['/raptor/logs/stream', '/api/v1/raptor/logs/stream'] as const;

const runningSchema = z.object({ running: z.boolean() }).meta({ id: 'RaptorRunning' });
const statusSchema = z
  .object({
    running: z.boolean(),
    config_file: z.string().nullable().meta({ description: 'The file that was read; null when none was.' }),
  })
  .meta({ id: 'RaptorStatus' });
/** Whether the monitor runs, and by which file. */
export type RaptorStatus = z.infer<typeof statusSchema>;
const tailReplySchema = z.object({ log_tail: z.string() }).meta({ id: 'RaptorLogTail' });
const demoSchema = z.object({ result: z.string(), traced: z.boolean() }).meta({ id: 'RaptorDemo' });
const demoParams = z.strictObject({ value: z.string().min(1).max(200) });

/** What the monitor saw lately. */
export const hostSamplesSchema = z
  .object({
    running: z.boolean(),
    source: z
      .string()
      .meta({ description: 'What the figures come from: linux, systeminformation or node-os.' }),
    sample_rate_ms: countSchema,
    own_cpu_percent: percentSchema
      .nullable()
      .meta({ description: 'What the monitor itself costs; 100 is one core.' }),
    items: z.array(hostSampleSchema).meta({ description: 'One a second, oldest first.' }),
  })
  .meta({ id: 'HostSamples' });
export type HostSamples = z.infer<typeof hostSamplesSchema>;

// What the log says, and how it comes to say something.
function logRoutesAt<const Prefix extends string, const Tag extends string>(prefix: Prefix, tag: Tag) {
  return defineRoutes({
    demo: {
      method: 'POST',
      path: `${prefix}/demo/:value`,
      role: 'operator',
      tag,
      summary: 'Try the exception tracing: the value boom raises a real error through it.',
      params: demoParams,
      response: demoSchema,
    },
    demoByGet: {
      method: 'GET',
      path: `${prefix}/demo/:value`,
      role: 'operator',
      tag,
      summary: 'Try the exception tracing by following a link.',
      params: demoParams,
      response: demoSchema,
    },
    logs: {
      method: 'GET',
      path: `${prefix}/logs`,
      role: 'operator',
      tag,
      summary: 'Read the last characters of the log.',
      query: z.strictObject({ tail: tailSchema }),
      response: tailReplySchema,
    },
    logsByPost: {
      method: 'POST',
      path: `${prefix}/logs`,
      role: 'operator',
      tag,
      summary: 'Read the last characters of the log, with the number in the body.',
      body: z.strictObject({ max_chars: z.int().min(1).max(tailCharactersMax).default(1_000) }),
      response: tailReplySchema,
    },
  });
}

function monitorRoutesAt<const Prefix extends string, const Tag extends string>(prefix: Prefix, tag: Tag) {
  return defineRoutes({
    processes: {
      method: 'GET',
      path: `${prefix}/processes`,
      role: 'operator',
      tag,
      summary: 'List the processes of the machine that use most of its processors.',
      query: z.strictObject({ limit: z.coerce.number<number | string>().int().min(1).max(50).default(50) }),
      response: z.object({ items: z.array(hostProcessSchema) }),
    },
    reload: {
      method: 'POST',
      path: `${prefix}/reload`,
      role: 'operator',
      tag,
      summary: 'Read the configuration file again.',
      response: statusSchema,
    },
    samples: {
      method: 'GET',
      path: `${prefix}/samples`,
      role: 'user',
      tag,
      summary: 'Read what the machine did in the last minutes, one sample a second.',
      query: z.strictObject({ limit: z.coerce.number<number | string>().int().min(1).max(300).default(60) }),
      response: hostSamplesSchema,
    },
    start: {
      method: 'POST',
      path: `${prefix}/start`,
      role: 'operator',
      tag,
      summary: 'Start the monitor; does nothing when it runs.',
      response: runningSchema,
    },
    status: {
      method: 'GET',
      path: `${prefix}/status`,
      role: 'user',
      tag,
      summary: 'Say whether the monitor runs, and which configuration it has read.',
      response: statusSchema,
    },
    stop: {
      method: 'POST',
      path: `${prefix}/stop`,
      role: 'operator',
      tag,
      summary: 'Stop the monitor; does nothing when it does not run.',
      response: runningSchema,
    },
  });
}

function raptorRoutesAt<const Prefix extends string, const Tag extends string>(prefix: Prefix, tag: Tag) {
  return { ...logRoutesAt(prefix, tag), ...monitorRoutesAt(prefix, tag) };
}

/** Routes under `/api/v1/raptor`. */
export const raptorRoutes = raptorRoutesAt('/api/v1/raptor', 'raptor');

/** The same routes under the short address that earlier versions had. */
export const raptorShortRoutes = raptorRoutesAt('/raptor', 'raptor-short');
