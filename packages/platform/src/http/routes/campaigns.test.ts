import type { Citation } from '@raptorflow/contract';
import type { CampaignFolder } from '../../campaign-folder.ts';
import { systemClock } from 'raptorflow/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type Answer, type RouteWorld } from '../testing/route-world.ts';
import { registerCampaignRoutes } from './campaigns.ts';

const notes = [
  '# Lantern',
  '',
  'Lantern is a bicycle light for winter riders. It shines for 40 hours. In a test with 12 riders, glare fell by 60 percent.',
  'Spare parts are kept for ten years. A Lantern costs $49.',
  '',
  '## Campaign',
  '',
  'The budget for the campaign is $1,200. The campaign ends on 28 February 2027.',
].join('\n');
const talks = [
  '“Cars blinded me with glare every evening,” says Mira Holt, nurse.',
  'Glowworm costs $89 and shines for 30 hours.',
].join('\n');
const brief = {
  name: 'Lantern in "winter" ../../é',
  product: 'Lantern',
  positioning: 'The bicycle light that does not blind.',
  personas: [{ name: 'Mira', role: 'Nurse', pains: ['blinded by glare'] }],
  competitors: ['Glowworm'],
  channels: ['blog', 'x'],
  questions: ['What does a Lantern cost?', 'Who founded Glowworm?'],
  budget_usd: '1200.500000',
  deadline: '2027-02-28',
};
const sample: CampaignFolder = {
  name: 'lantern',
  brief: { name: 'Lantern sample', product: 'Lantern', positioning: 'A light.', channels: ['x'] },
  documents: [{ title: 'Notes', mediaType: 'text/markdown', text: notes }],
};

const url = '/api/v1/campaigns';
let world: RouteWorld;
let documentIds: string[];
beforeAll(async () => {
  world = await openRouteWorld({ clock: systemClock });
  registerCampaignRoutes(world.app, {
    ...world.guard,
    campaigns: world.society.campaigns,
    documents: world.documents,
    agents: world.agents,
    costs: world.costs,
    ledger: world.ledger,
    dispatcher: world.dispatcher,
    identity: {
      getUser: async (id) => ({ id, email: null, displayName: 'Ada Lovelace', operator: false }) as never,
    },
    bus: world.bus,
    clock: systemClock,
    samples: () => new Map([[sample.name, sample]]),
  });
  await world.society.start();
  documentIds = [];
  for (const [title, content] of [
    ['Notes', notes],
    ['Talks', talks],
  ] as const) {
    const mediaType = title === 'Notes' ? 'text/markdown' : 'text/plain';
    documentIds.push((await world.documents.add(home, { title, content, mediaType })).id);
  }
});
afterAll(() => world.stop());

const get = (path: string, role: 'viewer' | 'outsider' = 'viewer'): Promise<Answer> =>
  world.send(role, 'GET', `${url}${path}`);
const create = (body: object, role: 'member' | 'viewer' | 'outsider' = 'member'): Promise<Answer> =>
  world.send(role, 'POST', url, body);

/** Waits until the campaign is in a state; every change of one is announced on the bus. */
async function until(id: string, status: string): Promise<Answer['body']> {
  for (;;) {
    const changed = Promise.withResolvers<undefined>();
    const listening = await world.bus.subscribe('sys.state.update', (event) => {
      if (event.requestId === id) changed.resolve(undefined);
    });
    try {
      const { body } = await get(`/${id}`);
      if (body.status === status) return body;
      if (['failed', 'completed', 'rejected'].includes(body.status))
        expect([body.status, body.error]).toEqual([status, null]);
      await changed.promise;
    } finally {
      await listening.stop();
    }
  }
}

