import { createReadStream, readFileSync } from 'node:fs';
import type { OpenDatabase } from '@raptorflow/runtime/testing';
import { createBus, sqliteEngine, type Bus } from 'raptorflow/bus';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { busCheckpoints, pipelineChannels, type OpenBytes } from 'raptorflow/pipeline';
import { afterEach, describe, expect, test } from 'vitest';
import { createSignals, type Signals } from '../signals.ts';
import { signalMigrations, signalTables } from '../tables.ts';

const sample = (name: string): URL =>
  new URL(`../../../../../examples/threat-intel/${name}`, import.meta.url);
const file =
  (name: string): OpenBytes =>
  () =>
    createReadStream(sample(name));
const text = (content: string): OpenBytes =>
  async function* open() {
    yield Buffer.from(content);
  };

/** What signals promise, whatever the database. */
export function signalsSuite(open: OpenDatabase): void {
  const begun: { signals: Signals; bus: Bus }[] = [];
  const clock = createFakeClock();
  const setUp = async (): Promise<{ signals: Signals; bus: Bus }> => {
    const db = await open({ tables: [signalTables], migrations: [signalMigrations] });
    const bus = createBus({ engine: sqliteEngine({ path: ':memory:' }), channels: pipelineChannels });
    await bus.start();
    const signals = createSignals({ db, bus, clock });
    await signals.start();
    begun.push({ signals, bus });
    return { signals, bus };
  };
  afterEach(async () => {
    for (const { signals, bus } of begun.splice(0)) {
      await signals.stop();
      await bus.stop();
    }
  });

  describe('signals', () => {
    test('are made of a STIX bundle, once, with severities of its own fields and the rest skipped with reasons', async () => {
      const { signals } = await setUp();
      const document = { format: null, open: file('stix-bundle.json') };
      const report = await signals.ingest('w1', document);
      expect(report).toMatchObject({ format: 'stix', read: 8, ingested: 5, skipped: 3, failed: 0 });
      expect(report.skips).toEqual({
        'identity objects are no signals': 1,
        'relationship objects are no signals': 1,
        'revoked by its publisher': 1,
      });
      await signals.ingest('w1', document);
      const { items, nextCursor } = await signals.list('w1', { limit: 50 });
      expect(nextCursor).toBeNull();
      const told = items.map(({ title, severity, severityBasis, industry }) => [
        title,
        severity,
        severityBasis,
        industry,
      ]);
      expect(told.toSorted((a, b) => ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1))).toEqual([
        ['CVE-2026-10001', 'critical', 'cvss', null],
        ['Examplelock', 'critical', 'field', 'healthcare'],
        ['Login page that imitates a bank', 'high', 'field', 'financial-services'],
        ['Quarterly update of the example desk', 'low', 'words', null],
        ['Spear phishing', 'medium', 'field', 'energy'],
      ]);
    });

    test('are made of the catalogue of known exploited vulnerabilities', async () => {
      const { signals } = await setUp();
      const report = await signals.ingest('w1', { format: null, open: file('known-exploited.json') });
      expect(report).toMatchObject({ format: 'kev', read: 3, ingested: 3 });
      const { items } = await signals.list('w1', { limit: 50, severity: 'critical' });
      expect(items.map(({ reference }) => reference).toSorted()).toEqual([
        'CVE-2025-20002',
        'CVE-2026-10001',
      ]);
      const gateway = items.find(({ reference }) => reference === 'CVE-2026-10001');
      expect(gateway).toMatchObject({
        source: 'kev',
        published: '2026-03-02T00:00:00.000Z',
        url: 'https://example.com/security/10001',
        tags: ['known-exploited', 'cve-2026-10001', 'example', 'gateway', 'cwe-77'],
      });
      expect(gateway?.id).toMatch(/^sig_[0-9a-f]{64}$/);
    });

    test('belong to their workspace, and the same item is one signal in each', async () => {
      const { signals } = await setUp();
      for (const workspace of ['w1', 'w2']) {
        await signals.ingest(workspace, { format: 'kev', open: file('known-exploited.json') });
      }
      const [ours, theirs] = await Promise.all(
        ['w1', 'w2'].map((workspace) => signals.list(workspace, { limit: 9 })),
      );
      expect(ours?.items.map(({ id }) => id)).toEqual(theirs?.items.map(({ id }) => id));
      expect((await signals.list('w3', { limit: 9 })).items).toEqual([]);
    });

    test('are listed in pages, newest first, each once', async () => {
      const { signals } = await setUp();
      await signals.ingest('w1', { format: null, open: file('stix-bundle.json') });
      await clock.advance(1_000);
      await signals.ingest('w1', { format: null, open: file('known-exploited.json') });
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await signals.list('w1', { limit: 3, cursor });
        seen.push(...page.items.map(({ source }) => source));
        cursor = page.nextCursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toHaveLength(8);
      expect(seen.slice(0, 3)).toEqual(['kev', 'kev', 'kev']);
      await expect(signals.list('w1', { limit: 3, cursor: 'nonsense' })).rejects.toMatchObject({
        code: 'invalid_input',
      });
    });

    test('are gone when their time is over, the less severe first', async () => {
      const { signals } = await setUp();
      await signals.ingest('w1', { format: null, open: file('stix-bundle.json') });
      await clock.advance(100 * 86_400_000);
      await signals.ingest('w1', { format: 'kev', open: text('{"vulnerabilities":[]}') });
      const { items } = await signals.list('w1', { limit: 50 });
      expect(items.map(({ severity }) => severity).toSorted()).toEqual(['critical', 'critical', 'high']);
    });

    test('of items that fail are dead letters in the workspace, and the others are stored', async () => {
      const { signals, bus } = await setUp();
      const catalogue = JSON.parse(readFileSync(sample('known-exploited.json'), 'utf8')) as {
        vulnerabilities: object[];
      };
      const [first, second] = catalogue.vulnerabilities;
      const items = [first, { cveID: 'unknown' }, second].map((item) => JSON.stringify(item)).join(',');
      const report = await signals.ingest('w1', {
        format: null,
        open: text(`{"vulnerabilities":[${items},{oops}]}`),
      });
      expect(report).toMatchObject({
        read: 4,
        ingested: 2,
        failed: 2,
        failures: { read: 1, convert: 1, store: 0 },
      });
      await expect
        .poll(
          async () => (await bus.deadLetters.list({ channel: 'pipeline.failed', workspaceId: 'w1' })).total,
        )
        .toBe(2);
    });

    test('of a document that was cut off go on behind what had ended, and count each item once', async () => {
      const { signals, bus } = await setUp();
      const items = Array.from({ length: 250 }, (_, n) =>
        // The third of every ten is known by nothing.
        n % 10 === 3 ? { type: 'tool', n } : { type: 'tool', id: `tool--${n}`, name: `Tool ${n}` },
      );
      const whole = JSON.stringify({ type: 'bundle', objects: items });
      const name = 'hash-of-it';
      const cut = async function* open(): AsyncGenerator<Uint8Array> {
        yield Buffer.from(whole.slice(0, whole.indexOf('tool--212')));
        throw new TypeError('connection lost');
      };
      await expect(signals.ingest('w1', { format: null, name, open: cut })).rejects.toMatchObject({
        code: 'unavailable',
      });
      const report = await signals.ingest('w1', { format: null, name, open: text(whole) });
      expect(report).toMatchObject({ read: 250, ingested: 225, failed: 25, format: 'stix' });
      expect(report.resumedAt).toBeGreaterThan(200);
      const letters = async (): Promise<number> =>
        (await bus.deadLetters.list({ channel: 'pipeline.failed' })).total;
      await expect.poll(letters).toBe(25);
      expect((await signals.list('w1', { limit: 500 })).items).toHaveLength(225);
      // Once it has come to its end, it is a document like any other.
      const third = await signals.ingest('w1', { format: null, name, open: text(whole) });
      expect(third).toMatchObject({ read: 250, resumedAt: 0 });
    });

    test('of a document that had ended before anybody was told are told of, and nothing is done again', async () => {
      const { signals, bus } = await setUp();
      const whole = JSON.stringify({ vulnerabilities: [{ cveID: 'unknown' }] });
      const counts = {
        read: 1,
        ingested: 0,
        converted: 0,
        skipped: 0,
        failed: 1,
        failures: { read: 0, convert: 1, store: 0 },
        skips: {},
      };
      await busCheckpoints(bus).save({ id: 'w1:known', startedAt: 1, finishedAt: 2, counts });
      const report = await signals.ingest('w1', { format: null, name: 'known', open: text(whole) });
      expect(report).toMatchObject({ format: 'kev', read: 1, failed: 1 });
      expect((await bus.deadLetters.list()).total).toBe(0);
    });

    test('of a document of neither format are refused', async () => {
      const { signals } = await setUp();
      for (const document of ['{"things":[]}', 'no JSON', '']) {
        await expect(signals.ingest('w1', { format: null, open: text(document) })).rejects.toMatchObject({
          code: 'malformed_input',
        });
      }
    });
  });
}
