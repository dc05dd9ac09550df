/** How an installation watches itself: the past of its metrics, and alerts over them. */
import type { PeriscopePipeline } from '@raptorflow/contract';
import { createAlertDuty, relationalAlertStore, type AlertDuty, type DutyStatus } from '@raptorflow/runtime';
import {
  busNotifier,
  createAlerts,
  logNotifier,
  mailNotifier,
  slackNotifier,
  webhookNotifier,
  type AlertDelivery,
  type Alerts,
  type AlertSources,
  type Notifier,
} from 'raptorflow/alerts';
import type { Bus } from 'raptorflow/bus';
import { RaptorFlowError } from 'raptorflow/kernel';
import { forecast, type History } from 'raptorflow/metrics';
import type { RaptorMiniStatus } from 'raptorflow/mini';
import type { Config } from '../config.ts';
import { alertRoutes, busName, createBudgetNotices, logName } from './budget-notices.ts';
import { createForgottenAlerts } from './forgotten-alerts.ts';
import { createProcessHistory } from './history.ts';
import { putRules } from './host-rules.ts';
import { tryNotifiers, type NotifierTrial } from './notifier-trial.ts';
import { laggingPast } from './past.ts';
import { createProcessSnapshots, type ProcessSnapshot } from './process-snapshots.ts';
import { profileOf } from './profile.ts';
import type { Program } from './program.ts';
import type { CommonDeps, Stores } from './stores.ts';

/** The watching parts, not started yet. */
export interface Monitoring {
  readonly history: History;
  /** What all processes measure now. */
  readonly present: () => Promise<readonly ProcessSnapshot[]>;
  /** The runs of pipelines in all processes, the newest first. */
  readonly pipelines: () => Promise<readonly PeriscopePipeline[]>;
  /** The service of alerts. Throws `unavailable` where another server of the installation looks after them. */
  readonly alerts: () => Alerts;
  /** Who looks after alerts. */
  readonly duty: () => DutyStatus;
  /** Sends a trial to everybody who is told of alerts. */
  readonly tryNotifiers: () => Promise<readonly NotifierTrial[]>;
  /** Starts recording, and alerts where no other process can have them. */
  start(): Promise<void>;
  /** Goes on once the server is reached at `address`: where several share the stores, one of them looks after alerts. */
  listen(address: string): Promise<void>;
  /** Goes over to what Raptor Mini's configuration says now, where this process looks after alerts. */
  rereadRules(): Promise<void>;
  stop(options: { readonly deadlineMs: number }): Promise<void>;
}

/** What Raptor Mini's configuration says about alerts. */
export interface HostAlerting {
  /** As it is when alerts begin. */
  status(): Pick<RaptorMiniStatus, 'config' | 'configFile'>;
  /** Who is told besides; read once. */
  readonly webhookUrl: string | null;
}

/** What is watched. */
export interface MonitoredParts extends Pick<Program, 'stores' | 'periscope' | 'runtime'> {
  /** The runs of pipelines in this process. */
  readonly pipelines: () => readonly PeriscopePipeline[];
}

/** Wires history and alerts over the registry of the process. */
export function createMonitoring(
  config: Config,
  { stores, periscope, pipelines, runtime }: MonitoredParts,
  host: HostAlerting,
  deps: CommonDeps,
): Monitoring {
  const history = createProcessHistory(config, 'server', deps);
  const snapshots = createProcessSnapshots(config, 'server', deps, pipelines);
  const { bus, db } = stores;
  const notifiers = notifiersOf(config, bus, host.webhookUrl, deps);
  const delivery = { notifiers, executor: periscope, bus };
  const notices = createBudgetNotices({
    bus,
    notifiers: notifiers.filter(({ name }) => name !== busName),
    nameOf: async (workspaceId) => (await runtime.identity.workspaces.find(workspaceId))?.name,
    executor: periscope,
  });
  const watch =
    profileOf(config).profile === 'embedded'
      ? soleWatch(createService(db, { live: history.live, past: history, forecast }, delivery, deps), host)
      : // Memory holds the series of one process only: rules over all of them ask the stored past, where they are added up.
        sharedWatch(
          db,
          host,
          (holder) =>
            createService(db, { past: laggingPast(history, lagMs), forecast }, delivery, deps, holder),
          deps,
        );
  const forgotten = createForgottenAlerts({ bus, db, alerts: watch.alerts });
  return {
    history,
    present: () => snapshots.all(),
    pipelines: () => snapshots.pipelines(),
    alerts: watch.alerts,
    duty: watch.duty,
    tryNotifiers: () => tryNotifiers(notifiers, { ...deps, executor: periscope }),
    async start() {
      await Promise.all([history.start(), snapshots.start(), notices.start()]);
      await watch.start();
      await forgotten.start();
    },
    listen: watch.listen,
    async rereadRules() {
      if (watch.duty().kind !== 'elsewhere') await putRules(watch.alerts().rules, host.status());
    },
    async stop(options) {
      await Promise.all([forgotten.stop(options), notices.stop(options)]);
      await watch.stop(options);
      await Promise.all([history.stop(options), snapshots.stop(options)]);
      deps.own.ended('metrics');
    },
  };
}