describe('starting a campaign', () => {
  it('refuses a brief that is malformed, and documents that are not there, and starts nothing', async () => {
    const { product: _product, ...nameless } = brief;
    const statuses = [
      await create({ brief: nameless, document_ids: documentIds }),
      await create({ brief: { ...brief, prodct: 'x' }, document_ids: documentIds }),
      await create({ brief: { ...brief, channels: ['fax'] }, document_ids: documentIds }),
      await create({ brief: { ...brief, budget_usd: '12' }, document_ids: documentIds }),
      await create({ brief, document_ids: [] }),
      await create({ brief, document_ids: [...documentIds, 'doc_missing'] }),
      await create({ brief, document_ids: documentIds }, 'outsider'),
      await create({ brief, document_ids: documentIds }, 'viewer'),
    ].map((answer) => answer.status);
    expect(statuses).toEqual([422, 422, 422, 422, 422, 404, 404, 403]);
    expect((await get('')).body).toEqual({ items: [], next_cursor: null, total: 0 });
    expect((await get('?cursor=zzz')).status).toBe(422);
  });

  it('offers the samples, and runs one with its documents', async () => {
    const { body } = await get('/samples');
    expect(body.items).toMatchObject([
      {
        name: 'lantern',
        title: 'Lantern sample',
        brief: { channels: ['x'], approval: 'manual', language: 'en' },
        documents: [{ title: 'Notes', media_type: 'text/markdown', size_bytes: Buffer.byteLength(notes) }],
      },
    ]);
    const missing = await world.send('member', 'POST', `${url}/samples/kiln/run`);
    expect([missing.status, missing.body.error.message]).toEqual([404, expect.stringContaining('lantern')]);
    const traversal = `${url}/samples/${encodeURIComponent('../lantern')}/run`;
    expect((await world.send('member', 'POST', traversal)).status).toBe(422);
    const started = await world.send('member', 'POST', `${url}/samples/lantern/run`);
    expect(started.status).toBe(202);
    const waiting = await until(started.body.campaign_id, 'awaiting_approval');
    expect(waiting).toMatchObject({ sample: 'lantern', document_count: 1, documents: [{ title: 'Notes' }] });
  });
});

