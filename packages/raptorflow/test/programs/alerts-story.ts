import { appendFileSync } from 'node:fs';
import {
  createAlerts,
  sqliteAlertStore,
  type AlertRuleDraft,
  type Alerts,
  type Notifier,
} from 'raptorflow/alerts';
import { recordedHistory, type RecordedHistory } from 'raptorflow/alerts/contract-suite';
import { seededRandom } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';

/*
 * A process that evaluates alerts over a story that is the same in every run, on a clock that runs as fast as rounds are stored. It begins where the
 * store says that the last process stopped, and prints a line when it begins and one when the story has ended.
 * Arguments: path of the store, path of the file that stands for the outside world, number of steps.
 */

const [, , storePath = '', outsidePath = '', stepsText = '0'] = process.argv;
const steps = Number(stepsText);
const stepMs = 10_000;
const beginning = Date.UTC(2026, 0, 1);
const seriesCount = 6;
/** Steps before the present one that windows reach back to. */
const reachSteps = 12;

const queue = {
  metric: 'queue_length',
  aggregation: 'last',
  windowSeconds: 10,
  intervalSeconds: 10,
  condition: 'gt',
  threshold: 6,
} as const;

const rules: readonly AlertRuleDraft[] = [
  { ...queue, name: 'plain', durationSeconds: 30 },
  {
    ...queue,
    name: 'hysteresis',
    durationSeconds: 20,
    resolveThreshold: 3,
    keepFiringSeconds: 40,
    missing: 'keep',
  },
  { ...queue, name: 'absent_is_fine', durationSeconds: 0, keepFiringSeconds: 20, missing: 'ok' },
  { ...queue, name: 'absent_is_bad', durationSeconds: 20, missing: 'firing', severity: 'critical' },
  {
    name: 'both',
    condition: 'all',
    rules: ['plain', 'hysteresis'],
    by: ['s'],
    intervalSeconds: 20,
    durationSeconds: 20,
  },
  {
    name: 'slow',
    condition: 'burn_rate',
    good: { metric: 'good' },
    total: { metric: 'total' },
    objective: 0.9,
    threshold: 3,
    longWindowSeconds: 100,
    shortWindowSeconds: 20,
    intervalSeconds: 10,
    durationSeconds: 10,
  },
];

/** What a series shows at a step: the same whenever it is asked. Values stay for some steps. */
function valueAt(series: number, step: number): number | null {
  const stay = 2 + series;
  const random = seededRandom(series * 100_003 + Math.floor(step / stay));
  return random.next() < 0.1 ? null : Math.floor(random.next() * 11);
}

function record(history: RecordedHistory, step: number): void {
  const at = beginning + step * stepMs;
  for (let series = 0; series < seriesCount; series += 1) {
    const value = valueAt(series, step);
    if (value !== null) history.record('queue_length', { s: String(series) }, at, value);
  }
  history.record('total', {}, at, 10);
  history.record('good', {}, at, valueAt(99, step) ?? 10);
}

/** Every now and then somebody acknowledges the alert that comes first. */
async function acknowledge(alerts: Alerts, step: number): Promise<void> {
  if (step % 7 !== 0) return;
  const firing = alerts.list().filter(({ state }) => state.kind === 'firing');
  const [first] = firing.map(({ id }) => id).sort();
  if (first !== undefined) await alerts.acknowledge({ alertId: first, by: 'Ada', note: `step ${step}` });
}

const outside: Notifier = {
  name: 'outside',
  async notify(notification, { deliveryId }) {
    appendFileSync(outsidePath, `${JSON.stringify({ deliveryId, notification })}\n`);
  },
};

// Where the last process stopped is asked of its store: whatever it stored last belongs to the newest evaluation.
const store = sqliteAlertStore({ path: storePath });
await store.open({ transitionsMax: 1_000_000, deliveriesMax: 1_000_000 });
const times = (await store.load()).flatMap(({ kind, body }) =>
  kind === 'evaluation' ? [body.evaluatedAt] : [],
);
await store.close();
const resumed = times.length === 0 ? 0 : (Math.max(...times) - beginning) / stepMs;

const history = recordedHistory({ kindOf: (metric) => (metric === 'queue_length' ? 'gauge' : 'counter') });
for (let step = Math.max(0, resumed - reachSteps); step <= resumed; step += 1) record(history, step);
const clock = createFakeClock(beginning + resumed * stepMs);
const pace = { groupWaitSeconds: 20, groupIntervalSeconds: 50, repeatIntervalSeconds: 300 };
const alerts = createAlerts(
  {
    routes: [{ name: 'all', notifiers: ['outside'], groupBy: ['alertname'], pace }],
    limits: { transitionsMax: 1_000_000, deliveriesMax: 1_000_000 },
    times: { graceSeconds: 0 },
  },
  {
    sources: { live: history },
    store: sqliteAlertStore({ path: storePath }),
    delivery: { notifiers: [outside] },
    clock,
  },
);
await alerts.start();
if (alerts.rules.list().length < rules.length) for (const rule of rules) await alerts.rules.put(rule);
process.stdout.write(`begin ${resumed}\n`);
await acknowledge(alerts, resumed);
for (let step = resumed + 1; step <= steps; step += 1) {
  record(history, step);
  await clock.advance(stepMs);
  await alerts.evaluate();
  await acknowledge(alerts, step);
}
await alerts.stop();
process.stdout.write('end\n');
