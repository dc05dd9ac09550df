import type { Dashboard, Panel, Query } from './dashboard.ts';

/** The processes that are chosen at the top of a dashboard. */
const chosen = 'instance=~"$instance"';

function perSecond(metric: string, by: string): string {
  return `sum by (${by}) (rate(${metric}{${chosen}}[$__rate_interval]))`;
}

/** Percentiles of a histogram, over all its series. */
function percentiles(metric: string): Query[] {
  return [0.5, 0.95, 0.99].map((share) => ({
    expr: `histogram_quantile(${share}, sum by (le) (rate(${metric}_bucket{${chosen}}[$__rate_interval])))`,
    legend: `p${share * 100}`,
  }));
}

/** One percentile of a histogram for each value of a label. */
function percentileBy(metric: string, label: string, share = 0.95): Query {
  const rates = `sum by (le, ${label}) (rate(${metric}_bucket{${chosen}}[$__rate_interval]))`;
  return { expr: `histogram_quantile(${share}, ${rates})`, legend: `{{${label}}}` };
}

function panel(title: string, description: string, unit: string, ...queries: Query[]): Panel {
  return { title, description, unit, queries };
}

const overview: Dashboard = {
  uid: 'raptorflow-overview',
  title: 'RaptorFlow: overview',
  description: 'Requests, database and the processes themselves.',
  rows: [
    {
      title: 'HTTP',
      panels: [
        panel('Requests', 'Answered requests each second, by status.', 'reqps', {
          expr: perSecond('http_requests_total', 'status'),
          legend: '{{status}}',
        }),
        panel(
          'Time to answer',
          'From a request until its answer was sent whole.',
          's',
          ...percentiles('http_request_seconds'),
        ),
        panel('Slowest routes', 'The 95th percentile of each route.', 's', {
          expr: `topk(10, ${percentileBy('http_request_seconds', 'route').expr})`,
          legend: '{{route}}',
        }),
        panel(
          'Under way',
          'Requests that are being answered, and open sockets.',
          'short',
          { expr: `sum(http_requests_running{${chosen}})`, legend: 'requests' },
          { expr: `sum(websocket_connections{${chosen}})`, legend: 'sockets' },
        ),
        panel('Database statements', 'Each second, by what they do.', 'ops', {
          expr: perSecond('database_query_seconds_count', 'operation'),
          legend: '{{operation}}',
        }),
        panel(
          'Time of statements',
          'The 95th percentile, waiting for a connection included.',
          's',
          percentileBy('database_query_seconds', 'operation'),
        ),
      ],
    },
    {
      title: 'Processes',
      panels: [
        panel('Processor', 'Cores that each process uses.', 'short', {
          expr: `rate(process_cpu_seconds_total{${chosen}}[$__rate_interval])`,
          legend: '{{instance}}',
        }),
        panel('Memory', 'What is in RAM.', 'bytes', {
          expr: `process_resident_memory_bytes{${chosen}}`,
          legend: '{{instance}}',
        }),
        panel('JavaScript heap', 'In use.', 'bytes', {
          expr: `process_heap_used_bytes{${chosen}}`,
          legend: '{{instance}}',
        }),
        panel(
          'Event loop delay',
          'Time in which a process answered nobody.',
          's',
          ...percentiles('process_event_loop_delay_seconds'),
        ),
        panel('Garbage collection', 'Share of the time, by kind.', 'percentunit', {
          expr: perSecond('process_gc_pause_seconds_sum', 'kind'),
          legend: '{{kind}}',
        }),
        panel(
          'Failures',
          'Server errors, failed statements and callers that hung up, each second.',
          'ops',
          {
            expr: `sum(rate(http_requests_total{${chosen}, status=~"5.."}[$__rate_interval]))`,
            legend: 'answers 5xx',
          },
          {
            expr: `sum(rate(database_query_failures_total{${chosen}}[$__rate_interval]))`,
            legend: 'statements',
          },
          { expr: `sum(rate(http_requests_aborted_total{${chosen}}[$__rate_interval]))`, legend: 'hung up' },
        ),
      ],
    },
  ],
};

