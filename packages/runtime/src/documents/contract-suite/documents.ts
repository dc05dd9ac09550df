import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, test } from 'vitest';
import { fromJsonText, type Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createDocuments, type Documents, type DocumentsOptions } from '../document-store.ts';
import { documentMigrations, documentTables, type DocumentTables } from '../tables.ts';

interface Fixture {
  readonly documents: Documents;
  readonly clock: FakeClock;
  readonly db: Database;
}

interface EventTables {
  outbox: { seq: number; channel: string; draft: string };
}

/** What the documents promise, on any engine. */
export function documentsSuite(open: OpenDatabase): void {
  const setUp = async (options: DocumentsOptions = {}): Promise<Fixture> => {
    const clock = createFakeClock();
    const db = await open({ tables: [documentTables], migrations: [documentMigrations] }, { clock });
    return { documents: createDocuments(options, { db, clock }), clock, db };
  };

  describe('a document', () => {
    test('is stored whole, with its size, hash and owner', async () => {
      const { documents } = await setUp();
      const text = '# Preise\r\n\r\nAb 9 € – “fair” 🙂\n';
      const added = await documents.add('w1', {
        content: new TextEncoder().encode(text),
        fileName: 'notes/Preise.md',
        createdBy: 'usr_1',
      });
      expect(added).toMatchObject({
        workspaceId: 'w1',
        title: 'Preise',
        mediaType: 'text/markdown',
        sizeBytes: Buffer.byteLength(text),
        characterCount: text.length,
        createdBy: 'usr_1',
        createdAt: Date.UTC(2026, 0, 1),
      });
      expect(added.sha256).toMatch(/^[0-9a-f]{64}$/);
      expect(await documents.get('w1', added.id)).toEqual({ ...added, text });
    });

    test('is stored once, however often the same text comes under the same title', async () => {
      const { documents } = await setUp();
      const same = { content: 'The same words.', title: 'Notes' };
      const all = await Promise.all(Array.from({ length: 5 }, () => documents.add('w1', same)));
      expect(new Set(all.map((each) => each.id)).size).toBe(1);
      const other = await documents.add('w1', { ...same, title: 'Other notes' });
      const elsewhere = await documents.add('w2', same);
      expect(new Set([all[0]?.id, other.id, elsewhere.id]).size).toBe(3);
      expect(await documents.list('w1')).toHaveLength(2);
    });

    test('is told of when it is stored and when it is deleted, once each', async () => {
      const { documents, db } = await setUp();
      const same = { content: 'The same words.', title: 'Notes' };
      const { id } = await documents.add('w1', same);
      await documents.add('w1', same);
      await documents.delete('w1', id);
      await expect(documents.delete('w1', id)).rejects.toMatchObject({ code: 'not_found' });
      const rows = await db.system<EventTables>().selectFrom('outbox').selectAll().orderBy('seq').execute();
      expect(rows.map(({ channel, draft }) => [channel, fromJsonText(draft, (value) => value)])).toEqual([
        [
          'sys.state.update',
          expect.objectContaining({
            type: 'document.stored',
            workspaceId: 'w1',
            payload: { document_id: id, title: 'Notes' },
          }),
        ],
        [
          'sys.state.update',
          expect.objectContaining({ type: 'document.deleted', payload: { document_id: id } }),
        ],
      ]);
    });

    test('is refused when it is too large, of the wrong kind or one too many; then nothing is stored', async () => {
      const { documents } = await setUp({ documentBytesMax: 10, documentsPerWorkspaceMax: 1 });
      const large = documents.add('w1', { content: 'ä'.repeat(6) });
      await expect(large).rejects.toMatchObject({
        code: 'document_too_large',
        kind: 'refused',
        details: { bytes: 12, document_bytes_max: 10 },
      });
      const pdf = documents.add('w1', { content: '%PDF-1.7', mediaType: 'application/pdf' });
      await expect(pdf).rejects.toMatchObject({ code: 'document_unsupported' });
      expect(await documents.list('w1')).toEqual([]);
      await documents.add('w1', { content: 'one' });
      await expect(documents.add('w1', { content: 'two' })).rejects.toMatchObject({ code: 'exhausted' });
      expect(await documents.add('w1', { content: 'one' })).toMatchObject({ title: 'Untitled' });
    });

    test('is seen, read and deleted in its own workspace only', async () => {
      const { documents } = await setUp();
      const { id } = await documents.add('w1', { content: 'Ours.' });
      expect(await documents.list('w2')).toEqual([]);
      const attempts = [
        () => documents.get('w2', id),
        () => documents.delete('w2', id),
        () => documents.sources('w2', [id]),
        () => documents.attach('w2', 'cmp_1', [id]),
      ];
      for (const attempt of attempts) {
        await expect(attempt()).rejects.toMatchObject({ code: 'not_found', details: { document_ids: [id] } });
      }
      expect(await documents.get('w1', id)).toMatchObject({ text: 'Ours.' });
    });

    test('that is deleted is gone, from its campaigns too', async () => {
      const { documents, db } = await setUp();
      const kept = await documents.add('w1', { content: 'Kept.' });
      const gone = await documents.add('w1', { content: 'Gone.' });
      await documents.attach('w1', 'cmp_1', [kept.id, gone.id]);
      await documents.delete('w1', gone.id);
      await expect(documents.get('w1', gone.id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(documents.delete('w1', gone.id)).rejects.toMatchObject({ code: 'not_found' });
      expect(await documents.sourcesOfCampaign('w1', 'cmp_1')).toMatchObject([{ documentId: kept.id }]);
      const system = db.system<DocumentTables>();
      expect(await system.selectFrom('campaign_documents').selectAll().execute()).toHaveLength(1);
      expect(await system.selectFrom('documents').selectAll().execute()).toHaveLength(1);
    });
  });

  test('documents are listed newest first, without their text', async () => {
    const { documents, clock } = await setUp();
    for (const title of ['first', 'second', 'third']) {
      await documents.add('w1', { content: `Text of ${title}.`, title });
      await clock.advance(10);
    }
    const list = await documents.list('w1');
    expect(list.map((each) => each.title)).toEqual(['third', 'second', 'first']);
    expect(list.some((each) => 'text' in each)).toBe(false);
  });

  test('a campaign keeps its documents in the order in which they were attached, each once', async () => {
    const { documents } = await setUp();
    const ids: string[] = [];
    for (const title of ['a', 'b', 'c', 'd']) {
      ids.push((await documents.add('w1', { content: `Text of ${title}.`, title })).id);
    }
    const [a = '', b = '', c = '', d = ''] = ids;
    await documents.attach('w1', 'cmp_1', [c, a, c]);
    await documents.attach('w1', 'cmp_1', [a, b]);
    await documents.attach('w1', 'cmp_1', []);
    await documents.attach('w1', 'cmp_2', [d]);
    const titles = async (campaign: string): Promise<string[]> =>
      (await documents.sourcesOfCampaign('w1', campaign)).map((source) => source.title);
    expect(await titles('cmp_1')).toEqual(['c', 'a', 'b']);
    expect(await titles('cmp_2')).toEqual(['d']);
    expect(await titles('cmp_none')).toEqual([]);
    await expect(documents.attach('w1', 'cmp_2', [a, 'doc_none'])).rejects.toMatchObject({
      code: 'not_found',
      details: { document_ids: ['doc_none'] },
    });
    expect(await titles('cmp_2')).toEqual(['d']);
  });

  test('sources come in the order asked for, as research reads them', async () => {
    const { documents } = await setUp();
    const first = await documents.add('w1', { content: 'a,b\n1,2\n', fileName: 'prices.csv' });
    const second = await documents.add('w1', {
      content: '<p>Hello</p>',
      mediaType: 'text/html',
      title: 'Page',
    });
    expect(await documents.sources('w1', [second.id, first.id])).toEqual([
      { documentId: second.id, title: 'Page', mediaType: 'text/html', text: '<p>Hello</p>' },
      { documentId: first.id, title: 'prices', mediaType: 'text/csv', text: 'a,b\n1,2\n' },
    ]);
    expect(await documents.sources('w1', [])).toEqual([]);
  });
}
