import { afterEach, describe, expect, it } from 'vitest';
import { trackHandles } from '../kernel/testing/index.ts';
import { createAlerts } from './create-alerts.ts';
import { recordedHistory } from './contract-suite/index.ts';
import { memoryAlertStore } from './stores/memory.ts';
import { createWorld, promptRoute, queueRule, stepMs, type World } from './testing/world.ts';

const mail = { queue: 'mail' };
let world: World;
afterEach(() => world.alerts.stop());

describe('a rule with a threshold', () => {
  it('makes one alert for each series that carries its tags, and moves them alone', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...queueRule, tags: { kind: 'out' } });
    for (const queue of ['a', 'b', 'c'])
      world.history.record(
        'queue_length',
        { queue, kind: 'out' },
        world.clock.now() + stepMs,
        queue === 'b' ? 20 : 1,
      );
    world.history.record('queue_length', { queue: 'd', kind: 'in' }, world.clock.now() + stepMs, 99);
    await world.pass(stepMs);
    expect(world.alerts.list()).toMatchObject([
      {
        rule: 'queue_long',
        state: { kind: 'pending' },
        value: 20,
        labels: { queue: 'b', severity: 'warning', alertname: 'queue_long' },
      },
    ]);
  });

  it('goes from pending to firing to resolved, and history has every step with value and reason', async () => {
    world = await createWorld();
    await world.alerts.rules.put(queueRule);
    await world.play('queue_length', mail, [20, 21, 22, 5]);
    const { items } = await world.alerts.history();
    expect(items.toReversed()).toMatchObject([
      { from: 'inactive', to: 'pending', value: 20, reason: 'condition_holds' },
      { from: 'pending', to: 'firing', value: 21, reason: 'held_long_enough' },
      { from: 'firing', to: 'resolved', value: 5, reason: 'condition_ended' },
    ]);
    expect(items.at(-2)?.message).toBe(
      'the last of queue_length over 10s is 21, which meets gt 10 and has for 10s.',
    );
  });

  it('holds a firing alert to the threshold for resolving', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...queueRule, durationSeconds: 0, resolveThreshold: 5 });
    await world.play('queue_length', mail, [9]);
    expect(world.states()).toEqual([]);
    await world.play('queue_length', mail, [11, 9, 6]);
    expect(world.states()).toEqual(['queue_long firing']);
    await world.play('queue_length', mail, [5]);
    expect(world.states()).toEqual(['queue_long resolved']);
  });

  it('is quietly without data while its metric has no series, and alive as soon as one comes', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...queueRule, durationSeconds: 0 });
    await world.play('other', {}, [1, 1]);
    expect(world.states()).toEqual(['queue_long no_data']);
    expect(world.listener.told).toEqual([]);
    await world.play('queue_length', mail, [20]);
    expect(world.states()).toEqual(['queue_long firing']);
  });

  it('fires without any series where its policy says so', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...queueRule, missing: 'firing' });
    await world.play('other', {}, [1, 1]);
    expect(world.states()).toEqual(['queue_long firing']);
    await world.play('queue_length', mail, [1]);
    expect(world.states()).toEqual(['queue_long resolved']);
  });

  it('forgets a series that is gone for good', async () => {
    world = await createWorld({ times: { graceSeconds: 0, missingSeconds: 30 } });
    await world.alerts.rules.put({ ...queueRule, durationSeconds: 0, missing: 'keep' });
    await world.play('queue_length', mail, [20]);
    world.history.drop('queue_length', mail);
    await world.play('other', {}, [1, 1]);
    expect(world.states()).toEqual(['queue_long firing']);
    await world.play('other', {}, [1, 1, 1]);
    expect(world.states()).toEqual([]);
    expect((await world.alerts.history({ limit: 1 })).items).toMatchObject([{ to: 'resolved' }]);
  });

  it('looks at as many series as its limit says, and says how many it left out', async () => {
    world = await createWorld({ limits: { alertsPerRuleMax: 2 } });
    await world.alerts.rules.put(queueRule);
    for (const queue of ['a', 'b', 'c'])
      world.history.record('queue_length', { queue }, world.clock.now() + stepMs, 20);
    await world.pass(stepMs);
    expect(world.states()).toHaveLength(2);
    expect(world.alerts.rules.get({ name: 'queue_long' })).toMatchObject({ seriesLeftOut: 1, pending: 2 });
  });

  it('reads the stored past where memory holds nothing, as over the series of many processes', async () => {
    const stored = recordedHistory();
    world = await createWorld({}, { sources: { past: stored } });
    await world.alerts.rules.put(queueRule);
    for (let steps = 0; steps < 3; steps += 1) {
      stored.record('queue_length', mail, world.clock.now() + stepMs, 20);
      await world.pass(stepMs);
    }
    expect(world.states()).toEqual(['queue_long firing']);
  });

  it('sees only series of its workspace', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...queueRule, workspaceId: 'ws_1' });
    for (const id of ['ws_1', 'ws_2'])
      world.history.record('queue_length', { workspace_id: id }, world.clock.now() + stepMs, 20);
    await world.pass(stepMs);
    expect(world.alerts.list({ workspaceId: 'ws_1' })).toHaveLength(1);
    expect(world.alerts.list({ workspaceId: null })).toEqual([]);
    expect(world.alerts.list()).toHaveLength(1);
  });
});

