/** Alerts: rules of a workspace for its admins, those of the installation for its operator. */
import { routes } from '@raptorflow/contract';
import type { JsonObject } from '@raptorflow/runtime';
import type { FastifyInstance } from 'fastify';
import type { Alerts, Backtest, PastSeries, PastSource } from 'raptorflow/alerts';
import { RaptorFlowError, type Clock } from 'raptorflow/kernel';
import { asJson, type AuditedDoing } from '../audited.ts';
import type { Call } from '../call.ts';
import { inWireNames } from '../wire-names.ts';
import { registerRoutes, type Handlers, type RegisterDeps } from '../register.ts';
import {
  alertToWire,
  backtestToWire,
  draftFromWire,
  maintenanceToWire,
  ruleToWire,
  scheduleFromWire,
  silenceToWire,
  transitionToWire,
} from './alerts-wire.ts';
import { success } from './metrics-wire.ts';

/** What the routes of alerts answer from. */
export interface AlertRouteDeps extends RegisterDeps {
  /** Throws `unavailable` where another server looks after them. */
  readonly alerts: () => Alerts;
  /** Where back-tests read what a rule measures. */
  readonly past: PastSource;
  /** Sends a trial to everybody who is told of alerts; says why whom it did not reach. */
  readonly tryNotifiers: () => Promise<
    readonly { readonly notifier: string; readonly failure: string | null }[]
  >;
  readonly clock: Clock;
}

const dayMs = 86_400_000;
/** Points of each. */
const pointsAimed = 300;
/** Series that a back-test looks up for the chart. */
const seriesMeasuredMax = 100;

type AlertHandlers = Handlers<typeof routes.alerts>;

/** Registers `/api/v1/metrics/alerts`. */
export function registerAlertRoutes(app: FastifyInstance, deps: AlertRouteDeps): void {
  registerRoutes(
    app,
    routes.alerts,
    inWireNames({
      ...ruleHandlers(deps.alerts),
      ...alertHandlers(deps),
      ...silenceHandlers(deps.alerts),
      ...maintenanceHandlers(deps.alerts),
      async tryNotifiers() {
        const tried = await deps.tryNotifiers();
        const failed = tried.filter(({ failure }) => failure !== null).length;
        return success(
          tried.map(({ notifier, failure }) => ({ notifier, delivered: failure === null, failure })),
          failed === 0
            ? 'The trial reached everybody.'
            : `The trial did not reach ${failed} of ${tried.length}.`,
        );
      },
    }),
    deps,
  );
}

function ruleHandlers(
  alerts: () => Alerts,
): Pick<AlertHandlers, 'listRules' | 'createRule' | 'replaceRule' | 'deleteRule'> {
  const reportOf = (name: string, workspaceId: string | null) => {
    const report = alerts().rules.get({ name, workspaceId });
    if (report) return report;
    throw new RaptorFlowError('not_found', `There is no alert rule "${name}" here.`);
  };
  return {
    listRules({ query }, call) {
      const found = alerts()
        .rules.list({ workspaceId: ownerOf(query.scope, call) })
        .map(ruleToWire);
      return { ...success(found, `${found.length} rules.`), total: found.length };
    },
    async createRule({ query, body }, call) {
      const workspaceId = ownerOf(query.scope, call);
      const { name, ...draft } = body;
      if (alerts().rules.get({ name, workspaceId })) {
        throw new RaptorFlowError(
          'conflict',
          `There is an alert rule "${name}" already; replace it with PUT, or choose another name.`,
        );
      }
      await call.audited(doing('alert_rule.create', query.scope, name, { rule: asJson(draft) }), () =>
        alerts().rules.put(draftFromWire(draft, name, workspaceId)),
      );
      return success(ruleToWire(reportOf(name, workspaceId)), `The rule "${name}" is evaluated from now on.`);
    },
    async replaceRule({ params, query, body }, call) {
      const workspaceId = ownerOf(query.scope, call);
      reportOf(params.name, workspaceId);
      await call.audited(doing('alert_rule.replace', query.scope, params.name, { rule: asJson(body) }), () =>
        alerts().rules.put(draftFromWire(body, params.name, workspaceId)),
      );
      return success(
        ruleToWire(reportOf(params.name, workspaceId)),
        `The rule "${params.name}" is replaced.`,
      );
    },
    async deleteRule({ params, query }, call) {
      const workspaceId = ownerOf(query.scope, call);
      reportOf(params.name, workspaceId);
      await call.audited(doing('alert_rule.delete', query.scope, params.name), () =>
        alerts().rules.remove({ name: params.name, workspaceId }),
      );
      return null;
    },
  };
}

