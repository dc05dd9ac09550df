/** The commands that begin with `metrics`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow metrics`. */
export const metricsCommands: readonly CommandEntry[] = [
  {
    name: 'metrics list',
    summary: 'List what is measured.',
    load: async () => (await import('../commands/metrics.ts')).metricsList,
  },
  {
    name: 'metrics query',
    summary: 'Show how a metric went.',
    load: async () => (await import('../commands/metrics.ts')).metricsQuery,
  },
];
