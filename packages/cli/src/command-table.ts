/**
 * Every command, in the order in which help lists them. Commands of one word that begin no others stand here; the others in the file of
 * command-table/ that is named by their first word. Each command is loaded when it is called, so that `--help` is instant.
 */
import type { CommandEntry } from './command.ts';
import { alertsCommands } from './command-table/alerts.ts';
import { auditCommands } from './command-table/audit.ts';
import { budgetsCommands } from './command-table/budgets.ts';
import { busCommands } from './command-table/bus.ts';
import { campaignCommands } from './command-table/campaign.ts';
import { cleanupCommands } from './command-table/cleanup.ts';
import { costsCommands } from './command-table/costs.ts';
import { dlqCommands } from './command-table/dlq.ts';
import { ingestCommands } from './command-table/ingest.ts';
import { keysCommands } from './command-table/keys.ts';
import { membersCommands } from './command-table/members.ts';
import { metricsCommands } from './command-table/metrics.ts';
import { miniCommands } from './command-table/mini.ts';
import { modelsCommands } from './command-table/models.ts';
import { quotasCommands } from './command-table/quotas.ts';
import { resourcesCommands } from './command-table/resources.ts';
import { workspacesCommands } from './command-table/workspaces.ts';

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
  ...campaignCommands,
  ...ingestCommands,
  ...busCommands,
  ...dlqCommands,
  ...metricsCommands,
  ...alertsCommands,
  ...resourcesCommands,
  ...cleanupCommands,
  ...quotasCommands,
  ...auditCommands,
  ...costsCommands,
  ...budgetsCommands,
  ...modelsCommands,
  ...miniCommands,
  ...workspacesCommands,
  ...membersCommands,
  ...keysCommands,
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
