/** The commands that begin with `alerts`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow alerts`. */
export const alertsCommands: readonly CommandEntry[] = [
  {
    name: 'alerts list',
    summary: 'List what fires or is about to.',
    load: async () => (await import('../commands/alerts.ts')).alertsList,
  },
  {
    name: 'alerts rules',
    summary: 'List the rules, and how each is doing.',
    load: async () => (await import('../commands/alerts.ts')).alertsRules,
  },
  {
    name: 'alerts history',
    summary: 'Show how alerts changed.',
    load: async () => (await import('../commands/alerts.ts')).alertsHistory,
  },
  {
    name: 'alerts ack',
    summary: 'Say that an alert was seen.',
    load: async () => (await import('../commands/alerts.ts')).alertsAcknowledge,
  },
  {
    name: 'alerts backtest',
    summary: 'Try a rule on stored history.',
    load: async () => (await import('../commands/alerts.ts')).alertsBacktest,
  },
  {
    name: 'alerts test',
    summary: 'Send a trial alert to everybody who is told.',
    load: async () => (await import('../commands/alerts.ts')).alertsTest,
  },
  {
    name: 'alerts maintenance',
    summary: 'List the windows of maintenance.',
    load: async () => (await import('../commands/alerts.ts')).alertsMaintenance,
  },
  {
    name: 'alerts silence',
    summary: 'Keep alerts quiet for a while.',
    load: async () => (await import('../commands/alerts.ts')).alertsSilence,
  },
];
