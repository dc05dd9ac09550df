import { createFakeClock } from 'raptorflow/kernel/testing';
import { createAlerts, type Alerts, type LiveSeries, type PastSource } from 'raptorflow/alerts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { home, openRouteWorld, type RouteWorld } from '../testing/route-world.ts';
import { registerAlertRoutes } from './alerts.ts';

const clock = createFakeClock(Date.UTC(2026, 10, 20, 12));
/** What the metric `queue_length` of each workspace is. */
const lengths = new Map([
  [home, 5],
  ['wsp_elsewhere', 5],
]);
/** When the stored queue became too long. */
let longSince = Number.POSITIVE_INFINITY;
let world: RouteWorld;
let alerts: Alerts;

const past: PastSource = {
  async query({ tags, from, to, step }) {
    const points = [];
    for (let at = from + step; at <= to; at += step) {
      points.push({ at, value: at > longSince ? 50 : 1, relativeError: null });
    }
    return { series: [{ tags, points }] };
  },
};

function seriesOf(workspaceId: string): LiveSeries {
  const value = (): number => lengths.get(workspaceId) ?? 0;
  return {
    tags: { workspace_id: workspaceId },
    kind: 'gauge',
    window: () => {
      const now = value();
      return { count: 1, sum: now, min: now, max: now, first: now, last: now };
    },
    percentile: () => null,
  };
}

beforeAll(async () => {
  world = await openRouteWorld({ clock });
  const all = [seriesOf(home), seriesOf('wsp_elsewhere')];
  const live = {
    generation: 1,
    get latestAt() {
      return clock.now();
    },
    spanMs: 900_000,
    select: (metric: string, tags: Readonly<Record<string, string>>) =>
      metric === 'queue_length'
        ? all.filter((one) => Object.entries(tags).every(([name, value]) => one.tags[name] === value))
        : [],
  };
  alerts = createAlerts({}, { sources: { live, past }, clock });
  await alerts.start();
  const tryNotifiers = async () => [
    { notifier: 'log', failure: null },
    { notifier: 'webhook', failure: 'The webhook answered 500.' },
  ];
  registerAlertRoutes(world.app, { ...world.guard, alerts: () => alerts, past, tryNotifiers, clock });
});
afterAll(async () => {
  await alerts.stop();
  await world.stop();
});

const base = '/api/v1/metrics/alerts';
const rule = {
  name: 'queue_long',
  summary: 'The queue is long.',
  metric: 'queue_length',
  condition: 'gt',
  threshold: 10,
  duration_seconds: 60,
  interval_seconds: 10,
  labels: { team_name: 'mail' },
};

async function pass(seconds: number): Promise<void> {
  for (let left = seconds; left > 0; left -= 10) {
    await clock.advance(10_000);
    await alerts.evaluate();
  }
}

describe('rules', () => {
  it('are added by admins, with defaults in their place, and listed for everybody of the workspace', async () => {
    expect((await world.send('member', 'POST', `${base}/rules`, rule)).status).toBe(403);
    const made = await world.send('admin', 'POST', `${base}/rules`, rule);
    expect(made).toMatchObject({
      status: 201,
      body: {
        status: 'success',
        data: {
          ...rule,
          workspace_id: home,
          aggregation: 'average',
          keep_firing_seconds: 0,
          severity: expect.any(String),
          enabled: true,
          firing: 0,
        },
      },
    });
    expect(await world.send('admin', 'POST', `${base}/rules`, rule)).toMatchObject({
      status: 409,
      body: { error: { code: 'conflict' } },
    });
    const list = await world.send('viewer', 'GET', `${base}/rules`);
    expect(list.body).toMatchObject({ total: 1, data: [made.body.data] });
    expect((await world.send('outsider', 'GET', `${base}/rules`)).body.total).toBe(0);
  });

  it('are refused with what is wrong with them', async () => {
    const { metric: _metric, ...incomplete } = rule;
    const answer = await world.send('admin', 'POST', `${base}/rules`, { ...incomplete, name: 'no_metric' });
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body.error)).toContain('metric');
    expect((await world.send('admin', 'POST', `${base}/rules`, { ...rule, colour: 'red' })).status).toBe(422);
  });

  it("of the installation are its operator's", async () => {
    const path = `${base}/rules?scope=installation`;
    expect((await world.send('admin', 'POST', path, rule)).status).toBe(403);
    expect((await world.send('operator', 'POST', path, { ...rule, name: 'everywhere' })).status).toBe(201);
    expect((await world.send('operator', 'GET', path)).body.data).toMatchObject([{ workspace_id: null }]);
    expect(
      (await world.send('operator', 'DELETE', `${base}/rules/everywhere?scope=installation`)).status,
    ).toBe(204);
  });
});

