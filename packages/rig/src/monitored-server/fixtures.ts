/** What the monitored server says: a machine with four cores under a load that comes and goes, and three operations. */
import {
  type HostProcess,
  hostProcessSchema,
  type HostSample,
  hostSampleSchema,
  type PeriscopeError,
  periscopeErrorSchema,
  type PeriscopeOperations,
  periscopeOperationsSchema,
  type PeriscopePipeline,
  periscopePipelineSchema,
} from '@raptorflow/contract';

const coreCount = 4;
const gigabyte = 1_000_000_000;
const megabyte = 1_000_000;
const gpuNames = ['NVIDIA H100 80GB HBM3', 'NVIDIA L4'] as const;

function wave(atMs: number, periodSeconds: number, shift = 0): number {
  return (Math.sin((atMs / 1_000 / periodSeconds + shift) * 2 * Math.PI) + 1) / 2;
}

/** The sample of a moment; the same moment has the same figures. */
export function sampleAt(atMs: number, gpuCount: number): HostSample {
  const cores = Array.from({ length: coreCount }, (_, core) =>
    Number((8 + 70 * wave(atMs, 47, core / 9) * wave(atMs, 13, core / 3)).toFixed(1)),
  );
  const percent = Number((cores.reduce((sum, one) => sum + one, 0) / coreCount).toFixed(1));
  const used = Math.round((6.1 + wave(atMs, 90)) * gigabyte);
  return hostSampleSchema.parse({
    timestamp: new Date(atMs).toISOString(),
    elapsed_ms: 1_000,
    cpu: { percent, per_core_percent: cores, cores: coreCount },
    memory: {
      total_bytes: 16 * gigabyte,
      used_bytes: used,
      available_bytes: 16 * gigabyte - used,
      percent: Number(((used / 16 / gigabyte) * 100).toFixed(1)),
      swap_total_bytes: 2 * gigabyte,
      swap_used_bytes: 130 * megabyte,
    },
    load: { one_minute: 1.42, five_minutes: 1.1, fifteen_minutes: 0.87 },
    disk: {
      read_bytes_per_second: Math.round(3 * megabyte * wave(atMs, 31)),
      written_bytes_per_second: Math.round(12 * megabyte * wave(atMs, 23)),
      reads_per_second: Math.round(120 * wave(atMs, 31)),
      writes_per_second: Math.round(340 * wave(atMs, 23)),
    },
    network: {
      received_bytes_per_second: Math.round(0.9 * megabyte * wave(atMs, 17)),
      sent_bytes_per_second: Math.round(2.4 * megabyte * wave(atMs, 29)),
    },
    process: {
      cpu_percent: Number((4 + 20 * wave(atMs, 19)).toFixed(1)),
      resident_bytes: 214 * megabyte,
      heap_used_bytes: Math.round((61 + 20 * wave(atMs, 11)) * megabyte),
      heap_total_bytes: 112 * megabyte,
      handles: 41,
      event_loop_delay_ms: Number((0.4 + 2.1 * wave(atMs, 7)).toFixed(2)),
      event_loop_utilization: Number((0.05 + 0.2 * wave(atMs, 19)).toFixed(3)),
      gc_ms: Number((1.2 * wave(atMs, 11)).toFixed(2)),
      gc_count: 3,
    },
    gpus: gpuNames.slice(0, gpuCount).map((name, index) => ({
      index,
      uuid: `GPU-0000000${index}`,
      name,
      percent: Math.round(90 * wave(atMs, 37, index / 4)),
      memory_busy_percent: Math.round(60 * wave(atMs, 37, index / 4)),
      memory_used_bytes: Math.round((20 + 30 * wave(atMs, 60)) * gigabyte),
      memory_total_bytes: 80 * gigabyte,
      temperature_celsius: 58,
      power_watts: Math.round(310 + 80 * wave(atMs, 37)),
      power_limit_watts: 700,
    })),
  });
}

/** The processes of the machine, the busiest first. */
export function hostProcesses(): HostProcess[] {
  return ['node raptorflow', 'postgres', 'redis-server', 'chromium', 'systemd'].map((name, index) =>
    hostProcessSchema.parse({
      pid: 1_200 + index * 7,
      parent_pid: 1,
      name,
      cpu_percent: Number((62.4 / (index + 1) ** 2).toFixed(1)),
      resident_bytes: Math.round((214 / (index + 1)) * megabyte),
      threads: 11 - index,
      ...(index === 0 ? { gpu_memory_bytes: 2 * gigabyte } : {}),
    }),
  );
}

