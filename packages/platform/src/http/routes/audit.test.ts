import { installationChain, verifyAuditExport, type AuditEntry } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerAgentRoutes } from './agents.ts';
import { registerAuditRoutes } from './audit.ts';
import { registerBusRoutes } from './bus.ts';

const clock = createFakeClock();
let world: RouteWorld;
let isAway = false;
beforeAll(async () => {
  world = await openRouteWorld({ clock });
  const { app, audit, agents, runs, bus, workOf } = world;
  const trail = {
    appendWithin: audit.appendWithin.bind(audit),
    append: (entry: AuditEntry) =>
      isAway
        ? Promise.reject(new RaptorFlowError('unavailable', 'The database is away.'))
        : audit.append(entry),
  };
  const guard = { ...world.guard, audit: trail };
  registerAuditRoutes(app, { ...guard, chains: audit, clock });
  registerAgentRoutes(app, { ...guard, agents, runs, clock });
  registerBusRoutes(app, { ...guard, bus, workOf, clock, startedAtMs: clock.now() });
});
afterAll(() => world.stop());

const url = '/api/v1/audit';
const change = (name: string): Promise<{ status: number }> =>
  world.send('admin', 'PATCH', '/api/v1/agents/RES-001', { name });

describe('the audit log over HTTP', () => {
  it('is for admins, and that of the installation for its operator', async () => {
    for (const path of ['', '/head', '/verify', '/export']) {
      expect((await world.send('member', 'GET', `${url}${path}`)).status).toBe(403);
      expect((await world.send('admin', 'GET', `${url}${path}`)).status).toBe(200);
      expect((await world.send('admin', 'GET', `${url}/installation${path}`)).status).toBe(403);
      expect((await world.send('operator', 'GET', `${url}/installation${path}`)).status).toBe(200);
    }
    const own = await world.send('outsider', 'GET', url);
    expect(own.body.items.every((row: { workspace_id: string }) => row.workspace_id !== home)).toBe(true);
  });

  it('tells what callers change: before, and how it ended', async () => {
    expect((await change('Scout')).status).toBe(200);
    const answer = await world.send('admin', 'GET', `${url}?action=agent.update`);
    const [outcome, intent] = answer.body.items;
    expect(intent).toMatchObject({
      workspace_id: home,
      phase: 'intent',
      actor: { kind: 'user', id: 'usr_admin' },
      target: { kind: 'agent', id: 'RES-001' },
      details: { changes: { name: 'Scout' } },
    });
    expect(outcome).toMatchObject({ phase: 'outcome', intent_id: intent.id, outcome: 'ok' });
    expect(outcome.correlation_id).toBe(intent.correlation_id);
    const refused = await world.send('admin', 'PATCH', '/api/v1/agents/NO-001', { name: 'X' });
    expect(refused.status).toBe(404);
    const [last] = (await world.send('admin', 'GET', `${url}?limit=1`)).body.items;
    expect(last).toMatchObject({ outcome: 'refused', details: { error: { code: 'not_found' } } });
  });

  it('stops a change that it cannot record', async () => {
    isAway = true;
    const { status } = await change('Unrecorded');
    isAway = false;
    expect(status).toBe(503);
    expect((await world.send('viewer', 'GET', '/api/v1/agents/RES-001')).body.name).toBe('Scout');
  });

  it('puts what reaches all workspaces into the chain of the installation', async () => {
    const everything = { reason: 'expired', all_workspaces: true };
    expect((await world.send('operator', 'POST', '/api/v1/bus/dlq/discard', everything)).status).toBe(200);
    expect((await world.send('admin', 'POST', '/api/v1/bus/dlq/redrive', { reason: 'expired' })).status).toBe(
      200,
    );
    const global = await world.send('operator', 'GET', `${url}/installation?action=dead_letter`);
    expect(global.body.items.map((row: { action: string }) => row.action)).toEqual([
      'dead_letter.discard',
      'dead_letter.discard',
    ]);
    expect(global.body.items[0]).toMatchObject({ actor: { kind: 'operator' }, details: { changed: 0 } });
    const own = await world.send('admin', 'GET', `${url}?action=dead_letter&phase=intent`);
    expect(own.body.items.map((row: { action: string }) => row.action)).toEqual(['dead_letter.redrive']);
  });

  it('is paged and filtered in the words of the wire', async () => {
    const first = await world.send('admin', 'GET', `${url}?limit=1&actor_id=usr_admin`);
    expect(first.body.items).toHaveLength(1);
    const next = await world.send(
      'admin',
      'GET',
      `${url}?limit=1&actor_id=usr_admin&cursor=${first.body.next_cursor}`,
    );
    expect(next.body.items[0].sequence).toBeLessThan(first.body.items[0].sequence);
    const later = new Date(clock.now() + 1).toISOString();
    expect((await world.send('admin', 'GET', `${url}?from=${later}`)).body.items).toEqual([]);
    expect((await world.send('admin', 'GET', `${url}?phase=sometimes`)).status).toBe(422);
  });

  it('verifies, also against a head that somebody has kept', async () => {
    const kept = (await world.send('admin', 'GET', `${url}/head`)).body;
    expect(kept.head).toMatchObject({ workspace_id: home, key_id: kept.signing_key_id });
    await change('Later');
    const found = await world.send(
      'admin',
      'GET',
      `${url}/verify?head=${encodeURIComponent(JSON.stringify(kept.head))}`,
    );
    expect(found.body).toMatchObject({ ok: true, problem: null, extends_sequence: kept.head.sequence });
    expect(found.body.rows).toBe(found.body.head.sequence);
    expect((await world.send('admin', 'GET', `${url}/verify?head=nonsense`)).status).toBe(400);
  });

  it('is taken away whole, and that stands in it', async () => {
    const answer = await world.send('admin', 'GET', `${url}/export`);
    expect(answer.headers['content-disposition']).toContain(`audit-${home}.jsonl`);
    const lines = answer.text.trim().split('\n');
    const found = await verifyAuditExport(async function* () {
      yield* lines;
    });
    expect(found).toMatchObject({ ok: true, workspaceId: home });
    const [row] = (await world.send('admin', 'GET', `${url}?action=audit.export`)).body.items;
    expect(row).toMatchObject({ target: { kind: 'chain', id: home } });
    expect((await world.audit.verify(installationChain)).ok).toBe(true);
  });
});