describe('alerts', () => {
  it('are pending, fire, are acknowledged and resolve, each with its value and reason', async () => {
    lengths.set(home, 40);
    await pass(150);
    const active = await world.send('viewer', 'GET', `${base}/active`);
    expect(active.body).toMatchObject({
      total: 1,
      data: [
        {
          rule: 'queue_long',
          state: 'firing',
          value: 40,
          summary: 'The queue is long.',
          labels: { team_name: 'mail', workspace_id: home },
          acknowledged: null,
          mutes: [],
        },
      ],
    });
    expect((await world.send('outsider', 'GET', `${base}/active`)).body.total).toBe(0);

    const path = `${base}/active/${active.body.data[0].alert_id}/acknowledge`;
    expect((await world.send('viewer', 'POST', path, {})).status).toBe(403);
    expect((await world.send('outsider', 'POST', path, {})).status).toBe(404);
    expect((await world.send('member', 'POST', path, { note: 'On it.' })).body.data).toMatchObject({
      by: 'member',
      note: 'On it.',
    });
    expect((await world.send('viewer', 'GET', `${base}/active`)).body.data[0].acknowledged).toMatchObject({
      by: 'member',
    });

    lengths.set(home, 1);
    await pass(60);
    const history = await world.send('viewer', 'GET', `${base}/history`);
    expect(history.body.data.map(({ from, to }: { from: string; to: string }) => `${from} ${to}`)).toEqual([
      'firing resolved',
      'pending firing',
      'inactive pending',
    ]);
    expect(history.body.data[1]).toMatchObject({ value: 40, reason: 'held_long_enough' });
    expect((await world.send('outsider', 'GET', `${base}/history`)).body.data).toEqual([]);
    const first = await world.send('viewer', 'GET', `${base}/history?limit=1`);
    const rest = await world.send(
      'viewer',
      'GET',
      `${base}/history?limit=1&cursor=${first.body.next_cursor}`,
    );
    expect(rest.body.data).toEqual([history.body.data[1]]);
    expect((await world.send('viewer', 'GET', `${base}/history?cursor=nowhere`)).status).toBe(422);
  });

  it('are quiet while a silence holds', async () => {
    const silence = {
      matchers: [{ label: 'alertname', op: 'eq', value: 'queue_long' }],
      ends_at: new Date(clock.now() + 3_600_000).toISOString(),
      comment: 'We know.',
    };
    expect((await world.send('viewer', 'POST', `${base}/silences`, silence)).status).toBe(403);
    const made = await world.send('member', 'POST', `${base}/silences`, silence);
    expect(made).toMatchObject({ status: 201, body: { data: { author: 'member', workspace_id: home } } });
    lengths.set(home, 40);
    await pass(150);
    const [alert] = (await world.send('viewer', 'GET', `${base}/active`)).body.data;
    expect(alert.mutes).toEqual([{ kind: 'silence', by: made.body.data.silence_id }]);
    const path = `${base}/silences/${made.body.data.silence_id}`;
    expect((await world.send('outsider', 'DELETE', path)).status).toBe(404);
    expect((await world.send('member', 'DELETE', path)).status).toBe(204);
    expect((await world.send('viewer', 'GET', `${base}/active`)).body.data[0].mutes).toEqual([]);
    lengths.set(home, 1);
  });
});

