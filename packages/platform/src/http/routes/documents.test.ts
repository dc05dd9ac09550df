import { documentBytesMax } from '@raptorflow/contract';
import { systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { formData } from '../testing/form-data.ts';
import { openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerDocumentRoutes } from './documents.ts';

let world: RouteWorld;
beforeAll(async () => {
  world = await openRouteWorld({ clock: systemClock });
  registerDocumentRoutes(world.app, { ...world.guard, documents: world.documents });
});
afterAll(() => world.stop());

const url = '/api/v1/documents';
const create = (body: object): Promise<Answer> => world.send('member', 'POST', url, body);
const upload = (parts: Parameters<typeof formData>[0]): Promise<Answer> => {
  const form = formData(parts);
  return world.send('member', 'POST', `${url}/upload`, form.payload, form.headers);
};
const titles = async (): Promise<string[]> =>
  (await world.send('viewer', 'GET', `${url}?limit=200`)).body.items.map(
    (item: { title: string }) => item.title,
  );

describe('documents', () => {
  it('are stored once, read whole, and belong to who stored them', async () => {
    const body = { title: 'Notes', text: '# Lantern\n\nA Lantern costs $49. Ä.' };
    const first = await create(body);
    expect(first.status).toBe(201);
    expect(first.body).toMatchObject({
      title: 'Notes',
      media_type: 'text/markdown',
      character_count: body.text.length,
      size_bytes: Buffer.byteLength(body.text),
      created_by: 'usr_member',
      workspace_id: 'wsp_home',
    });
    expect(first.body).not.toHaveProperty('text');
    expect((await create(body)).body.id).toBe(first.body.id);
    const read = await world.send('viewer', 'GET', `${url}/${first.body.id}`);
    expect(read.body).toEqual({ ...first.body, text: body.text });
  });

  it('are listed in pages, newest first', async () => {
    for (const title of ['One', 'Two', 'Three']) await create({ title, text: `About ${title}.` });
    const page = await world.send('viewer', 'GET', `${url}?limit=2`);
    expect(page.body.items).toHaveLength(2);
    expect(page.body.items[0].title).toBe('Three');
    const next = await world.send('viewer', 'GET', `${url}?limit=2&cursor=${page.body.next_cursor}`);
    expect(next.body.items[0].title).toBe('One');
    expect(next.body.total).toBe(4);
    expect((await world.send('viewer', 'GET', `${url}?cursor=nonsense`)).status).toBe(422);
  });

  it('of another workspace are not found, neither to read nor to delete', async () => {
    const { id } = (await create({ title: 'Secret', text: 'Ours.' })).body;
    expect((await world.send('outsider', 'GET', `${url}/${id}`)).status).toBe(404);
    expect((await world.send('outsider', 'DELETE', `${url}/${id}`)).status).toBe(404);
    expect((await world.send('outsider', 'GET', url)).body.items).toEqual([]);
    expect((await world.send('viewer', 'DELETE', `${url}/${id}`)).status).toBe(403);
    expect((await world.send('member', 'DELETE', `${url}/${id}`)).body).toEqual({ deleted: true });
    expect((await world.send('member', 'GET', `${url}/${id}`)).status).toBe(404);
  });

  it('that are no text, contradict their type or are too large are refused, and nothing is stored', async () => {
    const before = await titles();
    const binary = await create({ title: 'Zeros', text: 'a\u0000b', media_type: 'text/plain' });
    expect([binary.status, binary.body.error.code]).toEqual([422, 'document_unsupported']);
    expect((await create({ title: 'No table', text: 'plain words', media_type: 'text/csv' })).status).toBe(
      422,
    );
    expect((await create({ title: 'PDF', text: 'x', media_type: 'application/pdf' })).status).toBe(422);
    const long = await create({ title: 'Long', text: 'x'.repeat(documentBytesMax + 1) });
    expect([long.status, long.body.error.code]).toEqual([413, 'document_too_large']);
    expect(long.body.error.message).toContain('Split it');
    const huge = await create({ title: 'Huge', text: 'x'.repeat(2 * documentBytesMax) });
    expect(huge.status).toBe(413);
    expect(await titles()).toEqual(before);
  });

  it('with an id that is no id are refused before anything is looked up', async () => {
    expect(
      (await world.send('viewer', 'GET', `${url}/${encodeURIComponent('../../etc/passwd')}`)).status,
    ).toBe(422);
  });
});

describe('an upload', () => {
  it('stores each file under its own name, its kind told by its ending', async () => {
    const answer = await upload([
      {
        field: 'file',
        fileName: 'pricing.csv',
        type: 'application/octet-stream',
        content: 'plan,price\nSolo,9',
      },
      { field: 'file', fileName: 'notes.md', content: Buffer.from('\uFEFF# Notes') },
      {
        field: 'file',
        fileName: 'page',
        type: 'application/octet-stream',
        content: '<!doctype html><p>Hi</p>',
      },
    ]);
    expect(answer.status).toBe(201);
    expect(
      answer.body.items.map((item: Record<string, unknown>) => [item['title'], item['media_type']]),
    ).toEqual([
      ['pricing', 'text/csv'],
      ['notes', 'text/markdown'],
      ['page', 'text/html'],
    ]);
  });

  it('takes nothing of a path that a file name pretends to have', async () => {
    const answer = await upload([
      { field: 'file', fileName: '../../../etc/cron.d/evil.md', content: 'x' },
      { field: 'file', fileName: String.raw`C:\windows\system32\worse.txt`, content: 'y' },
    ]);
    expect(answer.body.items.map((item: { title: string }) => item.title)).toEqual(['evil', 'worse']);
  });

  it('with one file that cannot be read stores none', async () => {
    const before = await titles();
    const answer = await upload([
      { field: 'file', fileName: 'good.md', content: 'fine' },
      { field: 'file', fileName: 'picture.md', content: Buffer.from([0x89, 0x50, 0x4e, 0x47, 1, 2, 3]) },
    ]);
    expect([answer.status, answer.body.error.code]).toEqual([422, 'document_unsupported']);
    expect(await titles()).toEqual(before);
  });

  it('with a file, or a whole, that is too large is 413 and stores nothing', async () => {
    const before = await titles();
    const file = await upload([
      { field: 'file', fileName: 'small.md', content: 'fine' },
      { field: 'file', fileName: 'large.md', content: Buffer.alloc(documentBytesMax + 10, 'x') },
    ]);
    expect([file.status, file.body.error.code]).toEqual([413, 'document_too_large']);
    expect(file.body.error.message).toContain('large.md');
    const part = Buffer.alloc(documentBytesMax - 100, 'x');
    const whole = await upload(
      [1, 2, 3, 4, 5].map((index) => ({ field: 'file', fileName: `${index}.md`, content: part })),
    );
    expect(whole.status).toBe(413);
    expect(await titles()).toEqual(before);
  });

  it('that is no form, has no file or names its field otherwise says what to send', async () => {
    const json = await world.send('member', 'POST', `${url}/upload`, { file: 'x' });
    expect([json.status, json.body.error.message]).toEqual([
      422,
      expect.stringContaining('multipart/form-data'),
    ]);
    const empty = await upload([]);
    expect(empty.status).toBeGreaterThanOrEqual(400);
    const other = await upload([{ field: 'upload', fileName: 'a.md', content: 'x' }]);
    expect([other.status, other.body.error.message]).toEqual([422, expect.stringContaining('"file"')]);
  });

  it('of a viewer or a stranger is not read', async () => {
    const form = formData([{ field: 'file', fileName: 'a.md', content: 'x' }]);
    const as = async (role: 'viewer' | null): Promise<number> =>
      (await world.send(role, 'POST', `${url}/upload`, form.payload, form.headers)).status;
    expect(await as('viewer')).toBe(403);
    expect(await as(null)).toBe(401);
  });
});
