import { createAlerts, defaultAlertRules, type Notification, type Notifier } from 'raptorflow/alerts';
import { createBus, sqliteEngine, type Bus } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import { createPeriscope } from 'raptorflow/resilience';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { alertRoutes, createBudgetNotices } from './budget-notices.ts';

let bus: Bus;
let notices: ReturnType<typeof createBudgetNotices>;
const told: { by: string; notification: Notification; deliveryId: string }[] = [];
beforeEach(async () => {
  told.length = 0;
  bus = createBus({ engine: sqliteEngine({ path: ':memory:' }) });
  await bus.start();
});
afterEach(async () => {
  await notices.stop();
  await bus.stop();
});

async function begin(...notifiers: Notifier[]): Promise<void> {
  notices = createBudgetNotices({
    bus,
    notifiers,
    nameOf: async (id) => (id === 'wsp_1' ? 'Kiln & Co' : undefined),
    executor: createPeriscope({}),
  });
  await notices.start();
}

const keeping = (name: string): Notifier => ({
  name,
  notify: async (notification, { deliveryId }) => void told.push({ by: name, notification, deliveryId }),
});

const warn = (percent: number, more: object = {}): Promise<string> =>
  bus.publish(percent >= 100 ? 'sys.alert.critical' : 'sys.alert.warning', {
    type: 'budget.warning',
    workspaceId: 'wsp_1',
    payload: {
      level: 'workspace',
      subject: '',
      period: '2026-11',
      percent,
      spent_usd: '8.000000',
      uncertain_usd: '0.000000',
      reserved_usd: '0.500000',
      cap_usd: '10.000000',
      ...more,
    },
  });

it('every notifier is told once of each warning, with the figures, in words', async () => {
  await begin(keeping('mail'), keeping('slack'));
  const id = await warn(80);
  await bus.publish('sys.alert.warning', { type: 'alert.firing', workspaceId: 'wsp_1', payload: {} });
  await vi.waitFor(() => expect(told).toHaveLength(2));
  expect(new Map(told.map(({ by, deliveryId }) => [by, deliveryId]))).toEqual(
    new Map([
      ['mail', `${id}.mail`],
      ['slack', `${id}.slack`],
    ]),
  );
  expect(told[0]?.notification).toMatchObject({
    id,
    status: 'firing',
    alerts: [
      {
        rule: 'budget_80_percent',
        severity: 'warning',
        workspaceId: 'wsp_1',
        value: 0.8,
        summary:
          '80 % of the budget of the workspace Kiln & Co for 2026-11 is spent. Of $10.000000, $8.000000 is spent and $0.500000 reserved.',
        labels: { level: 'workspace', workspace_id: 'wsp_1', period: '2026-11', severity: 'warning' },
      },
    ],
  });
});

it('says whose budget below the workspace it is, what nobody knows the cost of, and that a whole budget stops calls', async () => {
  await begin(keeping('mail'));
  await warn(100, { level: 'campaign', subject: 'cmp_1', period: 'lifetime', uncertain_usd: '2.000000' });
  await vi.waitFor(() => expect(told).toHaveLength(1));
  expect(told[0]?.notification.alerts[0]).toMatchObject({
    severity: 'critical',
    summary:
      'The budget of the campaign cmp_1 in Kiln & Co in all is used up; calls that do not fit are refused. Of $10.000000, $8.000000 is spent, $2.000000 charged for calls whose cost nobody knows and $0.500000 reserved.',
  });
});

it('a notifier that will never take it is not asked again, holds up no other, and leaves a dead letter', async () => {
  let asked = 0;
  const refusing: Notifier = {
    name: 'webhook',
    notify: async () => {
      asked += 1;
      throw new RaptorFlowError('unavailable', 'The webhook answered with status 410.', { retryable: false });
    },
  };
  await begin(refusing, keeping('mail'));
  await warn(50);
  await vi.waitFor(async () => expect((await bus.deadLetters.list({})).items).toHaveLength(1));
  expect([asked, told.length]).toEqual([1, 1]);
  expect(JSON.stringify(await bus.deadLetters.list({}))).toContain('webhook gave up: The webhook answered');
});

it('what was published a moment before the first start is told', async () => {
  await warn(50);
  await begin(keeping('mail'));
  await vi.waitFor(() => expect(told).toHaveLength(1));
});

it('what was published while nobody listened is told when somebody does again', async () => {
  await begin(keeping('mail'));
  await notices.stop();
  await warn(80);
  await begin(keeping('mail'));
  await vi.waitFor(() => expect(told).toHaveLength(1));
});

it('the default rules about budgets tell the log and the bus alone, and all other rules everybody', async () => {
  const routes = alertRoutes(['log', 'bus', 'mail'].map((name) => ({ name })));
  const toldBy = (rule: string): readonly string[] | undefined =>
    routes.find(({ matchers = [] }) =>
      matchers.every(({ label, value }) => label === 'alertname' && value === rule),
    )?.notifiers;
  for (const { name } of defaultAlertRules) {
    expect([name, toldBy(name)]).toEqual([
      name,
      name.startsWith('budget_') ? ['log', 'bus'] : ['log', 'bus', 'mail'],
    ]);
  }
  const named = ['log', 'bus', 'mail'].map(keeping);
  expect(() => createAlerts({ routes }, { sources: {}, delivery: { notifiers: named } })).not.toThrow();
  await begin();
});
