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
    name: 'resources',
    summary: 'Show how much is open, and what was forgotten.',
    load: async () => (await import('./commands/resources.ts')).resourcesSummary,
  },
  {
    name: 'resources list',
    summary: 'List what is open.',
    load: async () => (await import('./commands/resources.ts')).resourcesList,
  },
  {
    name: 'resources leaks',
    summary: 'List what was forgotten.',
    load: async () => (await import('./commands/resources.ts')).resourcesLeaks,
  },
  {
    name: 'resources clean',
    summary: 'Close what is open of a kind and not in use.',
    load: async () => (await import('./commands/resources.ts')).resourcesClean,
  },
  {
    name: 'quotas list',
    summary: 'List quotas and what is used of each.',
    load: async () => (await import('./commands/quotas.ts')).quotasList,
  },
  {
    name: 'quotas create',
    summary: 'Add a quota.',
    load: async () => (await import('./commands/quotas.ts')).quotasCreate,
  },
  {
    name: 'quotas set',
    summary: 'Change a quota.',
    load: async () => (await import('./commands/quotas.ts')).quotasSet,
  },
  {
    name: 'quotas remove',
    summary: 'Remove a quota.',
    load: async () => (await import('./commands/quotas.ts')).quotasRemove,
  },
  {
    name: 'quotas reset',
    summary: 'Let usage begin at nothing.',
    load: async () => (await import('./commands/quotas.ts')).quotasReset,
  },
  {
    name: 'quotas violations',
    summary: 'List requests that did not fit.',
    load: async () => (await import('./commands/quotas.ts')).quotasViolations,
  },
  {
    name: 'quotas approve',
    summary: 'Grant a request that waits.',
    load: async () => (await import('./commands/quotas.ts')).quotasApprove,
  },
  {
    name: 'quotas deny',
    summary: 'Refuse a request that waits.',
    load: async () => (await import('./commands/quotas.ts')).quotasDeny,
  },
  {
    name: 'audit list',
    summary: 'List what happened, newest first.',
    load: async () => (await import('./commands/audit.ts')).auditList,
  },
  {
    name: 'audit verify',
    summary: 'Walk the chain of the audit log and name the first thing that is wrong.',
    load: async () => (await import('./commands/audit.ts')).auditVerify,
  },
  {
    name: 'audit head',
    summary: 'Print where the chain ends, signed, to be kept elsewhere.',
    load: async () => (await import('./commands/audit.ts')).auditHead,
  },
  {
    name: 'audit export',
    summary: 'Write the whole chain to a file that verifies without a server.',
    load: async () => (await import('./commands/audit.ts')).auditExport,
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
    name: 'models list',
    summary: 'List aliases and models.',
    load: async () => (await import('./commands/models.ts')).modelsList,
  },
  {
    name: 'models set',
    summary: 'Say what an alias stands for.',
    load: async () => (await import('./commands/models.ts')).modelsSet,
  },
  {
    name: 'models unset',
    summary: 'Leave an alias to the installation.',
    load: async () => (await import('./commands/models.ts')).modelsUnset,
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
    name: 'workspaces list',
    summary: 'List your workspaces.',
    load: async () => (await import('./commands/workspaces.ts')).workspacesList,
  },
  {
    name: 'workspaces create',
    summary: 'Create a workspace.',
    load: async () => (await import('./commands/workspaces.ts')).workspacesCreate,
  },
  {
    name: 'workspaces set',
    summary: 'Change the name or the time zone of a workspace.',
    load: async () => (await import('./commands/workspaces.ts')).workspacesSet,
  },
  {
    name: 'workspaces export',
    summary: 'Write everything stored of a workspace into a file.',
    load: async () => (await import('./commands/workspaces.ts')).workspacesExport,
  },
  {
    name: 'workspaces delete',
    summary: 'Delete a workspace for good.',
    load: async () => (await import('./commands/workspaces.ts')).workspacesDelete,
  },
  {
    name: 'members list',
    summary: 'List the members of the workspace.',
    load: async () => (await import('./commands/members.ts')).membersList,
  },
  {
    name: 'members invite',
    summary: 'Invite somebody into the workspace.',
    load: async () => (await import('./commands/members.ts')).membersInvite,
  },
  {
    name: 'members invitations',
    summary: 'List the open invitations.',
    load: async () => (await import('./commands/members.ts')).membersInvitations,
  },
  {
    name: 'members uninvite',
    summary: 'Take an invitation back.',
    load: async () => (await import('./commands/members.ts')).membersUninvite,
  },
  {
    name: 'members role',
    summary: 'Change the role of a member.',
    load: async () => (await import('./commands/members.ts')).membersRole,
  },
  {
    name: 'members remove',
    summary: 'End a membership.',
    load: async () => (await import('./commands/members.ts')).membersRemove,
  },
  {
    name: 'keys list',
    summary: 'List the API keys of the workspace.',
    load: async () => (await import('./commands/keys.ts')).keysList,
  },
  {
    name: 'keys create',
    summary: 'Make an API key for a program.',
    load: async () => (await import('./commands/keys.ts')).keysCreate,
  },
  {
    name: 'keys revoke',
    summary: 'Revoke an API key.',
    load: async () => (await import('./commands/keys.ts')).keysRevoke,
  },
  {
    name: 'token',
    summary: 'Make a bearer token.',
    load: async () => (await import('./commands/token.ts')).token,
  },
  {
    name: 'completion',
    summary: 'Print a script with which bash, zsh or fish complete commands.',
    load: async () => (await import('./commands/completion.ts')).completionOf(commandTable),
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
