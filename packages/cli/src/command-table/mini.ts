/** The commands that begin with `mini`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow mini`. */
export const miniCommands: readonly CommandEntry[] = [
  {
    name: 'mini status',
    summary: "Say whether the machine's monitor runs.",
    load: async () => (await import('../commands/mini.ts')).miniStatus,
  },
  {
    name: 'mini start',
    summary: "Start the machine's monitor.",
    load: async () => (await import('../commands/mini.ts')).miniStart,
  },
  {
    name: 'mini stop',
    summary: "Stop the machine's monitor.",
    load: async () => (await import('../commands/mini.ts')).miniStop,
  },
  {
    name: 'mini reload',
    summary: "Read the monitor's configuration file again.",
    load: async () => (await import('../commands/mini.ts')).miniReload,
  },
  {
    name: 'mini logs',
    summary: "Show the end of the monitor's log, or follow it with -f.",
    load: async () => (await import('../commands/mini-logs.ts')).miniLogs,
  },
  {
    name: 'mini samples',
    summary: 'Show what the machine did lately.',
    load: async () => (await import('../commands/mini.ts')).miniSamples,
  },
  {
    name: 'mini boom',
    summary: 'Raise a real error, to see it traced.',
    load: async () => (await import('../commands/mini.ts')).miniBoom,
  },
];
