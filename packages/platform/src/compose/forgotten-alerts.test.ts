import {
  alertMigrations,
  alertTables,
  openDatabase,
  relationalAlertStore,
  type Database,
} from '@raptorflow/runtime';
import { createAlerts, type Alerts } from 'raptorflow/alerts';
import { createBus, sqliteEngine, type Bus } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createForgottenAlerts } from './forgotten-alerts.ts';

const clock = createFakeClock();
let db: Database;
let bus: Bus;
let alerts: Alerts;
let onDuty = true;
let asked = 0;
let forgotten: ReturnType<typeof createForgottenAlerts>;

beforeEach(async () => {
  onDuty = true;
  asked = 0;
  db = openDatabase({ path: ':memory:', tables: [alertTables], migrations: [alertMigrations] }, { clock });
  bus = createBus({ engine: sqliteEngine({ path: ':memory:' }) });
  await Promise.all([db.start(), bus.start()]);
  alerts = createAlerts({}, { sources: {}, store: relationalAlertStore(db), clock });
  await alerts.start();
  forgotten = createForgottenAlerts({
    bus,
    db,
    alerts: () => {
      asked += 1;
      if (onDuty) return alerts;
      throw new RaptorFlowError('unavailable', 'Another server looks after alerts.');
    },
  });
  await forgotten.start();
});
afterEach(async () => {
  await forgotten.stop();
  await alerts.stop();
  await Promise.all([bus.stop(), db.stop()]);
});

async function plant(workspaceId: string): Promise<void> {
  const scope = { workspaceId } as const;
  await alerts.rules.put({ name: 'hot', metric: 'heat', condition: 'gt', threshold: 5, ...scope });
  await alerts.rules.put({ name: 'all', condition: 'all', rules: ['hot'], ...scope });
  await alerts.silences.add({
    matchers: [{ label: 'alertname', op: 'eq', value: 'x' }],
    endsAt: clock.now() + 3_600_000,
    author: 'usr_1',
    comment: 'quiet',
    ...scope,
  });
  const id = `${workspaceId}_told`;
  await db
    .system<Readonly<Record<string, Record<string, unknown>>>>()
    .insertInto('alert_transitions')
    .values({
      place: workspaceId === 'wsp_1' ? 1 : 2,
      id,
      at: clock.now(),
      workspace_id: workspaceId,
      rule: 'hot',
      alert_id: id,
      to_state: 'firing',
      body: '{}',
    })
    .execute();
}

const left = async (workspaceId: string): Promise<number[]> => [
  alerts.rules.list({ workspaceId }).length,
  alerts.silences.list({ workspaceId }).filter(({ endsAt }) => endsAt > clock.now()).length,
  (
    await db
      .system<Readonly<Record<string, Record<string, unknown>>>>()
      .selectFrom('alert_transitions')
      .select('id')
      .where('workspace_id', '=', workspaceId)
      .execute()
  ).length,
];

it('takes a deleted workspace’s rules, silences and history away, and nobody else\u2019s', async () => {
  await plant('wsp_1');
  await plant('wsp_2');
  expect(await left('wsp_1')).toEqual([2, 1, 1]);
  const before = await left('wsp_2');
  await bus.publish('sys.workspace.lifecycle', {
    type: 'workspace.deleted',
    workspaceId: 'wsp_1',
    payload: {},
  });
  await vi.waitFor(async () => expect(await left('wsp_1')).toEqual([0, 0, 0]));
  expect(await left('wsp_2')).toEqual(before);
});

it('comes to the server that looks after alerts, whoever is asked first', async () => {
  await plant('wsp_1');
  onDuty = false;
  await bus.publish('sys.workspace.lifecycle', {
    type: 'workspace.deleted',
    workspaceId: 'wsp_1',
    payload: {},
  });
  await vi.waitFor(() => expect(asked).toBeGreaterThan(0));
  onDuty = true;
  await vi.waitFor(async () => expect(await left('wsp_1')).toEqual([0, 0, 0]), { timeout: 5_000 });
});