/** All processes have told of a step after so long: they sample every ten seconds, and write at once. */
const lagMs = 15_000;

/** Who evaluates the rules of an installation. */
interface Watch extends Pick<Monitoring, 'alerts' | 'duty' | 'start' | 'listen' | 'stop'> {}

// The stores are this process's own.
function soleWatch(alerts: Alerts, host: HostAlerting): Watch {
  return {
    alerts: () => alerts,
    duty: () => ({ kind: 'own' }),
    start: () => begin(alerts, host),
    listen: async () => undefined,
    stop: (options) => alerts.stop(options),
  };
}

const leaveMsMax = 2_000;

function sharedWatch(
  db: Stores['db'],
  host: HostAlerting,
  create: (holder: string) => Alerts,
  { clock, ids, log }: CommonDeps,
): Watch {
  let alerts: Alerts | undefined;
  let duty: AlertDuty | undefined;
  return {
    alerts() {
      if (alerts?.state === 'running') return alerts;
      throw new RaptorFlowError(
        'unavailable',
        'Another server of this installation looks after alerts; try again in a few seconds.',
      );
    },
    duty: () => duty?.status() ?? { kind: 'unknown' },
    start: async () => undefined,
    async listen(address) {
      duty = createAlertDuty(
        address,
        {
          async take(holder) {
            alerts = create(holder);
            await begin(alerts, host);
          },
          async leave() {
            const left = alerts;
            alerts = undefined;
            await left?.stop({ deadlineMs: leaveMsMax });
          },
        },
        { db, clock, ids, log },
      );
      await duty.start();
    },
    stop: async (options) => duty?.stop(options),
  };
}

async function begin(alerts: Alerts, host: HostAlerting): Promise<void> {
  await alerts.start();
  await putRules(alerts.rules, host.status());
}

function createService(
  db: Stores['db'],
  sources: AlertSources,
  delivery: AlertDelivery & { readonly notifiers: readonly Notifier[] },
  { clock, log, metrics, ids }: CommonDeps,
  holder?: string,
): Alerts {
  return createAlerts(
    { routes: alertRoutes(delivery.notifiers) },
    {
      sources,
      store: relationalAlertStore(db, holder === undefined ? {} : { holder }),
      delivery,
      clock,
      log,
      meter: metrics,
      chance: { ids },
    },
  );
}

function notifiersOf(
  { monitoring }: Config,
  bus: Bus,
  hostWebhookUrl: string | null,
  deps: Pick<CommonDeps, 'clock' | 'log'>,
): Notifier[] {
  const { webhook, webhookSecret, slackUrl, mail } = monitoring;
  return [
    logNotifier({ ...deps, name: logName }),
    busNotifier({ bus, name: busName }),
    ...(webhook ? [webhookNotifier({ url: webhook.url, secrets: [webhook.secret] }, deps)] : []),
    ...(hostWebhookUrl !== null && webhookSecret !== undefined
      ? [webhookNotifier({ url: hostWebhookUrl, secrets: [webhookSecret], name: 'raptor-ini' }, deps)]
      : []),
    ...(slackUrl === undefined ? [] : [slackNotifier({ url: slackUrl }, deps)]),
    ...(mail ? [mailNotifier(mail)] : []),
  ];
}
