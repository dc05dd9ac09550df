import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { proofSize } from '@raptorflow/rig';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runChild } from './child.ts';

/*
 * A pipeline that is killed while most of its items fail, and killed again while they are redriven: none is lost, none is applied twice, and
 * the counts add up. The long run, as it is reported in docs/benchmarks.md, is `npm run prove -- pipeline-crash`.
 */
const kills = proofSize('PIPELINE_KILLS', 4);
const failures = proofSize('PIPELINE_FAILURES', 2_000);
/** One of eleven does not fail. */
const items = Math.ceil((failures * 11) / 10);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'raptorflow-pipeline-'));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Runs the victim until it has come so far, and kills it; null for to its end, which gives its report. */
async function victim(mode: string, until: number | null): Promise<Record<string, unknown>> {
  const child = runChild('pipeline-victim.ts', [mode, folder, String(items)]);
  if (until === null) {
    await child.ended;
    return JSON.parse(child.output().trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>;
  }
  await new Promise<void>((resolve) => {
    child.process.stdout.on('data', (text: string) => {
      const at = /at (\d+)\n[^\n]*$/.exec(text);
      if (at && Number(at[1]) >= until) resolve();
    });
    child.process.once('close', () => resolve());
  });
  await child.kill();
  expect(child.process.signalCode, 'the child ends by SIGKILL, not by its end or an error').toBe('SIGKILL');
  return {};
}

function checkpoint(): { readonly read: number; readonly failed: number; readonly ingested: number } {
  const lines = readFileSync(join(folder, 'checkpoints'), 'utf8').trimEnd().split('\n');
  return JSON.parse(lines.at(-1) ?? '{}').checkpoint.counts;
}

test(
  `${failures} failing items and ${kills} kills: none is lost, none is applied twice, and the counts add up`,
  async () => {
    const half = Math.floor(kills / 2);
    for (let kill = 0; kill < half; kill += 1) {
      await victim('ingest', Math.floor((items * (kill + Math.random() * 0.9)) / half));
      const { read, failed, ingested } = checkpoint();
      expect(read).toBe(failed + ingested);
    }
    const report = await victim('ingest', null);
    expect(report).toMatchObject({ read: items, skipped: 0, letters: report['failed'] });
    expect(report['ingested']).toBe(Math.ceil(items / 11));
    expect(Number(report['failed']) + Number(report['ingested'])).toBe(items);

    const applied = Number(report['ingested']);
    for (let kill = 0; kill < kills - half; kill += 1) {
      const part = (kill + Math.random() * 0.9) / (kills - half);
      await victim('redrive', Math.floor(applied + (items - applied) * part));
    }
    // A key is applied once by the store; that an item has one key only is what its column `item` would refuse, as a dead letter.
    expect(await victim('redrive', null)).toEqual({ applied: items, letters: 0 });
    const table = new DatabaseSync(join(folder, 'applied.db'));
    const row = table
      .prepare('SELECT count(*) AS rows, count(DISTINCT item) AS items, max(item) AS last FROM applied')
      .get();
    table.close();
    expect(row).toEqual({ rows: items, items, last: items - 1 });
  },
  60_000 + kills * 30_000,
);
