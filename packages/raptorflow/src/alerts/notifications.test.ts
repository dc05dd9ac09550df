import { afterEach, describe, expect, it } from 'vitest';
import { RaptorFlowError } from '../kernel/index.ts';
import { createWorld, promptRoute, queueRule, stepMs, type World } from './testing/world.ts';

const mail = { queue: 'mail' };
const rule = { ...queueRule, durationSeconds: 0 };
const fire = (worldOf: World, value = 20): Promise<void> => worldOf.play('queue_length', mail, [value]);
const summaries = ({ listener }: World): string[] =>
  listener.told.map(({ status, reason, alerts }) => `${status} ${reason} ${alerts.length}`);
let world: World;
afterEach(() => world.alerts.stop());

describe('a group', () => {
  it('waits for company, then tells of everything at once, with values and labels', async () => {
    const route = { ...promptRoute, pace: { groupWaitSeconds: 30, groupIntervalSeconds: 60 } };
    world = await createWorld({ routes: [route] });
    await world.alerts.rules.put({ ...rule, runbookUrl: 'https://example.com/queue', summary: 'Long.' });
    for (const queue of ['a', 'b']) {
      world.history.record('queue_length', { queue }, world.clock.now() + stepMs, 20);
      await world.pass(stepMs);
    }
    expect(world.listener.told).toEqual([]);
    for (const queue of ['a', 'b'])
      world.history.record('queue_length', { queue }, world.clock.now() + stepMs, 30);
    await world.pass(stepMs);
    for (const queue of ['a', 'b'])
      world.history.record('queue_length', { queue }, world.clock.now() + stepMs, 40);
    await world.pass(stepMs);
    expect(world.listener.told).toMatchObject([
      {
        status: 'firing',
        route: 'all',
        groupLabels: { alertname: 'queue_long' },
        alerts: [
          {
            rule: 'queue_long',
            value: 40,
            labels: { queue: 'a' },
            summary: 'Long.',
            runbookUrl: 'https://example.com/queue',
          },
          { rule: 'queue_long', labels: { queue: 'b' } },
        ],
      },
    ]);
  });

  it('does not tell of what came and went while it waited', async () => {
    const route = { ...promptRoute, pace: { groupWaitSeconds: 30 } };
    world = await createWorld({ routes: [route] });
    await world.alerts.rules.put(rule);
    await world.play('queue_length', mail, [20, 1, 1, 1, 1]);
    expect(world.listener.told).toEqual([]);
  });

  it('tells of the end of what it told of, and repeats what goes on', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    await world.play(
      'queue_length',
      mail,
      Array.from({ length: 12 }, () => 20),
    );
    expect(summaries(world)).toEqual(['firing news 1', 'firing repeat 1']);
    await world.play('queue_length', mail, [1, 1]);
    expect(summaries(world)).toEqual(['firing news 1', 'firing repeat 1', 'resolved news 1']);
    await world.play(
      'queue_length',
      mail,
      Array.from({ length: 12 }, () => 1),
    );
    expect(world.listener.told).toHaveLength(3);
  });

  it('tells again of an alert that fires again', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    await world.play('queue_length', mail, [20, 1, 20, 20]);
    expect(summaries(world).filter((line) => line.startsWith('firing'))).toHaveLength(2);
  });

  it('is chosen by the first route that matches, and by later ones where that one lets them', async () => {
    const severe = {
      ...promptRoute,
      name: 'severe',
      matchers: [{ label: 'severity', op: 'eq', value: 'critical' }],
    } as const;
    world = await createWorld({ routes: [severe, promptRoute] });
    await world.alerts.rules.put({ ...rule, severity: 'critical' });
    await fire(world);
    expect(world.listener.told.map(({ route }) => route)).toEqual(['severe']);
    await world.alerts.stop();
    world = await createWorld({ routes: [{ ...severe, continue: true }, promptRoute] });
    await world.alerts.rules.put({ ...rule, severity: 'critical' });
    await fire(world);
    expect(world.listener.told.map(({ route }) => route).sort()).toEqual(['all', 'severe']);
  });

  it('goes on after a restart without telling anything twice or leaving anything out', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    await fire(world);
    await world.restart();
    await fire(world);
    expect(summaries(world)).toEqual(['firing news 1']);
    await world.restart();
    await world.play('queue_length', mail, [1, 1]);
    expect(summaries(world)).toEqual(['firing news 1', 'resolved news 1']);
  });

  it('tells that a rule that was removed does not fire any more', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    await fire(world);
    await world.alerts.rules.remove({ name: 'queue_long' });
    await world.pass(stepMs);
    expect(summaries(world)).toEqual(['firing news 1', 'resolved news 1']);
  });
});