describe('the rules', () => {
  it('refuse what is wrong, naming every field', async () => {
    world = await createWorld();
    const wrong = { ...queueRule, threshold: 'high', typo: 1, resolveThreshold: 3 } as never;
    await expect(world.alerts.rules.put(wrong)).rejects.toMatchObject({
      code: 'invalid_input',
      message: expect.stringMatching(/threshold.*typo|typo.*threshold/) as string,
    });
    const crossed = { ...queueRule, resolveThreshold: 11 } as const;
    await expect(world.alerts.rules.put(crossed)).rejects.toMatchObject({ code: 'invalid_input' });
  });

  it('resolve what fires when they are removed, switched off or changed, and leave it when only texts change', async () => {
    world = await createWorld();
    const rule = { ...queueRule, durationSeconds: 0 };
    await world.alerts.rules.put(rule);
    await world.play('queue_length', mail, [20]);
    await world.alerts.rules.put({ ...rule, summary: 'Look at the queue.' });
    expect(world.states()).toEqual(['queue_long firing']);
    await world.alerts.rules.put({ ...rule, threshold: 15 });
    expect(world.states()).toEqual([]);
    expect((await world.alerts.history({ limit: 1 })).items).toMatchObject([
      { to: 'resolved', reason: 'rule_ended' },
    ]);
    await world.play('queue_length', mail, [20]);
    expect(world.states()).toEqual(['queue_long firing']);
    await world.alerts.rules.put({ ...rule, enabled: false });
    await world.play('queue_length', mail, [20]);
    expect(world.states()).toEqual([]);
    expect(await world.alerts.rules.remove({ name: 'queue_long' })).toBe(true);
    expect(await world.alerts.rules.remove({ name: 'queue_long' })).toBe(false);
    expect(world.alerts.rules.list()).toEqual([]);
  });

  it('are as many as their limit allows', async () => {
    world = await createWorld({ limits: { rulesMax: 1 } });
    await world.alerts.rules.put(queueRule);
    await world.alerts.rules.put({ ...queueRule, threshold: 11 });
    await expect(world.alerts.rules.put({ ...queueRule, name: 'other' })).rejects.toMatchObject({
      code: 'exhausted',
    });
  });

  it('are evaluated each at its own interval', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...queueRule, intervalSeconds: 60 });
    await world.play('queue_length', mail, [20]);
    const before = world.alerts.rules.get({ name: 'queue_long' })?.evaluatedAt ?? 0;
    await world.play('queue_length', mail, [20, 20, 20]);
    expect(world.alerts.rules.get({ name: 'queue_long' })?.evaluatedAt).toBe(before);
    await world.play('queue_length', mail, [20, 20, 20]);
    expect(world.alerts.rules.get({ name: 'queue_long' })?.evaluatedAt).toBe(before + 60_000);
  });
});

describe('a restart', () => {
  it('goes on with pending times, firing times and times to keep firing', async () => {
    world = await createWorld();
    const rule = { ...queueRule, durationSeconds: 30, keepFiringSeconds: 30 };
    await world.alerts.rules.put(rule);
    await world.play('queue_length', mail, [20, 20]);
    await world.restart();
    await world.play('queue_length', mail, [20, 20]);
    expect(world.states()).toEqual(['queue_long firing']);
    await world.play('queue_length', mail, [1, 1]);
    await world.restart();
    await world.play('queue_length', mail, [1]);
    expect(world.states()).toEqual(['queue_long firing']);
    await world.play('queue_length', mail, [1]);
    expect(world.states()).toEqual(['queue_long resolved']);
    const { items } = await world.alerts.history();
    expect(items.map(({ to }) => to)).toEqual(['resolved', 'firing', 'pending']);
  });

  it('does not take series that are not back yet for lost', async () => {
    world = await createWorld({ times: { graceSeconds: 25 } });
    await world.alerts.rules.put({ ...queueRule, durationSeconds: 0 });
    await world.play('queue_length', mail, [20]);
    world.history.drop('queue_length', mail);
    await world.restart({ times: { graceSeconds: 25 } });
    await world.play('other', {}, [1, 1]);
    expect(world.states()).toEqual(['queue_long firing']);
    await world.play('other', {}, [1, 1]);
    expect(world.states()).toEqual(['queue_long no_data']);
  });
});

