/** The commands that begin with `campaign`, in the order in which help lists them. */
import type { CommandEntry } from '../command.ts';

/** `raptorflow campaign`. */
export const campaignCommands: readonly CommandEntry[] = [
  {
    name: 'campaign run',
    summary: 'Run a campaign from a folder with brief.yaml and documents.',
    load: async () => (await import('../commands/campaign-run.ts')).campaignRun,
  },
  {
    name: 'campaign list',
    summary: 'List campaigns, newest first.',
    load: async () => (await import('../commands/campaign.ts')).campaignList,
  },
  {
    name: 'campaign show',
    summary: 'Show a campaign: stages, cost, open questions.',
    load: async () => (await import('../commands/campaign.ts')).campaignShow,
  },
  {
    name: 'campaign export',
    summary: "Write a finished campaign's package as Markdown and HTML.",
    load: async () => (await import('../commands/campaign.ts')).campaignExport,
  },
];
