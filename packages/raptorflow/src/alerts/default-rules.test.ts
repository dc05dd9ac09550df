import { afterEach, expect, it } from 'vitest';
import { defaultAlertRules } from './default-rules.ts';
import { parseAlertRule } from './rule-schema.ts';
import { createWorld, stepMs, type World } from './testing/world.ts';

let world: World;
afterEach(() => world.alerts.stop());

it('the default rules are rules, each of its own name, and tell nobody of metrics that nobody records', async () => {
  world = await createWorld();
  for (const draft of defaultAlertRules) expect(parseAlertRule(draft).name).toBe(draft.name);
  for (const draft of defaultAlertRules) await world.alerts.rules.put(draft);
  expect(world.alerts.rules.list()).toHaveLength(defaultAlertRules.length);
  await world.play(
    'other',
    {},
    Array.from({ length: 12 }, () => 1),
  );
  expect(world.alerts.list().every(({ state }) => state.kind === 'no_data')).toBe(true);
  expect(world.listener.told).toEqual([]);
});

it('a host whose processors are busy for five minutes is told of, and a workspace that spent its budget', async () => {
  world = await createWorld();
  for (const draft of defaultAlertRules) await world.alerts.rules.put(draft);
  for (let step = 0; step < 40; step += 1) {
    world.history.record('budget_used_ratio', { workspace_id: 'ws_1' }, world.clock.now() + stepMs, 0.85);
    await world.play('system_cpu_percent', { host: 'a' }, [95]);
  }
  const firing = world.alerts.list().filter(({ state }) => state.kind === 'firing');
  expect(firing.map(({ rule }) => rule).sort()).toEqual(['budget_80_percent', 'host_cpu_high']);
});

it('more than one call in ten that fails is an error, one in ten is not', async () => {
  world = await createWorld({}, { recorded: { kindOf: () => 'counter' } });
  for (const draft of defaultAlertRules) await world.alerts.rules.put(draft);
  for (let step = 0; step < 40; step += 1) {
    for (const [operation, good] of [
      ['a', 89],
      ['b', 90],
    ] as const) {
      world.history.record('operation_calls', { operation }, world.clock.now() + stepMs, 100);
      world.history.record('operation_successes', { operation }, world.clock.now() + stepMs, good);
    }
    await world.pass(stepMs);
  }
  const firing = world.alerts.list().filter(({ state }) => state.kind === 'firing');
  expect(firing).toMatchObject([{ rule: 'error_rate_high', labels: { operation: 'a' }, severity: 'error' }]);
});
