import type { Agent } from '@raptorflow/contract';
import { describe, expect, it } from 'vitest';

import { changesOf, formOf, problemsOfAgent } from './agent-form.ts';
import { groupAgents, stateOfAgent } from './guilds.ts';

const statistics: Agent['statistics'] = {
  total_runs: 0,
  running_runs: 0,
  completed_runs: 0,
  failed_runs: 0,
  total_tokens: 0,
  cost_usd: '0.000000',
  average_duration_ms: null,
  last_run_at: null,
};

const agent = (code: string, guild: Agent['guild'], change: Partial<Agent> = {}): Agent => ({
  id: `agt_${code}`,
  workspace_id: 'wsp_1',
  code,
  slug: code.toLowerCase(),
  name: `Agent ${code}`,
  description: 'Reads.',
  kind: 'research',
  guild,
  system_prompt: 'Read.',
  capabilities: ['read'],
  model: 'research',
  temperature: 0.2,
  max_output_tokens: 4096,
  tools: ['document_read'],
  status: 'active',
  config: {},
  from_roster: true,
  edited_fields: [],
  liveness: 'alive',
  last_heartbeat_at: null,
  statistics,
  created_at: '2026-01-01T00:00:00.000Z',
  updated_at: '2026-01-01T00:00:00.000Z',
  ...change,
});

describe('an agent form', () => {
  it('sends only what was changed', () => {
    const one = agent('RES-001', 'research');
    expect(changesOf(one, formOf(one))).toEqual({});
    expect(
      changesOf(one, { ...formOf(one), temperature: '0.7', tools: 'document_read\n\nbus_publish ' }),
    ).toEqual({
      temperature: 0.7,
      tools: ['document_read', 'bus_publish'],
    });
  });

  it('refuses what the server would', () => {
    const form = formOf(agent('RES-001', 'research'));
    expect(problemsOfAgent(form)).toEqual({});
    expect(
      Object.keys(problemsOfAgent({ ...form, name: ' ', temperature: '', maxOutputTokens: '1.5' })),
    ).toEqual(['name', 'temperature', 'maxOutputTokens']);
  });
});

describe('the map of agents', () => {
  it('puts the Council first and each guild by code, and filters by any word of the agent', () => {
    const all = [agent('RES-002', 'research'), agent('RES-001', 'research'), agent('LORD-001', 'council')];
    const codes = (filter: string) =>
      groupAgents(all, filter).map((group) => group.agents.map((one) => one.code));
    expect(codes('')).toEqual([['LORD-001'], ['RES-001', 'RES-002']]);
    expect(codes(' res-002 ')).toEqual([['RES-002']]);
    expect(codes('nothing')).toEqual([]);
  });

  it('shows work before pause before the heartbeat', () => {
    const working = { statistics: { ...statistics, running_runs: 1 }, status: 'paused' as const };
    expect(stateOfAgent(agent('A-01', 'custom', working))).toBe('running');
    expect(stateOfAgent(agent('A-01', 'custom', { status: 'paused' }))).toBe('paused');
    expect(stateOfAgent(agent('A-01', 'custom', { liveness: 'dead' }))).toBe('dead');
  });
});