describe('maintenance', () => {
  const nightly = {
    name: 'Backups',
    matchers: [{ label: 'alertname', op: 'eq', value: 'queue_long' }],
    schedule: {
      kind: 'weekly',
      days: ['mon', 'tue'],
      start: '02:00',
      duration_minutes: 60,
      time_zone: 'Europe/Berlin',
    },
    comment: 'The queue waits for them.',
  };

  it('is planned by admins, shown to everybody of the workspace, changed and removed', async () => {
    const path = `${base}/maintenance`;
    expect((await world.send('member', 'POST', path, nightly)).status).toBe(403);
    const made = await world.send('admin', 'POST', path, nightly);
    expect(made).toMatchObject({
      status: 201,
      body: { data: { ...nightly, author: 'admin', workspace_id: home } },
    });
    expect((await world.send('viewer', 'GET', path)).body).toMatchObject({
      total: 1,
      data: [made.body.data],
    });
    expect((await world.send('outsider', 'GET', path)).body.total).toBe(0);

    const one = `${path}/${made.body.data.maintenance_id}`;
    const once = {
      ...nightly,
      schedule: {
        kind: 'once',
        from: new Date(clock.now() - 1_000).toISOString(),
        to: new Date(clock.now() + 3_600_000).toISOString(),
      },
    };
    const another = await world.send('outsider', 'PUT', one, once);
    expect(another.status).toBe(404);
    expect((await world.send('admin', 'PUT', one, once)).body.data).toMatchObject(once);
    lengths.set(home, 40);
    await pass(150);
    const [alert] = (await world.send('viewer', 'GET', `${base}/active`)).body.data;
    expect(alert.mutes).toEqual([{ kind: 'maintenance', by: made.body.data.maintenance_id }]);
    lengths.set(home, 1);
    expect((await world.send('outsider', 'DELETE', one)).status).toBe(404);
    expect((await world.send('admin', 'DELETE', one)).status).toBe(204);
    expect((await world.send('viewer', 'GET', path)).body.total).toBe(0);
  });

  it('at times that do not exist is refused', async () => {
    const wrong = { ...nightly, schedule: { ...nightly.schedule, time_zone: 'Europe/Atlantis' } };
    const answer = await world.send('admin', 'POST', `${base}/maintenance`, wrong);
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([422, expect.stringContaining('time zone')]);
    // By the names that the caller knows.
    expect(answer.body.error.message).toContain('schedule.time_zone: ');
    expect(answer.body.error.details.issues).toMatchObject([{ path: 'schedule.time_zone' }]);
  });

  it('takes times of any zone, and says what a time is', async () => {
    const once = (from: string) => ({
      ...nightly,
      schedule: { kind: 'once', from, to: '2026-11-20T14:00:00+01:00' },
    });
    const made = await world.send('admin', 'POST', `${base}/maintenance`, once('2026-11-20T12:00:00Z'));
    expect(made.body.data.schedule).toEqual({
      kind: 'once',
      from: '2026-11-20T12:00:00.000Z',
      to: '2026-11-20T13:00:00.000Z',
    });
    await world.send('admin', 'DELETE', `${base}/maintenance/${made.body.data.maintenance_id}`);
    const refused = await world.send('admin', 'POST', `${base}/maintenance`, once('noon'));
    expect(refused.body.error.message).toContain('Give a time such as 2026-01-31T12:00:00Z');
  });
});

describe('a trial of who is told', () => {
  it('says for each whether it arrived, to the operator alone', async () => {
    const path = `${base}/notifiers/test`;
    expect((await world.send('admin', 'POST', path, {})).status).toBe(403);
    expect(await world.send('operator', 'POST', path, {})).toMatchObject({
      status: 200,
      body: {
        message: 'The trial did not reach 1 of 2.',
        data: [
          { notifier: 'log', delivered: true, failure: null },
          { notifier: 'webhook', delivered: false, failure: 'The webhook answered 500.' },
        ],
      },
    });
  });
});

describe('a back-test', () => {
  it('says when the rule would have fired, beside what it looked at, and changes nothing', async () => {
    longSince = clock.now() - 1_800_000;
    const to = new Date(clock.now()).toISOString();
    const from = new Date(clock.now() - 3_600_000).toISOString();
    const answer = await world.send('viewer', 'POST', `${base}/rules/backtest`, {
      rule: { ...rule, name: 'tried' },
      from,
      to,
    });
    expect(answer.status).toBe(200);
    const { data } = answer.body;
    expect(data).toMatchObject({ from, to, firings: 1 });
    expect(data.series).toHaveLength(1);
    expect(data.series[0].tags).toEqual({ workspace_id: home });
    expect(data.series[0].points.length).toBeGreaterThan(100);
    const states = data.series[0].intervals.map(({ state }: { state: string }) => state);
    expect(states).toEqual(['pending', 'firing']);
    expect(data.notifications.length).toBeGreaterThan(0);
    expect((await world.send('viewer', 'GET', `${base}/rules`)).body.total).toBe(1);
  });

  it('of a rule that is wrong says what is wrong', async () => {
    const answer = await world.send('viewer', 'POST', `${base}/rules/backtest`, {
      rule: { name: 'tried', condition: 'gt', metric: 'queue_length' },
    });
    expect([answer.status, JSON.stringify(answer.body)]).toEqual([422, expect.stringContaining('threshold')]);
  });
});

describe('a rule that is replaced or removed', () => {
  it('is evaluated as it is now, or not at all', async () => {
    const { name: _name, ...body } = rule;
    const changed = await world.send('admin', 'PUT', `${base}/rules/queue_long`, { ...body, threshold: 100 });
    expect(changed.body.data).toMatchObject({ threshold: 100 });
    expect((await world.send('admin', 'PUT', `${base}/rules/unheard_of`, body)).status).toBe(404);
    expect((await world.send('admin', 'DELETE', `${base}/rules/queue_long`)).status).toBe(204);
    expect((await world.send('admin', 'DELETE', `${base}/rules/queue_long`)).status).toBe(404);
    expect((await world.send('viewer', 'GET', `${base}/rules`)).body.total).toBe(0);
  });
});