describe('a restart, soon after', () => {
  it('does not take a series for absent that is not back yet', async () => {
    world = await createWorld({ times: { graceSeconds: 25 } });
    const { threshold: _threshold, ...rest } = queueRule;
    await world.alerts.rules.put({ ...rest, condition: 'absent', durationSeconds: 0 });
    await world.play('other', {}, [1, 1]);
    expect(world.states()).toEqual([]);
    await world.play('other', {}, [1]);
    expect(world.states()).toEqual(['queue_long firing']);
  });

  it('finds new groups for what fires when the routes were changed, and tells there', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...queueRule, durationSeconds: 0 });
    await world.play('queue_length', mail, [20]);
    await world.restart({ routes: [{ ...promptRoute, name: 'renamed' }], times: { graceSeconds: 0 } });
    await world.play('queue_length', mail, [20]);
    expect(world.listener.told.map(({ route, status }) => `${route} ${status}`)).toEqual([
      'all firing',
      'renamed firing',
    ]);
    await world.play('queue_length', mail, [1, 1]);
    expect(world.listener.told.at(-1)).toMatchObject({ route: 'renamed', status: 'resolved' });
  });
});

describe('the service', () => {
  it('refuses calls before it runs and after it stopped, and stops as often as one likes', async () => {
    world = await createWorld();
    const history = recordedHistory();
    const alerts = createAlerts({}, { sources: { live: history } });
    expect(() => alerts.list()).toThrow(expect.objectContaining({ code: 'unavailable' }));
    await alerts.stop();
    await alerts.stop();
    await world.alerts.stop();
    await expect(world.alerts.rules.put(queueRule)).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('leaves no timer and nothing open behind', async () => {
    world = await createWorld();
    await world.alerts.rules.put(queueRule);
    await world.alerts.stop();
    expect(world.clock.pending).toBe(0);
    const handles = trackHandles();
    const alerts = createAlerts({}, { sources: { live: recordedHistory() }, store: memoryAlertStore() });
    await alerts.start();
    await alerts.stop();
    expect(handles.leaks()).toEqual([]);
  });

  it('evaluates by itself, without being asked', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...queueRule, durationSeconds: 0 });
    world.history.record('queue_length', mail, world.clock.now() + stepMs, 20);
    await world.clock.advance(stepMs);
    expect(world.states()).toEqual(['queue_long firing']);
  });

  it('goes on when the clock is set back by an hour', async () => {
    world = await createWorld();
    await world.alerts.rules.put(queueRule);
    await world.play('queue_length', mail, [1, 1]);
    world.clock.jump(world.clock.now() - 3_600_000);
    const early = recordedAgain(world);
    await early(20);
    await early(20);
    expect(world.states()).toEqual(['queue_long firing']);
  });

  it('keeps what the store does not take, and stores it with the next round', async () => {
    const store = memoryAlertStore();
    let broken = false;
    const flaky = {
      ...bound(store),
      commit: async (change: Parameters<typeof store.commit>[0]) => {
        if (broken) throw new Error('no disk');
        await store.commit(change);
      },
    };
    world = await createWorld({}, { store: flaky });
    await world.alerts.rules.put(queueRule);
    broken = true;
    world.history.record('queue_length', mail, world.clock.now() + stepMs, 20);
    await world.clock.advance(stepMs);
    expect((await world.alerts.history()).items).toEqual([]);
    broken = false;
    await world.play('queue_length', mail, [20]);
    expect((await world.alerts.history()).items.map(({ to }) => to)).toEqual(['firing', 'pending']);
    expect(world.listener.told).toHaveLength(1);
  });

  it('refuses routes to nobody, and two notifiers of one name', async () => {
    world = await createWorld();
    const deps = { sources: { live: recordedHistory() } };
    const code = expect.objectContaining({ code: 'invalid_options' }) as Error;
    expect(() => createAlerts({ routes: [{ name: 'a', notifiers: ['nobody'] }] }, deps)).toThrow(code);
    const { listener } = world;
    expect(() => createAlerts({}, { ...deps, delivery: { notifiers: [listener, listener] } })).toThrow(code);
  });
});

// After the clock went back, the history's series begin anew as well.
function recordedAgain({ clock, history, pass }: World): (value: number) => Promise<void> {
  history.drop('queue_length', mail);
  return async (value) => {
    history.record('queue_length', mail, clock.now() + stepMs, value);
    await pass(stepMs);
  };
}

function bound(store: ReturnType<typeof memoryAlertStore>): ReturnType<typeof memoryAlertStore> {
  return {
    open: (keeping) => store.open(keeping),
    close: () => store.close(),
    load: () => store.load(),
    commit: (change) => store.commit(change),
    history: (query) => store.history(query),
    deliveries: (limit) => store.deliveries(limit),
  };
}
