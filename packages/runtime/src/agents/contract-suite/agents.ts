import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { describe, expect, test } from 'vitest';
import type { Database } from '../../db/index.ts';
import type { OpenDatabase } from '../../testing/index.ts';
import { createAgents, type AgentRegistryOptions, type Agents } from '../agent-registry.ts';
import type { AgentSpec } from '../agent-spec.ts';
import { livenessOf } from '../agent.ts';
import { agentMigrations, agentTables, type AgentTables } from '../tables.ts';

const spec = (code: string, changes: Partial<AgentSpec> = {}): AgentSpec => ({
  code,
  slug: code.toLowerCase(),
  name: `Agent ${code}`,
  description: 'Does one thing.',
  guild: 'research',
  kind: 'research',
  systemPrompt: 'You do one thing.',
  capabilities: ['do_one_thing'],
  config: { depth: 1, sources: ['documents'] },
  ...changes,
});
const roster = ['RES-001', 'RES-002', 'MUS-001'].map((code) => spec(code));

interface Fixture {
  readonly agents: Agents;
  readonly clock: FakeClock;
  readonly db: Database;
}

/** What the registry promises, on any engine. */
export function agentsSuite(open: OpenDatabase): void {
  const setUp = async (options: AgentRegistryOptions = {}): Promise<Fixture> => {
    const clock = createFakeClock();
    const db = await open({ tables: [agentTables], migrations: [agentMigrations] }, { clock });
    return { agents: createAgents(options, { db, clock }), clock, db };
  };

  describe('seeding a roster', () => {
    test('inserts it once, with the defaults, and finds nothing to do the second time', async () => {
      const { agents, clock } = await setUp();
      expect(await agents.seedAgents('w1', roster)).toEqual({ inserted: 3, updated: 0, unchanged: 0 });
      await clock.advance(1_000);
      expect(await agents.seedAgents('w1', roster)).toEqual({ inserted: 0, updated: 0, unchanged: 3 });
      const list = await agents.list('w1');
      expect(list.map((agent) => agent.code)).toEqual(['MUS-001', 'RES-001', 'RES-002']);
      expect(list[1]).toMatchObject({
        ...roster[0],
        workspaceId: 'w1',
        modelAlias: 'standard',
        temperature: 0.7,
        maxOutputTokens: 4_096,
        tools: [],
        status: 'active',
        fromRoster: true,
        editedFields: [],
        lastSeenAt: null,
        createdAt: Date.UTC(2026, 0, 1),
        updatedAt: Date.UTC(2026, 0, 1),
      });
    });

    test('inserts nothing twice when several do it at the same moment', async () => {
      const { agents } = await setUp();
      const reports = await Promise.all(Array.from({ length: 5 }, () => agents.seedAgents('w1', roster)));
      expect(reports.reduce((sum, report) => sum + report.inserted, 0)).toBe(3);
      expect(await agents.list('w1')).toHaveLength(3);
    });

    test('inserts only the agents that are missing', async () => {
      const { agents } = await setUp();
      await agents.seedAgents('w1', roster.slice(0, 2));
      expect(await agents.seedAgents('w1', roster)).toEqual({ inserted: 1, updated: 0, unchanged: 2 });
    });

    test('updates the fields that nobody has changed, and keeps those that a person has', async () => {
      const { agents } = await setUp();
      await agents.seedAgents('w1', roster);
      await agents.update('w1', 'RES-001', { systemPrompt: 'Mine.', status: 'paused' });
      const newer = roster.map((each) => ({
        ...each,
        name: `${each.name}, revised`,
        systemPrompt: 'Theirs.',
        temperature: 0.2,
        guild: 'council',
      }));
      expect(await agents.seedAgents('w1', newer)).toEqual({ inserted: 0, updated: 3, unchanged: 0 });
      expect(await agents.get('w1', 'RES-001')).toMatchObject({
        name: 'Agent RES-001, revised',
        systemPrompt: 'Mine.',
        temperature: 0.2,
        guild: 'council',
        status: 'paused',
        editedFields: ['systemPrompt', 'status'],
      });
      expect(await agents.get('w1', 'RES-002')).toMatchObject({ systemPrompt: 'Theirs.', status: 'active' });
      expect(await agents.seedAgents('w1', newer)).toMatchObject({ updated: 0 });
    });

    test('and editing at the same moment never lose the person’s change', async () => {
      const { agents } = await setUp();
      await agents.seedAgents('w1', roster);
      for (let round = 0; round < 5; round += 1) {
        const newer = roster.map((each) => ({ ...each, systemPrompt: `Theirs ${round}`, name: `N${round}` }));
        await Promise.all([
          agents.seedAgents('w1', newer),
          agents.update('w1', 'RES-001', { systemPrompt: `Mine ${round}` }),
        ]);
        expect(await agents.get('w1', 'RES-001')).toMatchObject({ systemPrompt: `Mine ${round}` });
      }
    });

    test('leaves a user’s own agent alone, also one with the roster’s code or slug', async () => {
      const { agents } = await setUp();
      await agents.create('w1', spec('RES-001', { slug: 'mine', name: 'Mine', kind: 'custom' }));
      await agents.create('w1', spec('OWN-001', { slug: 'res-002', name: 'Also mine', kind: 'custom' }));
      await agents.seedAgents('w1', roster);
      expect(await agents.get('w1', 'RES-001')).toMatchObject({ name: 'Mine', fromRoster: false });
      expect(await agents.get('w1', 'res-002')).toMatchObject({ code: 'OWN-001' });
      expect(await agents.get('w1', 'RES-002')).toMatchObject({ slug: 'res-002-res-002', fromRoster: true });
    });

    test('refuses a roster that breaks the rules, and stores nothing of it', async () => {
      const { agents } = await setUp();
      const broken = [
        [...roster, spec('RES-001')],
        [...roster, spec('RES-009', { slug: 'res-001' })],
        [...roster, spec('nonsense')],
        [...roster, spec('RES-009', { temperature: 3 })],
        [...roster, spec('RES-009', { systemPrompt: 'a\0b' })],
      ];
      for (const each of broken) {
        await expect(agents.seedAgents('w1', each)).rejects.toMatchObject({ code: 'invalid_input' });
      }
      expect(await agents.list('w1')).toEqual([]);
    });
  });

  describe('an agent', () => {
    test('is found by id, code or slug, in its own workspace only', async () => {
      const { agents } = await setUp();
      await agents.seedAgents('w1', roster);
      await agents.seedAgents('w2', roster);
      const agent = await agents.get('w1', 'RES-001');
      expect(await agents.get('w1', agent.id)).toEqual(agent);
      expect(await agents.get('w1', agent.slug)).toEqual(agent);
      await expect(agents.get('w2', agent.id)).rejects.toMatchObject({ code: 'not_found' });
      await expect(agents.update('w2', agent.id, { name: 'X' })).rejects.toMatchObject({ code: 'not_found' });
      await agents.update('w1', 'RES-001', { name: 'Changed here' });
      expect(await agents.get('w2', 'RES-001')).toMatchObject({ name: 'Agent RES-001' });
    });

    test('is listed by guild, kind and status', async () => {
      const { agents } = await setUp();
      await agents.seedAgents('w1', [...roster, spec('LRD-001', { guild: 'council', kind: 'lord' })]);
      await agents.update('w1', 'RES-001', { status: 'paused' });
      const codes = async (filter: Parameters<Agents['list']>[1]): Promise<string[]> =>
        (await agents.list('w1', filter)).map((agent) => agent.code);
      expect(await codes({ guild: 'council' })).toEqual(['LRD-001']);
      expect(await codes({ kind: 'research', status: 'active' })).toEqual(['MUS-001', 'RES-002']);
      expect(await codes({ status: 'paused' })).toEqual(['RES-001']);
    });

    test('of a user’s own is refused when its code or slug is taken, or the workspace is full', async () => {
      const { agents } = await setUp({ agentsPerWorkspaceMax: 4 });
      await agents.seedAgents('w1', roster);
      const own = await agents.create('w1', spec('OWN-001', { tools: ['memory_search'] }));
      expect(own).toMatchObject({ fromRoster: false, tools: ['memory_search'], status: 'active' });
      await expect(agents.create('w1', spec('OWN-002'))).rejects.toMatchObject({ code: 'exhausted' });
      await expect(agents.create('w2', spec('bad code'))).rejects.toMatchObject({ code: 'invalid_input' });
      await agents.create('w2', spec('OWN-001'));
      for (const taken of [spec('OWN-001', { slug: 'other' }), spec('OWN-002', { slug: 'own-001' })]) {
        await expect(agents.create('w2', taken)).rejects.toMatchObject({ code: 'conflict' });
      }
    });

    test('remembers only the fields whose values really changed', async () => {
      const { agents, clock } = await setUp();
      await agents.seedAgents('w1', roster);
      const before = await agents.get('w1', 'RES-001');
      await clock.advance(1_000);
      const same = { name: before.name, config: { sources: ['documents'], depth: 1 } };
      expect(await agents.update('w1', 'RES-001', same)).toEqual(before);
      const changed = await agents.update('w1', 'RES-001', { ...same, tools: ['memory_search'] });
      expect(changed).toMatchObject({ editedFields: ['tools'], updatedAt: before.updatedAt + 1_000 });
    });

    test('is not changed by what the rules refuse', async () => {
      const { agents } = await setUp();
      await agents.seedAgents('w1', roster);
      const before = await agents.get('w1', 'RES-001');
      // @ts-expect-error callers without types may pass anything
      const unknownField = agents.update('w1', 'RES-001', { code: 'RES-009' });
      await expect(unknownField).rejects.toMatchObject({ code: 'invalid_input' });
      for (const changes of [
        {},
        { temperature: -1 },
        { name: ' ' },
        { config: { big: 'x'.repeat(70_000) } },
      ]) {
        await expect(agents.update('w1', 'RES-001', changes)).rejects.toMatchObject({
          code: 'invalid_input',
        });
      }
      expect(await agents.get('w1', 'RES-001')).toEqual(before);
    });

    test('keeps every one of many changes made at the same moment', async () => {
      const { agents } = await setUp();
      await agents.seedAgents('w1', roster);
      await Promise.all([
        agents.update('w1', 'RES-001', { name: 'A' }),
        agents.update('w1', 'RES-001', { description: 'B' }),
        agents.update('w1', 'RES-001', { temperature: 1 }),
        agents.update('w1', 'RES-001', { tools: ['c'] }),
      ]);
      expect(await agents.get('w1', 'RES-001')).toMatchObject({
        name: 'A',
        description: 'B',
        temperature: 1,
        tools: ['c'],
        editedFields: ['name', 'description', 'temperature', 'tools'],
      });
    });
  });

  test('a heartbeat is noted for the agents named, and an older one changes nothing', async () => {
    const { agents, db } = await setUp();
    await agents.seedAgents('w1', roster);
    await agents.seedAgents('w2', roster);
    await agents.noteHeartbeat('w1', ['RES-001', 'MUS-001', 'NON-001'], 5_000);
    await agents.noteHeartbeat('w1', ['RES-001'], 4_000);
    await agents.noteHeartbeat('w1', [], 9_000);
    const seen = await db
      .system<AgentTables>()
      .selectFrom('agents')
      .select(['workspace_id', 'code', 'last_seen_at'])
      .where('last_seen_at', 'is not', null)
      .orderBy('code')
      .execute();
    expect(seen).toEqual([
      { workspace_id: 'w1', code: 'MUS-001', last_seen_at: 5_000 },
      { workspace_id: 'w1', code: 'RES-001', last_seen_at: 5_000 },
    ]);
    expect([null, 0, 10_000].map((at) => livenessOf(at, 90_001))).toEqual(['silent', 'dead', 'alive']);
  });

  test('the summary of one agent, or of all agents of a workspace, can begin anew', async () => {
    const { agents } = await setUp();
    await agents.seedAgents('w1', roster);
    await agents.seedAgents('w2', roster);
    const before = await agents.get('w1', 'RES-001');
    expect(before.summarySince).toBeNull();
    expect(await agents.resetSummaries('w1', 'RES-001')).toBe(1);
    const after = await agents.get('w1', 'RES-001');
    expect(after).toEqual({ ...before, summarySince: expect.any(Number) as unknown });
    expect((await agents.get('w1', 'MUS-001')).summarySince).toBeNull();
    expect(await agents.resetSummaries('w1', null)).toBe(roster.length);
    expect((await agents.list('w2')).every(({ summarySince }) => summarySince === null)).toBe(true);
    await expect(agents.resetSummaries('w1', 'NON-001')).rejects.toMatchObject({ code: 'not_found' });
  });
}
