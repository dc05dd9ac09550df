/** The commands that begin with `ingest`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow ingest`. */
export const ingestCommands: readonly CommandEntry[] = [
  {
    name: 'ingest threats',
    summary: 'Store the signals of a STIX bundle or a catalogue of exploited vulnerabilities.',
    load: async () => (await import('../commands/ingest.ts')).ingestThreats,
  },
];
