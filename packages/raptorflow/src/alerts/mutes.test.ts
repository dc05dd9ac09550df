import { expect, it } from 'vitest';
import { Mutes, type Mutable } from './mutes.ts';
import type { Inhibition } from './options.ts';

const alertOf = (
  alertId: string,
  labels: Record<string, string>,
  workspaceId: string | null = null,
): Mutable => ({
  alertId,
  workspaceId,
  labels,
});
const bySeverity: Inhibition = {
  source: [{ label: 'severity', op: 'eq', value: 'critical' }],
  target: [{ label: 'severity', op: 'ne', value: 'critical' }],
  equal: ['host'],
};

it('an alert is muted by one that makes it superfluous, on the same host and in the same workspace', () => {
  const critical = alertOf('alt_1', { severity: 'critical', host: 'a' }, 'ws_1');
  const mutesOf = new Mutes([bySeverity]).at(0, [critical]);
  const warning = { severity: 'warning', host: 'a' };
  expect(mutesOf(alertOf('alt_2', warning, 'ws_1'))).toEqual([{ kind: 'inhibition', by: 'alt_1' }]);
  expect(mutesOf(alertOf('alt_2', warning, 'ws_2'))).toEqual([]);
  expect(mutesOf(alertOf('alt_2', { ...warning, host: 'b' }, 'ws_1'))).toEqual([]);
  expect(mutesOf(critical)).toEqual([]);
});

it('alerts that are sources and targets at once do not mute each other', () => {
  const everything: Inhibition = { source: [], target: [], equal: [] };
  const alerts = [alertOf('alt_1', {}), alertOf('alt_2', {})];
  const mutesOf = new Mutes([everything]).at(0, alerts);
  expect(alerts.flatMap((alert) => mutesOf(alert))).toEqual([]);
});

it('a thousand alerts among a thousand that fire are looked at quickly', () => {
  const alerts = Array.from({ length: 2_000 }, (_, index) =>
    alertOf(`alt_${index}`, { severity: index % 2 === 0 ? 'critical' : 'warning', host: String(index >> 1) }),
  );
  const begunAt = performance.now();
  const mutesOf = new Mutes([bySeverity]).at(0, alerts);
  const muted = alerts.filter((alert) => mutesOf(alert).length > 0);
  expect(muted).toHaveLength(1_000);
  expect(performance.now() - begunAt).toBeLessThan(500);
});
