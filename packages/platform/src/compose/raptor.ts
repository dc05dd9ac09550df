/** Raptor Mini in the server: started and stopped with it, and the machine's past in the table `raptor_metrics`. */
import { hostname } from 'node:os';
import { createHostRecords, currentContext, type Database, type RaptorMetricsRow } from '@raptorflow/runtime';
import type { HostSample } from 'raptorflow/host';
import type { Timer } from 'raptorflow/kernel';
import { createRaptorMini, readRaptorConfig, type RaptorMini } from 'raptorflow/mini';
import type { Config } from '../config.ts';
import { healthy, type PartHealth } from '../health/health.ts';
import type { HostAlerting } from './monitoring.ts';
import type { CommonDeps } from './stores.ts';

/** Raptor Mini as the server has it. */
export interface Raptor extends HostAlerting {
  readonly mini: RaptorMini;
  /** Starts it; a configuration that cannot be used is warned of, and the server goes on without. */
  start(): Promise<void>;
  /** Reads the configuration again; warns and keeps the present one when it cannot be used. */
  reload(): Promise<void>;
  probe(): PartHealth;
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

const pruneEveryMs = 3_600_000;

/** Wires Raptor Mini, not started yet. `onReload` is called when another configuration holds. */
export function createRaptor(
  config: Config,
  db: Database,
  { clock, log, meter }: CommonDeps,
  onReload: () => Promise<void> | undefined,
): Raptor {
  const ownLog = log.child('raptor');
  const { configFile } = config.raptor;
  const place = { directory: config.home, ...(configFile === undefined ? {} : { configFile }) };
  const mini = createRaptorMini(
    { ...place, hookProcess: true },
    { clock, log: ownLog, meter, correlationId: () => currentContext()?.correlationId },
  );
  const records = createHostRecords(db);
  const timers: Timer[] = [];
  let trouble: string | undefined;

  const note = noteTrouble(ownLog);
  const record = (): void => {
    const [sample] = mini.samples(1);
    if (mini.status().running && sample) note(records.add(rowOf(sample)));
  };

  return {
    mini,
    webhookUrl: webhookOf(place, config, ownLog),
    status: () => mini.status(),
    async start() {
      try {
        await mini.start();
        trouble = undefined;
      } catch (error) {
        trouble = error instanceof Error ? error.message : String(error);
        ownLog.warn('Raptor Mini did not start; the server goes on without it.', { error });
      }
      const { recordEverySeconds } = config.raptor;
      if (recordEverySeconds === 0) return;
      timers.push(clock.setInterval(record, recordEverySeconds * 1_000).unref());
      timers.push(clock.setInterval(() => note(records.prune(clock.now())), pruneEveryMs).unref());
    },
    async reload() {
      try {
        await mini.reload();
        await onReload();
        ownLog.info('Raptor Mini has read its configuration again.', { file: mini.status().configFile });
      } catch (error) {
        ownLog.warn('Raptor Mini keeps its configuration; the file cannot be used.', { error });
      }
    },
    probe() {
      const { running, host } = mini.status();
      if (!running && trouble !== undefined) return { status: 'degraded', reasons: [trouble] };
      // Whoever stopped it knows that.
      return healthy({ running, source: host?.source, own_cpu_percent: host?.ownCpuPercent });
    },
    async stop(options) {
      for (const timer of timers.splice(0)) timer.cancel();
      await mini.stop(options);
    },
  };
}

// Once for each outage: the database's own health says the rest.
function noteTrouble(log: CommonDeps['log']): (work: Promise<unknown>) => void {
  let isWarned = false;
  return (work) =>
    void work.then(
      () => (isWarned = false),
      (error: unknown) => {
        if (!isWarned) log.warn('What the host did could not be stored.', { error });
        isWarned = true;
      },
    );
}

function rowOf({ at, cpu, memory, load, disk, network, process, gpus }: HostSample): RaptorMetricsRow {
  const shares = gpus.flatMap(({ percent }) => (percent === undefined ? [] : [percent]));
  const memories = gpus.flatMap(({ memoryUsedBytes: used, memoryTotalBytes: total }) =>
    used === undefined || total === undefined || total === 0 ? [] : [(100 * used) / total],
  );
  return {
    timestamp: Math.round(at),
    host: hostname(),
    cpu_percent: cpu?.percent ?? null,
    memory_percent: memory?.percent ?? null,
    memory_used_bytes: memory?.usedBytes ?? null,
    swap_used_bytes: memory?.swapUsedBytes ?? null,
    load_1m: load?.oneMinute ?? null,
    disk_read_bytes_per_second: disk?.readBytesPerSecond ?? null,
    disk_write_bytes_per_second: disk?.writtenBytesPerSecond ?? null,
    network_received_bytes_per_second: network?.receivedBytesPerSecond ?? null,
    network_sent_bytes_per_second: network?.sentBytesPerSecond ?? null,
    process_cpu_percent: process.cpuPercent,
    process_rss_bytes: process.residentBytes,
    event_loop_delay_ms: process.eventLoopDelayMs,
    gpu_percent: meanOf(shares),
    gpu_memory_percent: meanOf(memories),
  };
}

function meanOf(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

// Read before everything else, because who is told of alerts is settled when they are wired.
function webhookOf(
  place: { readonly directory: string; readonly configFile?: string },
  { monitoring }: Config,
  log: CommonDeps['log'],
): string | null {
  let url: string | null;
  try {
    url = readRaptorConfig(place).alerts.webhookUrl;
  } catch {
    // The start tells what is wrong with the file.
    return null;
  }
  if (url !== null && monitoring.webhookSecret === undefined) {
    log.warn(
      'The webhook_url of raptor.ini needs WEBHOOK_SECRET, with which the receiver checks who calls; nobody is told that way.',
    );
    return null;
  }
  return url;
}
