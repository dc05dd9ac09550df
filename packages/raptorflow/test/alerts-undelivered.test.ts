import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  alertChannels,
  createAlerts,
  memoryAlertStore,
  webhookNotifier,
  type Alerts,
  type AlertStore,
} from 'raptorflow/alerts';
import { recordedHistory, type RecordedHistory } from 'raptorflow/alerts/contract-suite';
import { createBus, sqliteEngine, type Bus, type DeadLetter } from 'raptorflow/bus';
import { systemClock } from 'raptorflow/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';

/*
 * What a webhook gives up stands among the dead letters of the bus, and is delivered when that is redriven: the real bus, a real web server.
 */

let server: Server;
let url = '';
let status = 410;
let received: string[] = [];
let bus: Bus;
let history: RecordedHistory;
let store: AlertStore;
let alerts: Alerts;

beforeEach(async () => {
  [status, received] = [410, []];
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      if (status === 200) received.push(String(request.headers['webhook-id']));
      response.writeHead(status).end();
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  // A strict bus: the channel has to be one that composition can declare.
  bus = createBus({ engine: sqliteEngine({ path: ':memory:' }), strict: true, channels: alertChannels });
  await bus.start();
  history = recordedHistory();
  store = memoryAlertStore();
  alerts = await startAlerts();
});

afterEach(async () => {
  await alerts.stop();
  await bus.stop();
  server.closeAllConnections();
  server.close();
});

async function startAlerts(): Promise<Alerts> {
  const pace = { groupWaitSeconds: 0, groupIntervalSeconds: 1 };
  const made = createAlerts(
    { routes: [{ name: 'all', notifiers: ['webhook'], pace }], times: { deliveryRetriesMax: 0 } },
    {
      sources: { live: history },
      delivery: { notifiers: [webhookNotifier({ url, secrets: ['a secret that is long enough'] })], bus },
      store,
    },
  );
  await made.start();
  return made;
}

async function fire(): Promise<void> {
  // Evaluations are for whole seconds; the window of the next one has a sample.
  history.record('queue_length', {}, systemClock.now() - 900, 20);
  history.record('queue_length', {}, systemClock.now(), 20);
  const rule = { name: 'queue_long', metric: 'queue_length', condition: 'gt', threshold: 10 } as const;
  await alerts.rules.put({ ...rule, windowSeconds: 30, intervalSeconds: 1, durationSeconds: 0 });
  await alerts.evaluate();
}

async function until<Found>(look: () => Promise<Found | undefined> | Found | undefined): Promise<Found> {
  for (let attempt = 0; attempt < 400; attempt += 1) {
    const found = await look();
    if (found !== undefined) return found;
    await systemClock.sleep(25);
  }
  throw new Error('It did not happen within ten seconds.');
}

const firstLetter = (): Promise<DeadLetter> =>
  until(async () => (await bus.deadLetters.list({ channel: 'alerts.undelivered' })).items[0]);

test('a notification that is given up is a dead letter, and redriving it delivers it with the same id', async () => {
  await fire();
  const letter = await firstLetter();
  expect(letter).toMatchObject({ group: 'alerts', state: 'open' });
  expect(letter.error.message).toContain('status 410');
  const [delivery] = await alerts.deliveries();
  expect(delivery).toMatchObject({ notifier: 'webhook', outcome: 'undelivered' });

  // While the other side refuses, it becomes a dead letter again.
  await bus.deadLetters.redrive([letter.id]);
  const second = await until(async () =>
    (await bus.deadLetters.list({ channel: 'alerts.undelivered' })).items.find(
      (item) => item.state === 'open' && item.id !== letter.id,
    ),
  );
  expect(second.error.message).toContain('gave up again');

  status = 200;
  await bus.deadLetters.redrive([second.id]);
  await until(() => received[0]);
  expect(received).toEqual([delivery?.id]);
  await until(async () => (await alerts.deliveries()).find(({ outcome }) => outcome === 'delivered'));
});

test('what was given up just before the process ended becomes a dead letter at the next start', async () => {
  await bus.stop();
  await fire();
  await until(async () => (await alerts.deliveries()).find(({ outcome }) => outcome === 'failed'));
  await alerts.stop();
  bus = createBus({ engine: sqliteEngine({ path: ':memory:' }), strict: true, channels: alertChannels });
  await bus.start();
  alerts = await startAlerts();
  expect((await firstLetter()).error.message).toContain('status 410');
  await until(async () => (await alerts.deliveries()).find(({ outcome }) => outcome === 'undelivered'));
});
