import { createFakeClock, type FakeClock } from '../../kernel/testing/index.ts';
import { seededRandom } from '../../kernel/index.ts';
import type { Tags } from '../../metrics/index.ts';
import type { Alerts } from '../alerts.ts';
import {
  recordedHistory,
  type RecordedHistory,
  type RecordedOptions,
} from '../contract-suite/recorded-history.ts';
import { createAlerts, type AlertsDeps } from '../create-alerts.ts';
import type { Notification, Notifier } from '../notifier.ts';
import type { AlertsOptions } from '../options.ts';
import type { AlertRuleDraft, Comparison } from '../rule.ts';
import { memoryAlertStore } from '../stores/memory.ts';

/** A notifier that keeps what it was told, and fails when it is asked to. */
export interface Listener extends Notifier {
  readonly told: Notification[];
  readonly deliveryIds: string[];
  fail: Error | null;
}

/** A service of alerts on a clock and a history that the test moves. */
export interface World {
  readonly clock: FakeClock;
  readonly history: RecordedHistory;
  readonly listener: Listener;
  readonly alerts: Alerts;
  /** Moves time in steps of a second up to each sample, records it, and lets the service do what is due. */
  play(metric: string, tags: Tags, values: readonly (number | null)[]): Promise<void>;
  pass(durationMs: number): Promise<void>;
  /** `alert` – its state, for every alert that is not inactive. */
  states(): string[];
  /** The service is stopped and another one goes on with what it stored. */
  restart(options?: AlertsOptions): Promise<void>;
}

/** Fires ten seconds after a value above 10, and looks every ten seconds at the newest sample. */
export const queueRule: Extract<AlertRuleDraft, { readonly condition: Comparison }> = {
  name: 'queue_long',
  metric: 'queue_length',
  aggregation: 'last',
  windowSeconds: 10,
  condition: 'gt',
  threshold: 10,
  intervalSeconds: 10,
  durationSeconds: 10,
};

/** Tells of everything at once, so that tests see what is told without waiting. */
export const promptRoute = {
  name: 'all',
  notifiers: ['listener'],
  groupBy: ['alertname'],
  pace: { groupWaitSeconds: 0, groupIntervalSeconds: 10, repeatIntervalSeconds: 100 },
} as const;

/** The distance of samples and, in most tests, of evaluations. */
export const stepMs = 10_000;

/** Builds and starts a service; the caller stops it. */
export async function createWorld(
  options: AlertsOptions = {},
  deps: Partial<AlertsDeps> & { readonly recorded?: RecordedOptions } = {},
): Promise<World> {
  const clock = createFakeClock();
  const history = recordedHistory(deps.recorded);
  const listener = createListener();
  const store = deps.store ?? memoryAlertStore();
  const withRoutes: AlertsOptions = {
    routes: [promptRoute],
    ...options,
    times: { graceSeconds: 0, ...options.times },
  };
  const open = (given: AlertsOptions): Alerts =>
    createAlerts(given, {
      sources: { live: history, past: history },
      delivery: { notifiers: [listener] },
      clock,
      chance: { random: seededRandom(1) },
      ...omitRecorded(deps),
      store,
    });
  let alerts = open(withRoutes);
  await alerts.start();
  const pass = async (durationMs: number): Promise<void> => {
    await clock.advance(durationMs);
    if (alerts.state === 'running') await alerts.evaluate();
    // What was enqueued is delivered in turns of the event loop.
    await clock.advance(0);
  };
  return {
    clock,
    history,
    listener,
    get alerts() {
      return alerts;
    },
    pass,
    async play(metric, tags, values) {
      for (const value of values) {
        if (value !== null) history.record(metric, tags, clock.now() + stepMs, value);
        // Other series go on, so that the history as a whole is alive.
        history.record('heartbeat', {}, clock.now() + stepMs, 1);
        await pass(stepMs);
      }
    },
    states: () => alerts.list().map(({ rule, state }) => `${rule} ${state.kind}`),
    async restart(given = withRoutes) {
      await alerts.stop();
      alerts = open(given);
      await alerts.start();
    },
  };
}

function omitRecorded(
  deps: Partial<AlertsDeps> & { readonly recorded?: RecordedOptions },
): Partial<AlertsDeps> {
  const { recorded: _recorded, ...rest } = deps;
  return rest;
}

/** A notifier that succeeds until its `fail` is set. */
export function createListener(): Listener {
  const told: Notification[] = [];
  const deliveryIds: string[] = [];
  const listener: Listener = {
    name: 'listener',
    told,
    deliveryIds,
    fail: null,
    async notify(notification, { deliveryId }) {
      deliveryIds.push(deliveryId);
      if (listener.fail) throw listener.fail;
      told.push(notification);
    },
  };
  return listener;
}
