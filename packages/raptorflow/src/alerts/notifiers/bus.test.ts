import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createBus, sqliteEngine, type Bus, type BusEvent } from '../../bus/index.ts';
import { notifierContract } from '../contract-suite/index.ts';
import { notificationOf } from '../contract-suite/samples.ts';
import type { NotifiedAlert, NotifyContext } from '../notifier.ts';
import { busNotifier } from './bus.ts';

async function startBus(): Promise<{ bus: Bus; events: BusEvent[] }> {
  const bus = createBus({ engine: sqliteEngine({ path: ':memory:' }), strict: true });
  await bus.start();
  return { bus, events: [] };
}

async function stored(bus: Bus): Promise<BusEvent[]> {
  const events: BusEvent[] = [];
  for (const channel of ['sys.alert.*', 'sys.state.update']) {
    await bus.replayChannel(channel, (event) => void events.push(event));
  }
  return events;
}

notifierContract(
  'to the bus',
  async () => {
    const { bus } = await startBus();
    let texts: string[] = [];
    const notifier = busNotifier({ bus });
    return {
      notifier: {
        name: notifier.name,
        async notify(notification, context) {
          await notifier.notify(notification, context);
          texts = (await stored(bus)).map((event) => JSON.stringify(event));
        },
      },
      received: () => texts,
      become: null,
      secrets: [],
      dispose: () => bus.stop(),
    };
  },
  { refusals: false },
);

describe('alerts on the bus', () => {
  let bus: Bus;
  beforeEach(async () => {
    ({ bus } = await startBus());
  });
  afterEach(() => bus.stop());
  const context: NotifyContext = { deliveryId: 'dlv_1', attempt: 1, signal: new AbortController().signal };
  const alertOf = (rest: Partial<NotifiedAlert>): NotifiedAlert[] =>
    notificationOf().alerts.map((alert) => ({ ...alert, ...rest }));

  it('go to the channel of their severity, each workspace its own', async () => {
    const alerts = [
      ...alertOf({ severity: 'critical' }),
      ...alertOf({ severity: 'error', workspaceId: 'ws_2' }),
      ...alertOf({ severity: 'warning' }),
      ...alertOf({ severity: 'info', workspaceId: null }),
    ];
    await busNotifier({ bus }).notify(notificationOf({ alerts }), context);
    const events = await stored(bus);
    expect(
      events
        .map(({ channel, workspaceId, priority, type }) => `${channel} ${workspaceId} ${priority} ${type}`)
        .sort(),
    ).toEqual([
      'sys.alert.critical ws_1 critical alert.firing',
      'sys.alert.critical ws_2 high alert.firing',
      'sys.alert.warning ws_1 normal alert.firing',
      'sys.state.update null low alert.firing',
    ]);
    const payloads = events.map(({ payload }) => payload as { alerts: unknown[]; message: string });
    expect(
      payloads.every((payload) => payload.alerts.length === 1 && payload.message.includes('queue_long')),
    ).toBe(true);
  });

  it('are there once, however often they are published', async () => {
    const notifier = busNotifier({ bus });
    await notifier.notify(notificationOf(), context);
    await notifier.notify(notificationOf(), { ...context, attempt: 2 });
    expect(await stored(bus)).toHaveLength(1);
  });
});