describe('an acknowledgement', () => {
  it('stops repeats until the alert has resolved, also over a restart', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    await fire(world);
    const [alert] = world.alerts.list();
    await world.alerts.acknowledge({ alertId: alert?.id ?? '', by: 'Ada', note: 'On it.' });
    await world.restart();
    await world.play(
      'queue_length',
      mail,
      Array.from({ length: 25 }, () => 20),
    );
    expect(summaries(world)).toEqual(['firing news 1']);
    expect(world.alerts.list()[0]?.acknowledgement).toMatchObject({ by: 'Ada', note: 'On it.' });
    await world.play('queue_length', mail, [1, 20, 20]);
    expect(world.alerts.list()[0]?.acknowledgement).toBeNull();
    expect(summaries(world).at(-1)).toContain('firing news');
  });

  it('shows no secret, and neither do the alert, its notification, a silence and a maintenance window', async () => {
    world = await createWorld();
    const secret = 'A1b2C3d4E5f6G7h8J9k0';
    const words = `Call https://ops:${secret}@pager.example.com/ with Bearer ${secret}.`;
    await world.alerts.rules.put({
      ...rule,
      summary: words,
      runbookUrl: `https://runbooks.example.com/?token=${secret}`,
      labels: { api_key: secret, note: words },
    });
    await fire(world);
    const [alert] = world.alerts.list();
    await world.alerts.acknowledge({ alertId: alert?.id ?? '', by: 'Ada', note: words });
    const now = world.clock.now();
    await world.alerts.silences.add({
      matchers: [{ label: 'alertname', op: 'eq', value: 'other' }],
      endsAt: now + 1_000,
      author: 'Ada',
      comment: words,
    });
    await world.alerts.maintenance.put({
      name: 'Night',
      matchers: [],
      schedule: { kind: 'once', from: now + 1_000, to: now + 2_000 },
      author: 'Ada',
      comment: words,
    });
    const shown = JSON.stringify([
      world.alerts.rules.list(),
      world.alerts.list(),
      world.listener.told,
      world.alerts.silences.list(),
      world.alerts.maintenance.list(),
    ]);
    expect(shown.split('[masked]').length).toBeGreaterThan(8);
    expect(shown).not.toContain(secret);
  });

  it('needs an alert that fires, in the workspace that is named', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    await fire(world);
    const alertId = world.alerts.list()[0]?.id ?? '';
    const missing = { code: 'not_found' };
    await expect(world.alerts.acknowledge({ alertId: 'alt_none', by: 'Ada' })).rejects.toMatchObject(missing);
    await expect(world.alerts.acknowledge({ alertId, by: 'Ada', workspaceId: 'ws_1' })).rejects.toMatchObject(
      missing,
    );
    await expect(world.alerts.acknowledge({ alertId, by: ' ' })).rejects.toMatchObject({
      code: 'invalid_input',
    });
  });
});

describe('a silence', () => {
  const draft = (endsAt: number) =>
    ({
      matchers: [{ label: 'queue', op: 'like', value: 'm*' }],
      endsAt,
      author: 'Ada',
      comment: 'Moving house.',
    }) as const;

  it('keeps an alert quiet until it ends or expires, also over a restart; then it is news', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    const silence = await world.alerts.silences.add(draft(world.clock.now() + 3_600_000));
    await fire(world);
    await world.restart();
    await fire(world);
    expect(world.listener.told).toEqual([]);
    expect(world.alerts.list()[0]?.mutes).toEqual([{ kind: 'silence', id: silence.id }]);
    expect(await world.alerts.silences.expire(silence.id)).toBe(true);
    expect(await world.alerts.silences.expire(silence.id)).toBe(false);
    await world.play('queue_length', mail, [20, 20]);
    expect(summaries(world)).toEqual(['firing news 1']);
  });

  it('lets the end through of what was told of before', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    await fire(world);
    await world.alerts.silences.add(draft(world.clock.now() + 3_600_000));
    await world.play('queue_length', mail, [1, 1]);
    expect(summaries(world)).toEqual(['firing news 1', 'resolved news 1']);
  });

  it('of a workspace touches that workspace only', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    await world.alerts.silences.add({ ...draft(world.clock.now() + 3_600_000), workspaceId: 'ws_1' });
    await fire(world);
    expect(summaries(world)).toEqual(['firing news 1']);
    expect(world.alerts.silences.list({ workspaceId: null })).toEqual([]);
  });

  it('is refused without matchers, in the past, and beyond the limit; and is forgotten a day after its end', async () => {
    world = await createWorld({ limits: { silencesMax: 1 } });
    const now = world.clock.now();
    const wrong = { code: 'invalid_input' };
    await expect(world.alerts.silences.add(draft(now - 1))).rejects.toMatchObject(wrong);
    await expect(world.alerts.silences.add({ ...draft(now + 1), matchers: [] })).rejects.toMatchObject(wrong);
    await world.alerts.silences.add(draft(now + 1_000));
    await expect(world.alerts.silences.add(draft(now + 1_000))).rejects.toMatchObject({ code: 'exhausted' });
    world.clock.jump(now + 90_000_000);
    await world.pass(stepMs);
    expect(world.alerts.silences.list()).toEqual([]);
  });
});

