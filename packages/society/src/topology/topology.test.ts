import type { Bus } from 'raptorflow/bus';
import { isRaptorFlowError } from 'raptorflow/kernel';
import { describe, expect, it } from 'vitest';
import { lordCommand } from './campaign-contracts.ts';
import {
  guildChannel,
  guilds,
  parseGuild,
  societyChannels,
  societyContracts,
  societyRoutes,
  subscribeToGuild,
} from './index.ts';

const hourMs = 3_600_000;

describe('the topology of the society', () => {
  it('keeps research for an hour, muse and the proofs for a day, matrix and guardians for a week', () => {
    expect(societyChannels.map((channel) => [channel.name, (channel.retentionMs ?? 0) / hourMs])).toEqual([
      ['sys.guild.research.broadcast', 1],
      ['sys.guild.muse.broadcast', 24],
      ['sys.guild.matrix.broadcast', 168],
      ['sys.guild.guardians.broadcast', 168],
      ['sys.proof.loop', 24],
      ['sys.proof.overspend', 24],
    ]);
  });

  it('routes a command to the guild it is for, and nowhere without one', () => {
    const route = societyRoutes.find((candidate) => candidate.type === 'lord_command');
    const channelFor = (destinationGuild: string | null): string | undefined =>
      typeof route?.channel === 'function'
        ? route.channel({ type: 'lord_command', destinationGuild })
        : undefined;
    expect(guilds.map(channelFor)).toEqual(guilds.map(guildChannel));
    expect(channelFor('tailors')).toBeUndefined();
    expect(channelFor(null)).toBeUndefined();
  });

  it('has one contract for every route, besides the two that the library routes itself', () => {
    const routed = new Set([
      ...societyRoutes.map((route) => route.type),
      'heartbeat',
      'agent_status_changed',
    ]);
    expect(new Set(societyContracts.map((contract) => contract.type))).toEqual(routed);
  });

  it('refuses a command without a deadline, with an unknown shape of money, or with a free-text verb', () => {
    const command = {
      command: 'analyze_market',
      campaign_id: 'cmp_1',
      positioning: 'p',
      personas: [{ name: 'Priya', role: 'SRE', pains: ['alarms'] }],
      budget: '4000.000000',
      timeline: { starts_on: '2026-11-21', ends_on: null },
      deadline: 300,
    };
    expect(lordCommand.schema.safeParse(command).success).toBe(true);
    expect(lordCommand.schema.safeParse({ ...command, deadline: undefined }).success).toBe(false);
    expect(lordCommand.schema.safeParse({ ...command, budget: '4000' }).success).toBe(false);
    expect(lordCommand.schema.safeParse({ ...command, command: 'Please analyse!' }).success).toBe(false);
  });

  it('subscribes to the channel of the guild, and names the guilds when there is no such one', async () => {
    const channels: string[] = [];
    const bus = {
      subscribe: async (channel: string) => {
        channels.push(channel);
        return {};
      },
    } as unknown as Bus;
    await subscribeToGuild(bus, 'Research', () => undefined);
    expect(channels).toEqual(['sys.guild.research.broadcast']);
    expect(() => parseGuild('tailors')).toThrow(/research, muse, matrix, guardians/u);
    await expect(subscribeToGuild(bus, 'tailors', () => undefined)).rejects.toSatisfy((error: unknown) =>
      isRaptorFlowError(error, 'invalid_input'),
    );
  });
});
