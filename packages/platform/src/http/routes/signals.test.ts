import { readFileSync } from 'node:fs';
import { systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerSignalRoutes } from './signals.ts';

let world: RouteWorld;
beforeAll(async () => {
  world = await openRouteWorld({ clock: systemClock });
  await world.society.signals.start();
  registerSignalRoutes(world.app, {
    ...world.guard,
    signals: world.society.signals,
    documentBytesMax: 20_000,
  });
});
afterAll(async () => {
  await world.society.signals.stop();
  await world.stop();
});

const url = '/api/v1/signals';
const sample = (name: string): Buffer =>
  readFileSync(new URL(`../../../../../examples/threat-intel/${name}`, import.meta.url));
const ingest = (body: Buffer, role = 'member', query = ''): Promise<Answer> =>
  world.send(role, 'POST', `${url}/ingest${query}`, body, { 'content-type': 'application/octet-stream' });

describe('signals', () => {
  it('are ingested from a document, once, and listed by severity', async () => {
    const answer = await ingest(sample('stix-bundle.json'));
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ format: 'stix', read: 8, ingested: 5, skipped: 3, failed: 0 });
    expect((await ingest(sample('stix-bundle.json'))).status).toBe(200);
    const all = await world.send('viewer', 'GET', url);
    expect(all.body.items).toHaveLength(5);
    const critical = await world.send('viewer', 'GET', `${url}?severity=critical&limit=1`);
    expect(critical.body.items).toMatchObject([{ severity: 'critical', workspace_id: 'wsp_home' }]);
    const next = await world.send(
      'viewer',
      'GET',
      `${url}?severity=critical&limit=1&cursor=${critical.body.next_cursor}`,
    );
    expect(next.body.items).toHaveLength(1);
    expect(next.body.next_cursor).toBeNull();
    expect(next.body.items[0].id).not.toBe(critical.body.items[0].id);
    expect((await world.send('outsider', 'GET', url)).body.items).toEqual([]);
  });

  it('are read from any media type, because only the document says what it is', async () => {
    const body = sample('known-exploited.json');
    const answer = await world.send('member', 'POST', `${url}/ingest?format=kev`, body, {
      'content-type': 'application/json',
    });
    expect(answer.body).toMatchObject({ format: 'kev', ingested: 3 });
  });

  it('are not ingested by viewers and strangers, nor from a document of another kind or that is too large', async () => {
    expect((await ingest(sample('stix-bundle.json'), 'viewer')).status).toBe(403);
    expect((await world.send(null, 'GET', url)).status).toBe(401);
    expect((await ingest(Buffer.from('{"things":[]}'))).body.error.code).toBe('malformed_input');
    expect((await ingest(Buffer.from(''))).status).toBe(400);
    expect((await ingest(Buffer.alloc(30_000, ' '))).body.error.code).toBe('document_too_large');
    expect((await world.send('viewer', 'GET', `${url}?since=yesterday`)).status).toBe(422);
  });
});
