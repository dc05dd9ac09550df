/** Every command, in the order in which help lists them. Each is loaded when it is called, so that `--help` is instant. */
import type { CommandEntry } from './command.ts';

/** The commands of the program. */
export const commandTable: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'Start API, worker and dashboard in this terminal.',
    load: async () => (await import('./commands/up.ts')).up,
  },
  {
    name: 'worker',
    summary: 'Start a worker beside the server, on the same Redis and PostgreSQL.',
    load: async () => (await import('./commands/worker.ts')).worker,
  },
  {
    name: 'status',
    summary: 'Say whether a server runs here, how it is, and what it is doing.',
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'top',
    summary: 'Watch the machine, the bus, spend, alerts and breakers on a live screen.',
    load: async () => (await import('./commands/top.ts')).top,
  },
  {
    name: 'campaign run',
    summary: 'Run a campaign from a folder with brief.yaml and documents.',
    load: async () => (await import('./commands/campaign-run.ts')).campaignRun,
  },
  {
    name: 'campaign list',
    summary: 'List campaigns, newest first.',
    load: async () => (await import('./commands/campaign.ts')).campaignList,
  },
  {
    name: 'campaign show',
    summary: 'Show a campaign: stages, cost, open questions.',
    load: async () => (await import('./commands/campaign.ts')).campaignShow,
  },
  {
    name: 'campaign export',
    summary: "Write a finished campaign's package as Markdown and HTML.",
    load: async () => (await import('./commands/campaign.ts')).campaignExport,
  },
  {
    name: 'ingest threats',
    summary: 'Store the signals of a STIX bundle or a catalogue of exploited vulnerabilities.',
    load: async () => (await import('./commands/ingest.ts')).ingestThreats,
  },
  {
    name: 'bus tail',
    summary: 'Show events as they are published.',
    load: async () => (await import('./commands/bus.ts')).busTail,
  },
  {
    name: 'bus publish',
    summary: 'Publish an event.',
    load: async () => (await import('./commands/bus.ts')).busPublish,
  },
  {
    name: 'bus trace',
    summary: 'Show what a request set off, as a tree of events.',
    load: async () => (await import('./commands/bus-trace.ts')).busTrace,
  },
  {
    name: 'dlq list',
    summary: 'List dead letters, newest first.',
    load: async () => (await import('./commands/dlq.ts')).dlqList,
  },
  {
    name: 'dlq show',
    summary: 'Show one dead letter whole.',
    load: async () => (await import('./commands/dlq.ts')).dlqShow,
  },
  {
    name: 'dlq redrive',
    summary: 'Give dead letters back to the group that failed on them.',
    load: async () => (await import('./commands/dlq.ts')).dlqRedrive,
  },
  {
    name: 'dlq discard',
    summary: 'Delete dead letters for good.',
    load: async () => (await import('./commands/dlq.ts')).dlqDiscard,
  },
  {
    name: 'metrics list',
    summary: 'List what is measured.',
    load: async () => (await import('./commands/metrics.ts')).metricsList,
  },
  {
    name: 'metrics query',
    summary: 'Show how a metric went.',
    load: async () => (await import('./commands/metrics.ts')).metricsQuery,
  },
  {
    name: 'alerts list',
    summary: 'List what fires or is about to.',
    load: async () => (await import('./commands/alerts.ts')).alertsList,
  },
  {
    name: 'alerts rules',
    summary: 'List the rules, and how each is doing.',
    load: async () => (await import('./commands/alerts.ts')).alertsRules,
  },
  {
    name: 'alerts history',
    summary: 'Show how alerts changed.',
    load: async () => (await import('./commands/alerts.ts')).alertsHistory,
  },
  {
    name: 'alerts ack',
    summary: 'Say that an alert was seen.',
    load: async () => (await import('./commands/alerts.ts')).alertsAcknowledge,
  },
  {
    name: 'alerts backtest',
    summary: 'Try a rule on stored history.',
    load: async () => (await import('./commands/alerts.ts')).alertsBacktest,
  },
  {
    name: 'alerts test',
    summary: 'Send a trial alert to everybody who is told.',
    load: async () => (await import('./commands/alerts.ts')).alertsTest,
  },
  {
    name: 'alerts maintenance',
    summary: 'List the windows of maintenance.',
    load: async () => (await import('./commands/alerts.ts')).alertsMaintenance,
  },
  {
    name: 'alerts silence',
    summary: 'Keep alerts quiet for a while.',
    load: async () => (await import('./commands/alerts.ts')).alertsSilence,
  },
  {
    name: 'costs',
    summary: 'Show what was spent, by what, and what is left.',
    load: async () => (await import('./commands/costs.ts')).costs,
  },
  {
    name: 'costs holds',
    summary: 'List money that is set aside and not settled.',
    load: async () => (await import('./commands/costs.ts')).costsHolds,
  },
  {
    name: 'costs reconcile',
    summary: 'Book what an uncertain call really cost.',
    load: async () => (await import('./commands/costs.ts')).costsReconcile,
  },
  {
    name: 'costs reprice',
    summary: 'Say what a month would have cost at other prices.',
    load: async () => (await import('./commands/costs.ts')).costsReprice,
  },
  {
    name: 'budgets list',
    summary: 'List budgets and their caps.',
    load: async () => (await import('./commands/budgets.ts')).budgetsList,
  },
  {
    name: 'budgets set',
    summary: 'Set a cap, or take it away.',
    load: async () => (await import('./commands/budgets.ts')).budgetsSet,
  },
  {
    name: 'mini status',
    summary: "Say whether the machine's monitor runs.",
    load: async () => (await import('./commands/mini.ts')).miniStatus,
  },
  {
    name: 'mini start',
    summary: "Start the machine's monitor.",
    load: async () => (await import('./commands/mini.ts')).miniStart,
  },
  {
    name: 'mini stop',
    summary: "Stop the machine's monitor.",
    load: async () => (await import('./commands/mini.ts')).miniStop,
  },
  {
    name: 'mini reload',
    summary: "Read the monitor's configuration file again.",
    load: async () => (await import('./commands/mini.ts')).miniReload,
  },
  {
    name: 'mini logs',
    summary: "Show the end of the monitor's log, or follow it with -f.",
    load: async () => (await import('./commands/mini-logs.ts')).miniLogs,
  },
  {
    name: 'mini samples',
    summary: 'Show what the machine did lately.',
    load: async () => (await import('./commands/mini.ts')).miniSamples,
  },
  {
    name: 'mini boom',
    summary: 'Raise a real error, to see it traced.',
    load: async () => (await import('./commands/mini.ts')).miniBoom,
  },
  {
    name: 'token',
    summary: 'Make a bearer token.',
    load: async () => (await import('./commands/token.ts')).token,
  },
  {
    name: 'doctor',
    summary: 'Check this machine and the data directory, and say how to fix what is wrong.',
    load: async () => (await import('./commands/doctor.ts')).doctor,
  },
  {
    name: 'reset',
    summary: 'Delete the data directory, after asking.',
    load: async () => (await import('./commands/reset.ts')).reset,
  },
];