const bus: Dashboard = {
  uid: 'raptorflow-bus',
  title: 'RaptorFlow: bus',
  description: 'Events, groups and dead letters.',
  rows: [
    {
      title: 'Events',
      panels: [
        panel('Published', 'Each second, by channel.', 'ops', {
          expr: `topk(10, ${perSecond('bus_events_published_total', 'channel')})`,
          legend: '{{channel}}',
        }),
        panel('Handled', 'Each second, by group.', 'ops', {
          expr: perSecond('bus_events_acknowledged_total', 'group'),
          legend: '{{group}}',
        }),
        panel('Failed attempts', 'Each second, by group.', 'ops', {
          expr: perSecond('bus_attempts_failed_total', 'group'),
          legend: '{{group}}',
        }),
        panel(
          'Until durable',
          'From publish until the event survives.',
          's',
          ...percentiles('bus_publish_seconds'),
        ),
        panel(
          'Until handled',
          'From publish until the first handler begins, by group.',
          's',
          percentileBy('bus_delivery_seconds', 'group'),
        ),
        panel('Stored', 'Events that are kept.', 'short', {
          expr: `max(bus_events_stored{${chosen}})`,
          legend: 'events',
        }),
      ],
    },
    {
      title: 'What waits',
      panels: [
        panel('Backlog', 'Events that a group has not handled yet.', 'short', {
          expr: `max by (group) (bus_group_lag{${chosen}})`,
          legend: '{{group}}',
        }),
        panel('Oldest', 'Age of the oldest event that a group has not handled.', 's', {
          expr: `max by (group) (bus_group_oldest_seconds{${chosen}})`,
          legend: '{{group}}',
        }),
        panel('Dead letters', 'Open ones, by reason.', 'short', {
          expr: `max by (reason) (bus_dead_letters_open{${chosen}})`,
          legend: '{{reason}}',
        }),
      ],
    },
  ],
};

const agents: Dashboard = {
  uid: 'raptorflow-agents',
  title: 'RaptorFlow: agents and models',
  description: 'What agents do, what models answer, and what that costs.',
  rows: [
    {
      title: 'Agents',
      panels: [
        panel('Executions', 'Runs that ended each second, by how.', 'ops', {
          expr: perSecond('agent_executions_total', 'outcome'),
          legend: '{{outcome}}',
        }),
        panel('Under way', 'Runs that are executed now.', 'short', {
          expr: `sum(agent_executions_running{${chosen}})`,
          legend: 'runs',
        }),
        panel('Time of an execution', 'Over all agents.', 's', ...percentiles('agent_execution_seconds')),
      ],
    },
    {
      title: 'Models',
      panels: [
        panel('Attempts', 'Each second, by how they were booked.', 'ops', {
          expr: perSecond('model_attempts_total', 'status'),
          legend: '{{status}}',
        }),
        panel(
          'Time of an attempt',
          'The 95th percentile of each model.',
          's',
          percentileBy('model_attempt_seconds', 'model'),
        ),
        panel('Tokens', 'Each second, by direction.', 'short', {
          expr: perSecond('model_tokens_total', 'direction'),
          legend: '{{direction}}',
        }),
        panel('Cost', 'US dollars an hour, by model.', 'currencyUSD', {
          expr: `${perSecond('model_cost_micro_usd_total', 'model')} * 3600 / 1e6`,
          legend: '{{model}}',
        }),
        panel('Refused by the budget', 'Calls that were not made, each second.', 'ops', {
          expr: perSecond('model_calls_refused_total', 'model'),
          legend: '{{model}}',
        }),
      ],
    },
  ],
};

/** Every dashboard that is shipped. */
export const dashboards: readonly Dashboard[] = [overview, bus, agents];
