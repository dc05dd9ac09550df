import { describe, expect, it } from 'vitest';

import { actionWords, filterOf, standingOf } from './audit-words.ts';

describe('an address of the audit log', () => {
  it('asks for what it says, and for nothing that is no word of the log', () => {
    expect(filterOf({})).toEqual({});
    expect(filterOf({ action: ' Member ', phase: 'intent', by: 'run', id: ' run_1 ' })).toEqual({
      action: 'member',
      phase: 'intent',
      agent_run_id: 'run_1',
    });
    expect(filterOf({ phase: 'sometimes', by: 'nobody', id: 'usr_1', from: 'soon' })).toEqual({
      actor_id: 'usr_1',
    });
  });

  it('means whole days of the reader', () => {
    const { from = '', to = '' } = filterOf({ from: '2026-03-01', to: '2026-03-02' });
    expect(Date.parse(to) - Date.parse(from)).toBe(2 * 86_400_000);
    expect(new Date(from).getHours()).toBe(0);
  });
});

it('a row tells how it ended, or that nobody knows yet', () => {
  const word = (phase: 'event' | 'intent' | 'outcome', outcome: 'ok' | 'failed' | 'refused' | null): string =>
    standingOf({ phase, outcome }).word;
  expect([
    word('intent', null),
    word('event', null),
    word('outcome', 'ok'),
    word('outcome', 'failed'),
    word('event', 'refused'),
  ]).toEqual(['About to', 'Happened', 'Done', 'Failed', 'Refused']);
  expect(actionWords('alert_rule.create')).toBe('Alert rule create');
});
