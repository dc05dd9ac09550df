import { systemClock } from 'raptorflow/kernel';
import { writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openRouteWorld } from '../testing/route-world.ts';
import { registerCampaignRoutes } from './campaigns.ts';

it('runs', async () => {
  const world = await openRouteWorld({ clock: systemClock });
  registerCampaignRoutes(world.app, {
    ...world.guard, campaigns: world.society.campaigns, documents: world.documents, agents: world.agents, costs: world.costs,
    dispatcher: world.dispatcher, identity: { getUser: async (id) => ({ id, email: null, displayName: 'Ada', operator: false }) as never },
    bus: world.bus, clock: systemClock });
  await world.society.start();
  const out: Record<string, unknown> = {};
  const samples = await world.send('viewer', 'GET', '/api/v1/campaigns/samples');
  out['samples'] = samples.body ?? samples.text;
  const t0 = Date.now();
  const started = await world.send('member', 'POST', '/api/v1/campaigns/samples/kilnwatch/run');
  out['started'] = started.body;
  const id = started.body.campaign_id;
  let polls = 0; let max = 0; let total = 0;
  for (;;) {
    const p0 = performance.now();
    const c = await world.send('viewer', 'GET', `/api/v1/campaigns/${id}`);
    const d = performance.now() - p0; max = Math.max(max, d); total += d; polls++;
    out['campaign'] = c.body;
    if (c.status !== 200 || ['completed', 'failed', 'awaiting_approval'].includes(c.body.status) || Date.now() - t0 > 60000) break;
    await new Promise((r) => setTimeout(r, 100));
  }
  out['ms'] = Date.now() - t0; out['polls'] = { polls, max, mean: total / polls };
  for (const [k, u] of Object.entries({ warBrief: 'war-brief', assets: 'assets', stages: 'stages', list: '..' })) {
    out[k] = (await world.send('viewer', 'GET', k === 'list' ? '/api/v1/campaigns' : `/api/v1/campaigns/${id}/${u}`)).body;
  }
  const p = await world.send('viewer', 'GET', `/api/v1/campaigns/${id}/package?format=html`);
  out['package'] = { status: p.status, headers: p.headers, length: p.text.length, head: p.text.slice(0, 300) };
  const lat=[]; for (let i=0;i<30;i++){const p0=performance.now(); await world.send('viewer','GET',`/api/v1/campaigns/${id}`); lat.push(performance.now()-p0);} console.log('idle', lat.map(Math.round).join(' '));
  const docs = await world.documents.list('wsp_home');
  out['suggestion'] = (await world.send('member', 'POST', '/api/v1/campaigns/brief-suggestion', { document_ids: docs.map((d) => d.id) })).body;
  out['sizes'] = Object.fromEntries(Object.entries(out).map(([k, v]) => [k, JSON.stringify(v).length]));
  writeFileSync('/tmp/helpers/campaign-out.json', JSON.stringify(out, null, 1));
  await world.stop();
  expect(1).toBe(1);
}, 120000);
