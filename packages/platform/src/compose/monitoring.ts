/** How an installation watches itself: the past of its metrics, and alerts over them. */
import { join } from 'node:path';
import { relationalAlertStore } from '@raptorflow/runtime';
import {
  busNotifier,
  createAlerts,
  defaultAlertRules,
  logNotifier,
  mailNotifier,
  slackNotifier,
  webhookNotifier,
  type Alerts,
  type Notifier,
} from 'raptorflow/alerts';
import type { Bus } from 'raptorflow/bus';
import { createHistory, forecast, sqliteHistoryStore, type History } from 'raptorflow/metrics';
import type { Config } from '../config.ts';
import { tryNotifiers, type NotifierTrial } from './notifier-trial.ts';
import type { CommonDeps, Stores } from './stores.ts';

/** The watching parts, not started yet. */
export interface Monitoring {
  readonly history: History;
  readonly alerts: Alerts;
  /** Sends a trial to everybody who is told of alerts. */
  readonly tryNotifiers: () => Promise<readonly NotifierTrial[]>;
  /** Starts both, with the default rules where there are none of the installation yet. */
  start(): Promise<void>;
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

/** The file of the embedded profile. */
const metricsFile = 'metrics.db';

/** Wires history and alerts over the registry of the process. */
export function createMonitoring(
  config: Config,
  { db, bus }: Pick<Stores, 'db' | 'bus'>,
  { clock, log, metrics, ids }: CommonDeps,
): Monitoring {
  const history = createHistory(
    { source: 'server' },
    { metrics, store: sqliteHistoryStore({ path: join(config.home, metricsFile) }), clock, log },
  );
  const notifiers = notifiersOf(config, bus, { clock, log });
  const alerts = createAlerts(
    {},
    {
      sources: { live: history.live, past: history, forecast },
      store: relationalAlertStore(db),
      notifiers,
      bus,
      clock,
      log,
      meter: metrics,
      chance: { ids },
    },
  );
  return {
    history,
    alerts,
    tryNotifiers: () => tryNotifiers(notifiers, { clock, ids }),
    async start() {
      await history.start();
      await alerts.start();
      if (alerts.rules.list({ workspaceId: null }).length > 0) return;
      for (const rule of defaultAlertRules) await alerts.rules.put(rule);
    },
    async stop(options) {
      await alerts.stop(options);
      await history.stop(options);
    },
  };
}

function notifiersOf({ monitoring }: Config, bus: Bus, deps: Pick<CommonDeps, 'clock' | 'log'>): Notifier[] {
  const { webhook, slackUrl, mail } = monitoring;
  return [
    logNotifier(deps),
    busNotifier({ bus }),
    ...(webhook ? [webhookNotifier({ url: webhook.url, secrets: [webhook.secret] }, deps)] : []),
    ...(slackUrl === undefined ? [] : [slackNotifier({ url: slackUrl }, deps)]),
    ...(mail ? [mailNotifier(mail)] : []),
  ];
}