function silenceHandlers(
  alerts: () => Alerts,
): Pick<AlertHandlers, 'listSilences' | 'createSilence' | 'expireSilence'> {
  return {
    listSilences({ query }, call) {
      const found = alerts()
        .silences.list({ workspaceId: ownerOf(query.scope, call) })
        .map(silenceToWire);
      return { ...success(found, `${found.length} silences.`), total: found.length };
    },
    async createSilence({ query, body }, call) {
      const workspaceId = ownerOf(query.scope, call);
      const silence = await call.audited(
        {
          ...doing('alert_silence.create', query.scope, undefined, { silence: asJson(body) }),
          targetOf: ({ id }: { readonly id: string }) => ({ kind: 'alert_silence', id }),
        },
        () =>
          alerts().silences.add({
            workspaceId,
            matchers: body.matchers,
            endsAt: Date.parse(body.ends_at),
            author: call.caller.name,
            comment: body.comment,
            ...(body.starts_at === undefined ? {} : { startsAt: Date.parse(body.starts_at) }),
          }),
      );
      return success(silenceToWire(silence), 'What it matches is told of to nobody until it ends.');
    },
    async expireSilence({ params, query }, call) {
      const workspaceId = ownerOf(query.scope, call);
      const { silence_id: id } = params;
      const isOwn = alerts()
        .silences.list({ workspaceId })
        .some((silence) => silence.id === id);
      const expire = (): Promise<boolean> =>
        call.audited(
          {
            ...doing('alert_silence.expire', query.scope, id),
            resultOf: (expired: boolean) => ({ expired }),
          },
          () => alerts().silences.expire(id),
        );
      if (!isOwn || !(await expire())) {
        throw new RaptorFlowError('not_found', `There is no silence ${id} that could end.`);
      }
      return null;
    },
  };
}

function maintenanceHandlers(
  alerts: () => Alerts,
): Pick<AlertHandlers, 'listMaintenance' | 'createMaintenance' | 'replaceMaintenance' | 'deleteMaintenance'> {
  const own = (id: string, workspaceId: string | null): void => {
    if (
      alerts()
        .maintenance.list({ workspaceId })
        .some((window) => window.id === id)
    )
      return;
    throw new RaptorFlowError('not_found', `There is no window of maintenance ${id} here.`);
  };
  return {
    listMaintenance({ query }, call) {
      const found = alerts()
        .maintenance.list({ workspaceId: ownerOf(query.scope, call) })
        .map(maintenanceToWire);
      return { ...success(found, `${found.length} windows of maintenance.`), total: found.length };
    },
    async createMaintenance({ query, body }, call) {
      const workspaceId = ownerOf(query.scope, call);
      const schedule = scheduleFromWire(body.schedule);
      const window = await call.audited(
        {
          ...doing('alert_maintenance.create', query.scope, undefined, { window: asJson(body) }),
          targetOf: ({ id }: { readonly id: string }) => ({ kind: 'alert_maintenance', id }),
        },
        () => alerts().maintenance.put({ ...body, schedule, workspaceId, author: call.caller.name }),
      );
      return success(maintenanceToWire(window), 'What it matches is told of to nobody at these times.');
    },
    async replaceMaintenance({ params, query, body }, call) {
      const workspaceId = ownerOf(query.scope, call);
      const { maintenance_id: id } = params;
      own(id, workspaceId);
      const schedule = scheduleFromWire(body.schedule);
      const window = await call.audited(
        doing('alert_maintenance.replace', query.scope, id, { window: asJson(body) }),
        () => alerts().maintenance.put({ ...body, id, schedule, workspaceId, author: call.caller.name }),
      );
      return success(maintenanceToWire(window), 'The window of maintenance is replaced.');
    },
    async deleteMaintenance({ params, query }, call) {
      const { maintenance_id: id } = params;
      own(id, ownerOf(query.scope, call));
      await call.audited(doing('alert_maintenance.delete', query.scope, id), () =>
        alerts().maintenance.remove(id),
      );
      return null;
    },
  };
}

