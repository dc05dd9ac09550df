/** What the monitored server answers, route by route. */
import type { WireAlert } from '@raptorflow/contract';
import { systemClock } from 'raptorflow/kernel';

import {
  breakerNames,
  hostProcesses,
  operationsAt,
  pipelinesAt,
  recentErrors,
  sampleAt,
} from './fixtures.ts';
import type { MonitoredLog } from './log.ts';
import type { WireHandler } from './routing.ts';
import type { MonitoredState } from './state.ts';

/** Its only person and workspace. */
export const idsOfServer = { user: 'usr_rig', workspace: 'ws_rig' } as const;

const profile = { profile: 'embedded', stores: { events: 'sqlite', relational: 'sqlite' } } as const;
const version = '0.1.0';

/** The handlers by the routes' names in the client. */
export function createHandlers(
  state: MonitoredState,
  log: MonitoredLog,
): Readonly<Record<string, WireHandler>> {
  return { ...frameHandlers(state), ...raptorHandlers(state, log), ...periscopeHandlers(state) };
}

/** The present second: samples stand at whole seconds. */
function nowMs(): number {
  return Math.floor(systemClock.now() / 1_000) * 1_000;
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}

/** What the frame of every page and the terminal screen read beside the monitor. */
function frameHandlers(state: MonitoredState): Record<string, WireHandler> {
  const { user, workspace } = idsOfServer;
  const startedMs = nowMs() - 3_600_000;
  return {
    'session.current': () => ({
      user: { id: user, email: null, display_name: 'Rig', operator: state.operator },
      workspaces: [{ workspace_id: workspace, workspace_name: 'Rig', role: 'owner' }],
      expires_at: iso(nowMs() + 86_400_000),
      server: { version, environment: 'development', ...profile },
    }),
    'health.all': () => ({
      status: 'healthy',
      timestamp: iso(nowMs()),
      uptime_seconds: 3_600,
      services: {
        bus: { status: 'healthy', reasons: [] },
        database: { status: 'healthy', reasons: [] },
        worker: { status: 'healthy', reasons: [] },
      },
      environment: { name: 'development', ...profile, version },
    }),
    'campaigns.list': () => ({ items: [], next_cursor: null }),
    'bus.metrics': () => ({
      measured_at: iso(systemClock.now()),
      since: iso(startedMs),
      published: Math.round((systemClock.now() - startedMs) / 10),
      published_by_priority: { normal: 1 },
      received: Math.round((systemClock.now() - startedMs) / 5),
      failed: 12,
      retried: 9,
      dlq_sent: 7,
      expired: 0,
      is_connected: true,
      active_subscriptions: 31,
    }),
    'bus.channels': () => ({ items: [channel('sys.global.broadcast', 3), channel('sys.state.update', 42)] }),
    'costs.summary': () => costs(),
    'alerts.active': ({ query }) => {
      const data = query['scope'] === 'installation' ? [alert()] : [];
      return { status: 'success', data, message: '', total: data.length };
    },
  };
}

function channel(name: string, lag: number): object {
  return {
    name,
    kind: 'other',
    declared: true,
    retention_seconds: 3_600,
    stored_events: 128,
    published: 9_000,
    received: 9_000,
    failed: 0,
    lag,
    groups: [],
    measured_at: iso(nowMs()),
  };
}

function costs(): object {
  const day = iso(nowMs()).slice(0, 10);
  return {
    group_by: 'day',
    from: `${day.slice(0, 8)}01`,
    to: day,
    time_zone: 'UTC',
    calls: 42,
    prompt_tokens: 120_000,
    completion_tokens: 30_000,
    attempts: 0,
    uncertain_usd: '0.000000',
    estimated_usd: '0.000000',
    cost_usd: '3.127500',
    budget: {
      month: day.slice(0, 7),
      time_zone: 'UTC',
      cap_usd: '10.000000',
      spent_usd: '3.127500',
      reserved_usd: '0.250000',
      uncertain_usd: '0.000000',
      remaining_usd: '6.622500',
      resets_at: iso(nowMs() + 864_000_000),
    },
    items: [],
  };
}

function alert(): WireAlert {
  return {
    alert_id: 'alr_1',
    rule: 'cpu_is_busy',
    workspace_id: null,
    severity: 'critical',
    summary: 'The processors are busy.',
    runbook_url: null,
    labels: {},
    state: 'firing',
    since: iso(nowMs() - 240_000),
    firing_since: iso(nowMs() - 180_000),
    value: 93.4,
    acknowledged: null,
    mutes: [],
  };
}

function raptorHandlers(state: MonitoredState, log: MonitoredLog): Record<string, WireHandler> {
  const status = (): object => ({ running: state.running, config_file: '/srv/raptorflow/config/raptor.ini' });
  const become = (running: boolean) => (): object => {
    state.running = running;
    return { running };
  };
  return {
    'raptor.status': status,
    'raptor.reload': status,
    'raptor.start': become(true),
    'raptor.stop': become(false),
    'raptor.logs': ({ query }) => ({ log_tail: log.tail(Number(query['tail'])) }),
    'raptor.demo': ({ params }) => {
      if (String(params['value']).toLowerCase() !== 'boom')
        return { result: `Demo executed with value: ${String(params['value'])}`, traced: false };
      const time = iso(systemClock.now()).replace('T', ' ').replace('.', ',').slice(0, 23);
      log.write(
        'ERROR',
        `${time} ERROR RAPTOR EXCEPTION: Error: boom\n    at demo (raptor.ts:12:9)\n    at trace (trace.ts:40:3)`,
      );
      return { result: 'boom', traced: true };
    },
    'raptor.processes': ({ query }) => ({ items: hostProcesses().slice(0, Number(query['limit'])) }),
    'raptor.samples': ({ query }) => {
      const count = state.running ? Number(query['limit']) : 0;
      const end = nowMs();
      return {
        running: state.running,
        source: 'linux',
        sample_rate_ms: 200,
        own_cpu_percent: state.running ? 0.12 : null,
        items: Array.from({ length: count }, (_, index) =>
          sampleAt(end - (count - 1 - index) * 1_000, state.gpuCount),
        ),
      };
    },
  };
}

function periscopeHandlers(state: MonitoredState): Record<string, WireHandler> {
  const change =
    (to: 'isolated' | 'closed'): WireHandler =>
    ({ params }) => {
      const name = String(params['breaker']);
      if (breakerNames.some((known) => known === name)) state.breakers.set(name, to);
      return { name, state: to };
    };
  return {
    'periscope.operations': () => operationsAt(nowMs(), state.breakers),
    'periscope.errors': () => ({ items: recentErrors(nowMs()) }),
    'periscope.pipelines': () => ({ items: pipelinesAt(nowMs()) }),
    'periscope.isolate': change('isolated'),
    'periscope.release': change('closed'),
  };
}