describe('maintenance', () => {
  it('keeps alerts quiet while its window is open, also over a restart', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    const window = await world.alerts.maintenance.put({
      name: 'new year',
      matchers: [],
      schedule: { kind: 'once', from: world.clock.now(), to: world.clock.now() + 25_000 },
      author: 'Ada',
      comment: '',
    });
    await fire(world);
    await world.restart();
    expect(world.alerts.list()[0]?.mutes).toEqual([{ kind: 'maintenance', id: window.id }]);
    await fire(world);
    expect(world.listener.told).toEqual([]);
    await fire(world);
    expect(summaries(world)).toEqual(['firing news 1']);
    expect(await world.alerts.maintenance.remove(window.id)).toBe(true);
    expect(world.alerts.maintenance.list()).toEqual([]);
    await expect(world.alerts.maintenance.put({ ...window, id: 'mnt_none' })).rejects.toMatchObject({
      code: 'not_found',
    });
  });
});

describe('inhibition', () => {
  it('a critical alert mutes milder ones on the same series, and others not', async () => {
    world = await createWorld();
    await world.alerts.rules.put({ ...rule, name: 'queue_very_long', threshold: 100, severity: 'critical' });
    await world.alerts.rules.put(rule);
    const at = world.clock.now() + stepMs;
    world.history.record('queue_length', { queue: 'a' }, at, 500);
    world.history.record('queue_length', { queue: 'b' }, at, 50);
    await world.pass(stepMs);
    const told = world.listener.told.flatMap(({ alerts }) =>
      alerts.map(({ rule: name, labels }) => `${name} ${labels['queue']}`),
    );
    expect(told.sort()).toEqual(['queue_long b', 'queue_very_long a']);
  });
});

describe('a delivery', () => {
  it('is tried again after a failure, with the same id, and is in the list of deliveries', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    world.listener.fail = new RaptorFlowError('unavailable', 'Down.');
    await fire(world);
    world.listener.fail = null;
    await world.pass(5_000);
    expect(world.listener.told).toHaveLength(1);
    expect(new Set(world.listener.deliveryIds).size).toBe(1);
    expect(await world.alerts.deliveries()).toMatchObject([
      { outcome: 'delivered', notifier: 'listener', failure: null },
    ]);
  });

  it('is given up when the other side refuses for good, with the reason', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    world.listener.fail = new RaptorFlowError('unavailable', 'Never.', { retryable: false });
    await fire(world);
    expect(await world.alerts.deliveries()).toMatchObject([{ outcome: 'undelivered', failure: 'Never.' }]);
    expect(world.listener.deliveryIds).toHaveLength(1);
  });

  it('shows nothing but the name of an error that is not ours', async () => {
    world = await createWorld({ times: { deliveryRetriesMax: 0 } });
    await world.alerts.rules.put(rule);
    world.listener.fail = new Error('password=hunter2');
    await fire(world);
    expect(await world.alerts.deliveries()).toMatchObject([{ outcome: 'undelivered', failure: 'Error' }]);
  });

  it('that was on its way when the service stopped is made by the next one, with the same id', async () => {
    world = await createWorld();
    await world.alerts.rules.put(rule);
    world.listener.fail = new RaptorFlowError('unavailable', 'Down.');
    await fire(world);
    await world.restart();
    world.listener.fail = null;
    await world.pass(10_000);
    expect(world.listener.told).toHaveLength(1);
    expect(new Set(world.listener.deliveryIds).size).toBe(1);
  });

  it('is given up when too many wait for a notifier that does not answer', async () => {
    world = await createWorld({ limits: { deliveriesWaitingMax: 2 } });
    world.listener.fail = new RaptorFlowError('unavailable', 'Down.');
    for (let index = 0; index < 5; index += 1)
      await world.alerts.rules.put({ ...rule, name: `queue_${index}` });
    await fire(world);
    const deliveries = await world.alerts.deliveries();
    const given = deliveries.filter(({ failure }) => failure?.includes('deliveriesWaitingMax') === true);
    expect(deliveries).toHaveLength(5);
    expect(given.length).toBeGreaterThanOrEqual(2);
    expect(deliveries.filter(({ outcome }) => outcome === 'waiting').length).toBeLessThanOrEqual(3);
  });
});
