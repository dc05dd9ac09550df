import { guildRoster, type RosterAgent, type RosterRow } from './agent-spec.ts';

type GuardianTuple = readonly [suffix: string, slug: string, platform: string, watches: string];

const rows: readonly GuardianTuple[] = [
  ['TW', 'guardian-x', 'X', 'weighted length, links, banned terms'],
  ['LI', 'guardian-linkedin', 'LinkedIn', 'length and the part shown before “see more”'],
  ['IG', 'guardian-instagram', 'Instagram', 'caption length, hashtags, picture ratio'],
  ['FB', 'guardian-facebook', 'Facebook', 'length and link preview'],
  ['YT', 'guardian-youtube', 'YouTube', 'title, description and tags'],
  ['TT', 'guardian-tiktok', 'TikTok', 'caption length and music licence'],
  ['PIN', 'guardian-pinterest', 'Pinterest', 'title, description and the 2:3 picture'],
  ['MED', 'guardian-medium', 'Medium', 'canonical link and tags'],
  ['RED', 'guardian-reddit', 'Reddit', 'title, length and the community’s rules'],
  ['THR', 'guardian-threads', 'Threads', 'length and topic tags'],
];

const toRow = ([suffix, slug, platform, watches]: GuardianTuple): RosterRow => ({
  code: `GRD-${suffix}`,
  slug,
  name: `${platform} Guardian`,
  description: `Checks work for ${platform}: ${watches}. The rules are code; the table names their source and date.`,
  duty: `The rules of ${platform} (${watches}) are applied by code before you are asked. You only explain its findings to the author.`,
  capabilities: ['platform_rules', 'claim_checks', 'content_verdict'],
});

/** The guardians, one per platform. Their verdicts are computed; the prompt only serves to explain them. */
export const guardians: readonly RosterAgent[] = guildRoster(
  {
    guild: 'guardians',
    kind: 'guardian',
    modelAlias: 'fast',
    temperature: 0,
    tools: ['bus_publish'],
    discipline:
      'Never overrule a finding and never add one. Explain each in one sentence: the rule, the words it concerns, and what to change.',
  },
  rows.map(toRow),
);
