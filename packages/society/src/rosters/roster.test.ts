import { agentSpecSchema } from '@raptorflow/runtime';
import { describe, expect, it } from 'vitest';
import { guardians, lords, muses, researchers, rosterAgent, societyRoster, watchers } from './index.ts';

describe('the roster', () => {
  it('has exactly 7 Lords, 20 researchers, 30 muses, 20 watchers and 10 guardians', () => {
    expect([lords, researchers, muses, watchers, guardians].map((guild) => guild.length)).toEqual([
      7, 20, 30, 20, 10,
    ]);
    expect(societyRoster).toHaveLength(87);
  });

  it('gives every agent a code and a slug of its own', () => {
    expect(new Set(societyRoster.map((agent) => agent.code)).size).toBe(87);
    expect(new Set(societyRoster.map((agent) => agent.slug)).size).toBe(87);
    for (const agent of societyRoster) {
      expect(agent.code).toMatch(/^[A-Z]{2,6}-[A-Z0-9]{2,6}$/u);
      expect(agent.slug).toMatch(/^[a-z0-9]+(?:-[a-z0-9]+)*$/u);
    }
  });

  it('numbers each guild without a hole', () => {
    for (const [prefix, guild] of [
      ['LORD', lords],
      ['RES', researchers],
      ['MUS', muses],
      ['MAT', watchers],
    ] as const) {
      expect(guild.map((agent) => agent.code)).toEqual(
        guild.map((_, index) => `${prefix}-${String(index + 1).padStart(3, '0')}`),
      );
    }
  });

  it('gives every agent a prompt, a description, a capability, a known alias and a sane temperature', () => {
    for (const agent of societyRoster) {
      expect(agent.systemPrompt.length).toBeGreaterThan(120);
      expect(agent.systemPrompt).toContain(agent.code);
      expect(agent.systemPrompt.length).toBeLessThan(1_200);
      expect(agent.description).toMatch(/\.$/u);
      expect(agent.capabilities.length).toBeGreaterThan(0);
      expect(['fast', 'standard', 'heavy', 'research']).toContain(agent.modelAlias);
      expect(agent.temperature).toBeGreaterThanOrEqual(0);
      expect(agent.temperature).toBeLessThanOrEqual(1);
    }
  });

  it('is accepted whole by the registry that it is seeded into', () => {
    for (const agent of societyRoster) expect(agentSpecSchema.parse(agent)).toEqual(agent);
  });

  it('keeps the names that the campaign relies on', () => {
    expect(rosterAgent('MUS-026')?.name).toBe('The Editor');
    expect(rosterAgent('RES-004')?.name).toBe('Voice of Customer');
    expect(rosterAgent('LORD-006')?.name).toBe('Arbiter');
    expect(rosterAgent('RES-999')).toBeUndefined();
  });

  it('is frozen, so that one workspace cannot change the roster of another', () => {
    expect(Object.isFrozen(societyRoster)).toBe(true);
    expect(societyRoster.every((agent) => Object.isFrozen(agent) && Object.isFrozen(agent.tools))).toBe(true);
  });
});
