import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { formatDuration } from '../kernel/index.ts';
import { deadLetterChannel, deadLetterReasons, isDeadLetterChannel, standardChannels } from './channel.ts';
import { ChannelTable } from './channel-table.ts';
import { isChannelPattern } from './names.ts';
import { standardRoutes } from './routing.ts';

const page = readFileSync(new URL('../../../../docs/reference/events.md', import.meta.url), 'utf8');

describe('standard channels', () => {
  it('have names that are names, and a channel for every reason of a dead letter', () => {
    const names = standardChannels.map(({ name }) => name);
    expect(names.filter((name) => !isChannelPattern(name))).toEqual([]);
    expect(names).toEqual(expect.arrayContaining(deadLetterReasons.map(deadLetterChannel)));
    expect(deadLetterReasons.every((reason) => isDeadLetterChannel(deadLetterChannel(reason)))).toBe(true);
  });

  it('stand in the reference as they are in the code', () => {
    const lines = standardChannels.map(({ name, retentionMs = 0, expired, carries = '' }) => {
      const fate = expired === 'drop' ? 'dropped' : 'dead letter';
      return [name, formatDuration(retentionMs), fate, carries];
    });
    const cells = page
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
    for (const line of lines) expect(cells).toContainEqual(['', ...line, '']);
  });

  it('have their routes in the reference too', () => {
    for (const { type, channel } of standardRoutes) {
      expect(page).toMatch(
        new RegExp(`\\| \`${type.replace('*', '\\*')}\` +\\| \`${String(channel)}\` +\\|`),
      );
    }
  });
});

describe('the table of channels', () => {
  const table = new ChannelTable([
    ...standardChannels,
    { name: 'sys.state.update', retentionMs: 5_000 },
    { name: 'lab.*', retentionMs: 1_000, limits: { eventsMax: 7 } },
    { name: 'lab.*.deep', retentionMs: 2_000 },
    { name: 'lab.exact' },
  ]);

  it('lets a later declaration replace an earlier one', () => {
    expect(table.policyOf('sys.state.update')).toMatchObject({ retentionMs: 5_000, expired: 'dead_letter' });
  });

  it('prefers exact names to patterns, and longer patterns to shorter ones', () => {
    expect(table.policyOf('lab.any')).toMatchObject({ name: 'lab.*', eventsMax: 7 });
    expect(table.policyOf('lab.exact')).toMatchObject({ name: 'lab.exact', retentionMs: 3_600_000 });
    expect(table.policyOf('lab.a.deep')).toMatchObject({ retentionMs: 2_000 });
  });

  it('keeps undeclared channels for an hour and knows that nobody declared them', () => {
    expect(table.policyOf('other')).toMatchObject({ retentionMs: 3_600_000, expired: 'dead_letter' });
    expect(table.entry('other').declared).toBe(false);
    expect(table.entry('sys.reply.p_1').declared).toBe(true);
  });

  it('lists declared channels without patterns', () => {
    expect(table.names()).toContain('lab.exact');
    expect(table.names()).not.toContain('lab.*');
  });
});