function alertHandlers(
  deps: AlertRouteDeps,
): Pick<AlertHandlers, 'active' | 'acknowledge' | 'backtest' | 'history'> {
  const { alerts } = deps;
  return {
    active({ query }, call) {
      const workspaceId = ownerOf(query.scope, call);
      const found = alerts()
        .list({ workspaceId })
        .map((alert) =>
          alertToWire(alert, alerts().rules.get({ name: alert.rule, workspaceId: alert.workspaceId })?.rule),
        );
      const firing = found.filter(({ state }) => state === 'firing').length;
      return { ...success(found, `${firing} alerts fire.`), total: found.length };
    },
    async acknowledge({ params, query, body }, call) {
      const workspaceId = ownerOf(query.scope, call);
      const { alert_id: alertId } = params;
      const done = await call.audited(
        doing('alert.acknowledge', query.scope, alertId, { note: body.note }),
        () => alerts().acknowledge({ alertId, workspaceId, by: call.caller.name, note: body.note }),
      );
      const { by, note, at } = done;
      return success(
        { alert_id: alertId, by, note, at: new Date(at).toISOString() },
        'It is not repeated until it has resolved.',
      );
    },
    async backtest({ query, body }, call) {
      const workspaceId = ownerOf(query.scope, call);
      const { name, ...draft } = body.rule;
      const to = body.to === undefined ? deps.clock.now() : Date.parse(body.to);
      const from = body.from === undefined ? to - dayMs : Date.parse(body.from);
      const found = await alerts().backtest(draftFromWire(draft, name, workspaceId), { from, to });
      return success(
        backtestToWire(found, await measured(deps.past, found)),
        `It would have fired ${found.firings} times.`,
      );
    },
    async history({ query }, call) {
      const { items, next } = await alerts().history({
        workspaceId: ownerOf(query.scope, call),
        rule: query.rule,
        alertId: query.alert_id,
        to: query.state,
        since: query.since === undefined ? undefined : Date.parse(query.since),
        until: query.until === undefined ? undefined : Date.parse(query.until),
        limit: query.limit,
        cursor: query.cursor,
      });
      return { ...success(items.map(transitionToWire), `${items.length} changes.`), next_cursor: next };
    },
  };
}

/** What is done to the alerts of a workspace, or to those of the installation. */
function doing(
  action: string,
  scope: 'workspace' | 'installation',
  id?: string,
  details: JsonObject = {},
): Pick<AuditedDoing, 'action' | 'chain' | 'target' | 'details'> {
  const [kind = action] = action.split('.');
  return { action, chain: scope, details, ...(id !== undefined && { target: { kind, id } }) };
}

// What the rule looked at, for the chart; rules over other rules, and those that divide two metrics, measure no series of their own.
async function measured(
  past: PastSource,
  { rule, from, to, stepMs }: Backtest,
): Promise<readonly PastSeries[]> {
  if (!('metric' in rule)) return [];
  const fence = rule.workspaceId === null ? {} : { workspace_id: rule.workspaceId };
  const step = Math.max(stepMs, Math.ceil((to - from) / pointsAimed));
  const { metric, aggregation } = rule;
  const { series } = await past.query({
    metric,
    aggregation,
    tags: { ...rule.tags, ...fence },
    from,
    to,
    step,
    limit: seriesMeasuredMax,
    offset: 0,
  });
  return series;
}

// What belongs to the installation is its operator's; everybody else has what belongs to the workspace.
function ownerOf(scope: 'workspace' | 'installation', call: Call): string | null {
  if (scope === 'workspace') return call.workspaceId;
  if (call.caller.operator) return null;
  throw new RaptorFlowError(
    'forbidden',
    'Alerts of the whole installation are for its operator; leave scope out to see those of the workspace.',
  );
}
