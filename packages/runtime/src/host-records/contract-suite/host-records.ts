import { beforeEach, describe, expect, it } from 'vitest';
import type { OpenDatabase } from '../../testing/index.ts';
import { createHostRecords, type HostRecordsOptions } from '../host-records.ts';
import { hostRecordMigrations, hostRecordTables, type RaptorMetricsRow } from '../tables.ts';
import type { Database } from '../../db/index.ts';

/** A record in which only the load of the processors was measured. */
function record(timestamp: number, changes: Partial<RaptorMetricsRow> = {}): RaptorMetricsRow {
  return {
    timestamp,
    host: 'one',
    cpu_percent: 12.5,
    memory_percent: null,
    memory_used_bytes: null,
    swap_used_bytes: null,
    load_1m: null,
    disk_read_bytes_per_second: null,
    disk_write_bytes_per_second: null,
    network_received_bytes_per_second: null,
    network_sent_bytes_per_second: null,
    process_cpu_percent: null,
    process_rss_bytes: null,
    event_loop_delay_ms: null,
    gpu_percent: null,
    gpu_memory_percent: null,
    ...changes,
  };
}

/** What records of machines promise, on either engine. */
export function hostRecordsSuite(open: OpenDatabase): void {
  describe('the past of the machines', () => {
    let db: Database;
    const records = (options: HostRecordsOptions = {}) => createHostRecords(db, options);
    beforeEach(async () => {
      db = await open({ tables: [hostRecordTables], migrations: [hostRecordMigrations] });
    });

    it('keeps every column, null where nothing was measured', async () => {
      const full = record(1_700_000_000_000, { memory_used_bytes: 6e11, gpu_percent: 99.5, load_1m: 0.01 });
      await records().add(full);
      expect(await records().list()).toEqual([full]);
    });

    it('answers the newest first, of the time and the machine that are asked for', async () => {
      for (const timestamp of [1_000, 2_000, 3_000]) {
        await records().add(record(timestamp));
        await records().add(record(timestamp, { host: 'two' }));
      }
      const moments = async (query: object) =>
        (await records().list(query)).map(({ timestamp, host }) => [timestamp, host]);
      expect(await moments({ limit: 2 })).toEqual([
        [3_000, 'one'],
        [3_000, 'two'],
      ]);
      expect(await moments({ from: 1_000, to: 3_000, host: 'two' })).toEqual([
        [2_000, 'two'],
        [1_000, 'two'],
      ]);
    });

    it('keeps one record of a machine for each moment, the last one', async () => {
      await records().add(record(1_000));
      await records().add(record(1_000, { cpu_percent: 50 }));
      expect(await records().list()).toMatchObject([{ cpu_percent: 50 }]);
    });

    it('removes what is older than it keeps', async () => {
      for (const timestamp of [1_000, 5_000, 6_000]) await records().add(record(timestamp));
      expect(await records({ keepMs: 2_000 }).prune(7_000)).toBe(1);
      expect((await records().list()).map(({ timestamp }) => timestamp)).toEqual([6_000, 5_000]);
    });

    it('keeps no more than so many, and those are the newest', async () => {
      for (let timestamp = 1; timestamp <= 10; timestamp += 1) await records().add(record(timestamp));
      expect(await records({ recordsMax: 3 }).prune(11)).toBe(7);
      expect((await records().list()).map(({ timestamp }) => timestamp)).toEqual([10, 9, 8]);
    });
  });
}
