/** Reads alerts and their rules, and changes them. */
import { isClientError } from '@raptorflow/client';
import type {
  WireAlert,
  WireAlertMatcher,
  WireAlertRule,
  WireAlertRuleDraft,
  WireAlertState,
  WireAlertTransition,
  WireMaintenance,
} from '@raptorflow/contract';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import type { MetricScope } from './addressed-scope.ts';
import { useLiveInterval } from '../live/live-context.ts';
import { listQuery, type Listing, useListing } from './pages.ts';
import { useScope } from './scope.ts';
import { useIsOperator } from './session.ts';

const activeEveryMs = 10_000;

/** A server whose monitoring is switched off has no addresses for alerts. */
function isAbsent(error: Error | null): boolean {
  return isClientError(error) && error.status === 404;
}

/** Whether the server measures nothing and alerts of nothing. */
export function useIsMonitoringOff(): boolean {
  return isAbsent(useActiveAlerts('workspace').error);
}

/** What is pending, fires, lacks data or has just resolved. */
export function useActiveAlerts(scope: MetricScope, { enabled = true }: { readonly enabled?: boolean } = {}) {
  const { api, workspaceId } = useScope();
  const interval = useLiveInterval(activeEveryMs);
  return useQuery({
    queryKey: [workspaceId, 'alerts', 'active', scope],
    queryFn: async ({ signal }) => (await api.alerts.active({ query: { scope }, signal })).data,
    enabled,
    // Only a new start switches monitoring on, and after that everything is read again.
    refetchInterval: ({ state }) => (isAbsent(state.error) ? false : interval),
  });
}

/** What fires now, by whose it is; nothing while it is not known, and the installation's for its operator only. */
export function useFiringAlerts(): Readonly<Record<MetricScope, readonly WireAlert[]>> {
  const isOperator = useIsOperator();
  const own = useActiveAlerts('workspace').data;
  const all = useActiveAlerts('installation', { enabled: isOperator }).data;
  return { workspace: firingOf(own), installation: firingOf(isOperator ? all : undefined) };
}

function firingOf(alerts: readonly WireAlert[] | undefined): readonly WireAlert[] {
  return (alerts ?? []).filter(({ state }) => state === 'firing');
}

/** The rules, and how each is doing. */
export function useAlertRules(scope: MetricScope) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'alerts', 'rules', scope],
    queryFn: async ({ signal }) => (await api.alerts.listRules({ query: { scope }, signal })).data,
    refetchInterval: useLiveInterval(15_000),
  });
}

/** Which changes the history shows. */
export interface TransitionFilter {
  readonly rule?: string | undefined;
  readonly state?: WireAlertState | undefined;
}

/** How alerts changed, newest first. */
export function useAlertHistory(
  scope: MetricScope,
  { rule, state }: TransitionFilter,
): Listing<WireAlertTransition> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'alerts', 'history', scope, rule ?? '', state ?? ''], async (cursor, signal) => {
      const page = await api.alerts.history({ query: { scope, rule, state, cursor, limit: 100 }, signal });
      return { items: page.data, next_cursor: page.next_cursor };
    }),
    useLiveInterval(30_000),
  );
}

/** Silences that hold, are to come, or ended within a day. */
export function useSilences(scope: MetricScope) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'alerts', 'silences', scope],
    queryFn: async ({ signal }) => (await api.alerts.listSilences({ query: { scope }, signal })).data,
    refetchInterval: useLiveInterval(15_000),
  });
}

/** Windows of maintenance. */
export function useMaintenance(scope: MetricScope) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'alerts', 'maintenance', scope],
    queryFn: async ({ signal }) => (await api.alerts.listMaintenance({ query: { scope }, signal })).data,
    refetchInterval: useLiveInterval(15_000),
  });
}

/** A change after which everything about alerts is read again. */
function useAlertChange<Input, Result>(change: (input: Input) => Promise<Result>) {
  const { workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'alerts'] }),
  });
}

/** Says that somebody has seen an alert. */
export function useAcknowledge(scope: MetricScope) {
  const { api } = useScope();
  return useAlertChange(({ alertId, note }: { readonly alertId: string; readonly note: string }) =>
    api.alerts.acknowledge({ params: { alert_id: alertId }, query: { scope }, body: { note } }),
  );
}

/** What a new silence says. */
export interface SilenceDraft {
  readonly matchers: WireAlertMatcher[];
  readonly ends_at: string;
  readonly comment: string;
}

/** Keeps alerts quiet for a while. */
export function useCreateSilence(scope: MetricScope) {
  const { api } = useScope();
  return useAlertChange((body: SilenceDraft) => api.alerts.createSilence({ query: { scope }, body }));
}

/** Ends a silence now. */
export function useExpireSilence(scope: MetricScope) {
  const { api } = useScope();
  return useAlertChange((silenceId: string) =>
    api.alerts.expireSilence({ params: { silence_id: silenceId }, query: { scope } }),
  );
}

/** A window of maintenance as somebody writes it. */
export type MaintenanceDraft = Omit<WireMaintenance, 'maintenance_id' | 'workspace_id' | 'author'>;

/** Adds a window of maintenance, or replaces the one of that id. */
export function useSaveMaintenance(scope: MetricScope, replacedId: string | null) {
  const { api } = useScope();
  return useAlertChange((body: MaintenanceDraft) =>
    replacedId === null
      ? api.alerts.createMaintenance({ query: { scope }, body })
      : api.alerts.replaceMaintenance({ params: { maintenance_id: replacedId }, query: { scope }, body }),
  );
}

/** Removes a window of maintenance. */
export function useDeleteMaintenance(scope: MetricScope) {
  const { api } = useScope();
  return useAlertChange((maintenanceId: string) =>
    api.alerts.deleteMaintenance({ params: { maintenance_id: maintenanceId }, query: { scope } }),
  );
}

/** Adds a rule, or replaces the one of that name. */
export function useSaveRule(scope: MetricScope, { replaces }: { readonly replaces: boolean }) {
  const { api } = useScope();
  return useAlertChange(({ name, ...body }: WireAlertRuleDraft) =>
    replaces
      ? api.alerts.replaceRule({ params: { name }, query: { scope }, body })
      : api.alerts.createRule({ query: { scope }, body: { name, ...body } }),
  );
}

/** Removes a rule. */
export function useDeleteRule(scope: MetricScope) {
  const { api } = useScope();
  return useAlertChange((name: string) => api.alerts.deleteRule({ params: { name }, query: { scope } }));
}

/** A rule as somebody would write it: without how it is doing. */
export function draftOfRule(rule: WireAlertRule): WireAlertRuleDraft {
  const {
    workspace_id: _workspaceId,
    evaluated_at: _evaluatedAt,
    failure: _failure,
    series_left_out: _seriesLeftOut,
    pending: _pending,
    firing: _firing,
    no_data: _noData,
    ...draft
  } = rule;
  return draft;
}

/** Tries a rule on the last `lastMs`; null waits. What it answered before stays in sight while the next answer is computed. */
export function useBacktest(scope: MetricScope, rule: WireAlertRuleDraft | null, lastMs: number) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'backtests', scope, lastMs, rule],
    queryFn: async ({ signal }) => {
      if (rule === null) return null;
      const now = Date.now();
      const [from, to] = [now - lastMs, now].map((ms) => new Date(ms).toISOString());
      return (await api.alerts.backtest({ query: { scope }, body: { rule, from, to }, signal })).data;
    },
    enabled: rule !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    refetchOnWindowFocus: false,
  });
}