describe('a campaign', () => {
  let id: string;
  let started: Answer;
  let waiting: Answer['body'];
  beforeAll(async () => {
    started = await create({ brief, document_ids: documentIds });
    id = started.body.campaign_id;
    waiting = await until(id, 'awaiting_approval');
  });

  it('is answered with its id and the event that starts it', () => {
    expect(started.status).toBe(202);
    expect(started.body).toEqual({
      campaign_id: expect.stringMatching(/^cmp_/),
      event_id: expect.stringMatching(/^evt_/),
      status: 'research_queued',
    });
  });

  it('shows its brief, stages with agents, plan and figures', async () => {
    expect(waiting).toMatchObject({
      name: brief.name,
      brief: { ...brief, approval: 'manual', language: 'en' },
      current_stage: 'approval',
      stages_done: 5,
      stages_total: 7,
      model: 'offline',
      cost_usd: '0.000000',
      approval: null,
      package_ready: false,
      plan: { ends_on: '2027-02-28', budget: { total_usd: '1200.000000' } },
    });
    const [research] = waiting.stages;
    expect(research).toMatchObject({ name: 'research', status: 'completed', error: null });
    expect(research.progress.done).toBe(research.progress.total);
    expect(research.agents[0]).toMatchObject({
      code: 'RES-001',
      name: 'Competitor Spy',
      status: 'completed',
    });
    expect(waiting.counts.runs).toBeGreaterThan(5);
    expect(waiting.counts.events).toBeGreaterThan(10);
    expect(waiting.first_finding_ms).toBeGreaterThan(0);
    const { body } = await get(`/${id}/stages`);
    expect(body.items).toEqual(waiting.stages);
    const listed = (await get('?status=awaiting_approval&limit=1')).body;
    expect(listed.items).toMatchObject([{ id, current_stage: 'approval' }]);
    expect(listed.total).toBe(2);
  });

  it('has a war brief in which every quote stands in its document', async () => {
    const { body } = await get(`/${id}/war-brief`);
    const texts: Record<string, string> = { [documentIds[0] ?? '']: notes, [documentIds[1] ?? '']: talks };
    const sentences = body.sections.flatMap((section: { sentences: object[] }) => section.sentences);
    const citations = [...body.facts, ...sentences].flatMap(
      (row: { citations: Citation[] }) => row.citations,
    );
    expect(citations.length).toBeGreaterThan(10);
    for (const { document_id: documentId, start, end, quote } of citations) {
      expect(texts[documentId]?.slice(start, end)).toBe(quote);
    }
    for (const sentence of sentences) {
      expect(sentence.kind === 'gap').toBe(sentence.citations.length === 0);
    }
    expect(body.facts).toContainEqual(expect.objectContaining({ subject: 'Lantern', value: '$49' }));
    expect(body.unanswered).toContainEqual(expect.objectContaining({ question: 'Who founded Glowworm?' }));
    expect(body.sources.map((source: { title: string }) => source.title)).toEqual(['Notes', 'Talks']);
  });

  it('has assets with verdicts on each variant and the debate that led there', async () => {
    const { body } = await get(`/${id}/assets`);
    expect(body.items.map((asset: { channel: string }) => asset.channel)).toEqual(['blog', 'x']);
    for (const asset of body.items) {
      expect(asset).toMatchObject({ campaign_id: id, status: 'checked', model: 'offline' });
      const variants = asset.variants.map((variant: { id: string }) => variant.id);
      expect(asset.verdicts.map((verdict: { variant_id: string }) => verdict.variant_id)).toEqual(variants);
      for (const variant of asset.variants) {
        const rounds = asset.debate.filter(
          (round: { variant_id: string }) => round.variant_id === variant.id,
        );
        expect(rounds.at(-1).text).toBe(variant.text);
        expect(rounds.at(-1).outcome).not.toBe('revised');
        expect(rounds[0].panel.map((voice: { score: unknown }) => voice.score)).toEqual([null, null, null]);
      }
    }
    const guardian = body.items[1].verdicts[0];
    expect(guardian).toMatchObject({ guardian_code: 'GRD-TW' });
    expect(guardian.guardian_name).not.toBe('GRD-TW');
    expect(Date.parse(guardian.checked_at)).toBeGreaterThan(Date.parse(waiting.created_at));
  });

  it('of another workspace is not found, whatever is asked of it', async () => {
    for (const path of ['', '/stages', '/war-brief', '/assets', '/package']) {
      expect((await get(`/${id}${path}`, 'outsider')).status).toBe(404);
    }
    expect((await world.send('outsider', 'POST', `${url}/${id}/approve`, {})).status).toBe(404);
    expect((await get('', 'outsider')).body.items).toEqual([]);
  });

  it('is packed after its approval, under a file name that is safe everywhere', async () => {
    expect((await get(`/${id}/package`)).status).toBe(404);
    expect((await world.send('member', 'POST', `${url}/${id}/approve`, {})).status).toBe(403);
    const approved = await world.send('admin', 'POST', `${url}/${id}/approve`, { note: 'Good.' });
    expect(approved.body.approval).toMatchObject({ decision: 'approved', by: 'Ada Lovelace', note: 'Good.' });
    const done = await until(id, 'completed');
    expect(done).toMatchObject({ package_ready: true, current_stage: null, stages_done: 7 });
    const markdown = await get(`/${id}/package`);
    expect(markdown.headers['content-type']).toBe('text/markdown; charset=utf-8');
    expect(markdown.headers['content-disposition']).toBe('attachment; filename="lantern-in-winter-e.md"');
    expect(markdown.text).toContain('Lantern');
    const html = await get(`/${id}/package?format=html&workspace_id=${home}`);
    expect(html.headers['content-security-policy']).toMatch(/^sandbox; default-src 'none'/);
    expect(html.headers['content-disposition']).toBe('attachment; filename="lantern-in-winter-e.html"');
    expect(html.text).toMatch(/^<!doctype html>/i);
    const again = await world.send('admin', 'POST', `${url}/${id}/approve`, {});
    expect([again.status, again.body.error.code]).toEqual([409, 'conflict']);
  });

  it('that is rejected makes no package, and a rejection says why', async () => {
    const started = await create({ brief: { ...brief, channels: ['x'] }, document_ids: documentIds });
    const other = started.body.campaign_id;
    expect((await get(`/${other}/war-brief`)).status).toBe(404);
    await until(other, 'awaiting_approval');
    expect((await world.send('admin', 'POST', `${url}/${other}/reject`, {})).status).toBe(422);
    const rejected = await world.send('admin', 'POST', `${url}/${other}/reject`, { note: 'Too loud.' });
    expect(rejected.body).toMatchObject({
      status: 'rejected',
      approval: { decision: 'rejected', note: 'Too loud.' },
    });
    expect((await get(`/${other}/package`)).status).toBe(404);
  });
});

describe('a suggested brief', () => {
  const suggest = (ids: string[], role: 'member' | 'outsider' = 'member'): Promise<Answer> =>
    world.send(role, 'POST', `${url}/brief-suggestion`, { document_ids: ids });

  it('holds what the documents say, quoted, and names what they do not', async () => {
    const before = (await get('')).body.total;
    const { status, body } = await suggest(documentIds);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      model: 'offline',
      brief: { product: 'Lantern', budget_usd: '1200.000000', deadline: '2027-02-28' },
    });
    for (const finding of body.findings) {
      const [{ document_id: documentId, start, end, quote }] = finding.citations;
      expect((documentId === documentIds[0] ? notes : talks).slice(start, end)).toBe(quote);
    }
    expect(body.unanswered.map((open: { field: string }) => open.field)).toContain('goals');
    expect((await get('')).body.total).toBe(before);
  });

  it('is made from documents of the own workspace only', async () => {
    expect((await suggest(documentIds, 'outsider')).status).toBe(404);
    expect((await suggest([])).status).toBe(422);
  });
});