/** Names of the breakers, in the order of their operations. */
export const breakerNames = ['model:standard', 'fetch:news', 'webhook'] as const;

/** The states of a breaker. */
export type BreakerState = PeriscopeOperations['items'][number]['breakers'][number]['state'];

/** The operations as they fare at a moment; breakers that are not named are closed. */
export function operationsAt(atMs: number, states: ReadonlyMap<string, BreakerState>): PeriscopeOperations {
  const ago = (seconds: number): string => new Date(atMs - seconds * 1_000).toISOString();
  const names = ['model.complete', 'signals.fetch', 'notify.webhook'] as const;
  const items = names.map((name, index) => {
    const breaker = breakerNames[index] ?? '';
    const state = states.get(breaker) ?? 'closed';
    const calls = [1_284, 96, 0][index] ?? 0;
    const failures = [3, 41, 0][index] ?? 0;
    const took = (ms: number): object | null =>
      calls === 0 ? null : { value_ms: ms * (index + 1), relative_error: 0.008 };
    const reasons =
      state === 'open'
        ? [
            {
              reason: `The breaker ${breaker} is open after 5 failures in a row.`,
              status: 'unhealthy',
              since: ago(95),
              clears_when: 'A probe succeeds; the next one is due in 12 s.',
            },
          ]
        : [];
    return {
      name,
      status: reasons.length > 0 ? 'unhealthy' : 'healthy',
      reasons,
      calls,
      successes: calls - failures - (index === 0 ? 2 : 0),
      failures,
      running: index === 0 ? 2 : 0,
      attempts: calls + failures * 2,
      retries: failures * 2,
      average_ms: calls === 0 ? null : 312.5 * (index + 1),
      p50: took(260),
      p95: took(911.4),
      p99: took(1_702),
      last_success_at: calls === 0 ? null : ago(4),
      last_failure_at: failures === 0 ? null : ago(95),
      breakers: [
        {
          name: breaker,
          state,
          since: state === 'closed' ? null : ago(95),
          consecutive_failures: state === 'open' ? 5 : 0,
          trips: state === 'open' ? 2 : 0,
          next_probe_in_ms: state === 'open' ? 12_000 : null,
        },
      ],
    };
  });
  const reasons = items.flatMap((item) => item.reasons);
  const status = reasons.length > 0 ? 'degraded' : 'healthy';
  return periscopeOperationsSchema.parse({ status, reasons, dead_letters: 7, items });
}

/** Errors of the operations, the newest first. */
export function recentErrors(atMs: number): PeriscopeError[] {
  return [
    {
      fingerprint: 'a41c9f',
      operation: 'signals.fetch',
      error_type: 'timeout',
      error_message: 'The feed https://feeds.example/threats did not answer within 5 s.',
      duration_ms: 5_003,
      count: 38,
      first_at: new Date(atMs - 3_600_000).toISOString(),
      last_at: new Date(atMs - 95_000).toISOString(),
    },
    {
      fingerprint: 'b7720e',
      operation: 'model.complete',
      error_type: 'unavailable',
      error_message: 'The model answered 529: overloaded.',
      duration_ms: 412,
      count: 3,
      first_at: new Date(atMs - 7_200_000).toISOString(),
      last_at: new Date(atMs - 900_000).toISOString(),
    },
  ].map((one) => periscopeErrorSchema.parse(one));
}

/** A pipeline under way and one that ended. */
export function pipelinesAt(atMs: number): PeriscopePipeline[] {
  return [
    {
      name: 'threat-signals',
      process: 'server-one',
      state: 'running',
      ingested: 6_210,
      converted: 6_240,
      skipped: 118,
      failed: 4,
      items_per_second: 212.4,
      remaining: 3_668,
      started_at: new Date(atMs - 31_000).toISOString(),
      ended_at: null,
    },
    {
      name: 'kev-catalogue',
      process: 'server-two',
      state: 'ended',
      ingested: 1_402,
      converted: 1_402,
      skipped: 0,
      failed: 0,
      items_per_second: 0,
      remaining: 0,
      started_at: new Date(atMs - 900_000).toISOString(),
      ended_at: new Date(atMs - 880_000).toISOString(),
    },
  ].map((one) => periscopePipelineSchema.parse(one));
}
