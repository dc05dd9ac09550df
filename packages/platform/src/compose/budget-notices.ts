/** Warnings of budgets, told to whoever is told of alerts: by mail, chat and webhook. */
import type { Notification, Notifier, Route } from 'raptorflow/alerts';
import { permanentError, type Bus, type BusEvent, type Subscription } from 'raptorflow/bus';
import { isRaptorFlowError, Lifecycle, type Service } from 'raptorflow/kernel';
import type { Executor } from 'raptorflow/resilience';
import { z } from 'zod';

/** What the notices are made from. */
export interface BudgetNoticesDeps {
  readonly bus: Pick<Bus, 'subscribe'>;
  /** Who is told; the bus itself has the event already, and is left out. */
  readonly notifiers: readonly Notifier[];
  /** What people call a workspace; undefined for one that is gone. */
  readonly nameOf: (workspaceId: string) => Promise<string | undefined>;
  readonly executor: Pick<Executor, 'execute'>;
}

/** The name of the notifier that writes into the log. */
export const logName = 'log';
/** The name of the notifier that publishes on the bus. */
export const busName = 'bus';

const attemptMsMax = 15_000;
/** The default rules about the state of a workspace's budget, which the dashboard shows. */
const budgetRules = ['budget_80_percent', 'budget_100_percent'];

const warningSchema = z.looseObject({
  level: z.string(),
  subject: z.string(),
  period: z.string(),
  percent: z.number(),
  spent_usd: z.string(),
  uncertain_usd: z.string(),
  reserved_usd: z.string(),
  cap_usd: z.string(),
});

/**
 * Hands each `budget.warning` to each notifier: at least once, and once unless a process dies between the delivery and its acknowledgement; the
 * id of the delivery is then the same. Each notifier has a group of its own on the bus, so that what happened while no process ran is told at the
 * next start, and one that fails holds up nobody else; what it gives up stands among the dead letters and is told again when that is redriven.
 */
export function createBudgetNotices({ bus, notifiers, nameOf, executor }: BudgetNoticesDeps): Service {
  let subscriptions: readonly Subscription[] = [];
  const lifecycle = new Lifecycle('the notices of budgets', {
    start: async () => {
      subscriptions = await Promise.all(
        notifiers.map((notifier) =>
          bus.subscribe(
            'sys.alert.*',
            async (event, { attempt, signal }) => {
              const notification = await notificationOf(event, nameOf);
              await deliver(notifier, notification, { attempt, signal }, executor);
            },
            {
              group: `budget-notices.${notifier.name}`,
              types: ['budget.warning'],
              // At the very first start, calls may be paid for before anybody listens.
              from: { sinceMs: 60_000 },
              concurrency: 1,
              // As patient as deliveries of alerts are: about ten minutes.
              retry: { retries: 8, baseMs: 2_000, capMs: 300_000 },
              timeoutMs: 2 * attemptMsMax,
            },
          ),
        ),
      );
    },
    stop: async (options) => {
      await Promise.all(subscriptions.map((subscription) => subscription.stop(options)));
    },
  });
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
  };
}

/**
 * The routes of alerts beside the notices: every alert goes to everybody, but what the default rules say of a budget's state, again every four
 * hours, goes to the log and the bus alone. The ledger warns of each threshold once and to the cent, and everybody is told that.
 */
export function alertRoutes(notifiers: readonly Pick<Notifier, 'name'>[]): Route[] {
  return [
    ...budgetRules.map((rule) => ({
      name: rule,
      matchers: [{ label: 'alertname', op: 'eq', value: rule } as const],
      notifiers: [logName, busName],
    })),
    { name: 'default', notifiers: notifiers.map(({ name }) => name) },
  ];
}

async function deliver(
  notifier: Notifier,
  notification: Notification,
  { attempt, signal }: { readonly attempt: number; readonly signal: AbortSignal },
  executor: BudgetNoticesDeps['executor'],
): Promise<void> {
  const deliveryId = `${notification.id}.${notifier.name}`;
  try {
    await executor.execute(
      `notify:${notifier.name}`,
      (context) => notifier.notify(notification, { deliveryId, attempt, signal: context.signal }),
      // The group makes the retries, which survive the process.
      { retry: false, timeoutMs: attemptMsMax, signal, breaker: false },
    );
  } catch (error) {
    if (isRaptorFlowError(error) && !error.retryable && error.code !== 'cancelled') {
      throw permanentError(`${notifier.name} gave up: ${error.message}`);
    }
    throw error;
  }
}

async function notificationOf(event: BusEvent, nameOf: BudgetNoticesDeps['nameOf']): Promise<Notification> {
  const parsed = warningSchema.safeParse(event.payload);
  if (!parsed.success) throw permanentError('The payload is no warning of a budget.');
  const { level, subject, period, percent, ...amounts } = parsed.data;
  const { workspaceId } = event;
  const rule = `budget_${percent}_percent`;
  const severity = percent >= 100 ? 'critical' : 'warning';
  const name = workspaceId === null ? undefined : await nameOf(workspaceId);
  const at = Date.parse(event.timestamp);
  const identity = { alertname: rule, workspace_id: workspaceId ?? '', level, subject };
  return {
    id: event.id,
    status: 'firing',
    reason: 'news',
    route: 'budgets',
    groupLabels: identity,
    alerts: [
      {
        id: event.id,
        status: 'firing',
        rule,
        workspaceId,
        severity,
        summary: summaryOf(parsed.data, name ?? workspaceId ?? 'this installation'),
        runbookUrl: null,
        labels: { ...identity, severity, period },
        value: shareOf(amounts),
        firingSince: at,
        resolvedAt: null,
      },
    ],
    alertsLeftOut: 0,
    at,
  };
}

function summaryOf(warning: z.output<typeof warningSchema>, workspace: string): string {
  const { level, subject, period, percent } = warning;
  const whose =
    level === 'workspace' ? `the workspace ${workspace}` : `the ${level} ${subject} in ${workspace}`;
  const when = period === 'lifetime' ? 'in all' : `for ${period}`;
  const what =
    percent >= 100
      ? `The budget of ${whose} ${when} is used up; calls that do not fit are refused.`
      : `${percent} % of the budget of ${whose} ${when} is spent.`;
  const unknown =
    Number(warning.uncertain_usd) === 0
      ? ''
      : `, $${warning.uncertain_usd} charged for calls whose cost nobody knows`;
  return `${what} Of $${warning.cap_usd}, $${warning.spent_usd} is spent${unknown} and $${warning.reserved_usd} reserved.`;
}

// Only shown; money is counted in integers elsewhere.
function shareOf(amounts: {
  readonly spent_usd: string;
  readonly uncertain_usd: string;
  readonly cap_usd: string;
}): number {
  const cap = Number(amounts.cap_usd);
  return cap === 0 ? 1 : (Number(amounts.spent_usd) + Number(amounts.uncertain_usd)) / cap;
}
