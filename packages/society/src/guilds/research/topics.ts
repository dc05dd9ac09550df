import type { CampaignBrief } from '../../campaigns/brief.ts';
import type { Topic } from './asking.ts';

/**
 * What each researcher looks for. Queries are short on purpose: a statement matches a query when it holds most of its
 * words, so each query is one thought.
 */

/** The product itself, as the documents describe it. */
export function messageTopics(brief: CampaignBrief): readonly Topic[] {
  const subjects = [brief.product];
  return [
    {
      id: 'product/what',
      label: `What ${brief.product} is`,
      kind: 'message',
      subjects,
      queries: [
        'is an',
        'what it is',
        'written released licence',
        'built made',
        'for small teams',
        'weighs size',
      ],
    },
    {
      id: 'product/value',
      label: `What ${brief.product} does for people`,
      kind: 'message',
      subjects,
      queries: [
        'reduced',
        'saves',
        'faster',
        'every edition',
        'automatically',
        'no account needed',
        'included',
        'one command',
        'keeps',
        'without',
      ],
    },
    {
      id: 'product/proof',
      label: 'Proof: tests, figures, prizes, customers',
      kind: 'message',
      subjects,
      queries: [
        'test',
        'survey',
        'median',
        'prize award',
        'recommends',
        'audit',
        'customers',
        'installations',
        'measured',
        'laboratory',
        'percent',
      ],
    },
    {
      id: 'product/limits',
      label: 'What it does not do',
      kind: 'objection',
      subjects,
      queries: ['known limits', 'not supported', 'does not', 'is not', 'planned for', 'cannot', 'no'],
    },
  ];
}

/** What worked and what failed in past communication. */
export function channelTopics(): readonly Topic[] {
  return [
    {
      id: 'channels/evidence',
      label: 'What worked and what failed in past communication',
      kind: 'channel',
      queries: [
        'newsletter subscribers',
        'open rate',
        'readers article',
        'paid search',
        'good experience posts',
        'advertising result',
        'conversion',
        'click rate',
        'followers',
        'campaign failure',
        'trade fair',
        'dealers',
      ],
    },
  ];
}

/** The market: size, people, rules, habits. */
export function marketTopics(): readonly Topic[] {
  return [
    {
      id: 'market/people',
      label: 'Who buys and uses, and how many',
      kind: 'market',
      queries: [
        'customers',
        'users installations',
        'market size',
        'households',
        'companies use it',
        'target group',
        'respondents',
        'subscribers',
        'members',
        'sold',
      ],
    },
    {
      id: 'market/field',
      label: 'What moves the field',
      kind: 'market',
      queries: [
        'market grew',
        'trend',
        'regulation law',
        'price increase',
        'demand',
        'competition',
        'investor',
        'subsidy',
        'season',
      ],
    },
  ];
}

/** Dates and moments. */
export function timingTopics(brief: CampaignBrief): readonly Topic[] {
  return [
    {
      id: 'timing/plan',
      label: 'Dates of the campaign and of the product',
      kind: 'timing',
      queries: [
        'campaign ends',
        'launch date',
        'release',
        'starts on',
        'weeks after',
        'deadline',
        'delivery from',
        'first quarter',
        'available from',
      ],
    },
    {
      id: 'timing/market',
      label: 'Moments in the market to use or avoid',
      kind: 'timing',
      queries: [
        'price increase announced',
        'season',
        'trade fair',
        'deadline',
        'end of support',
        'shut down',
        'subsidy until',
        'coming soon',
        'expires',
      ],
      subjects: brief.competitors.length > 0 ? [...brief.competitors, brief.product] : undefined,
    },
  ];
}

/** Offers: trial, guarantee, conditions. */
export function offerTopics(brief: CampaignBrief): readonly Topic[] {
  return [
    {
      id: 'offer/try',
      label: 'How one can try it and leave it',
      kind: 'offer',
      subjects: [brief.product],
      queries: [
        'tried for days',
        'trial',
        'without a credit card',
        'cancel any time',
        'refunded',
        'return',
        'test ride',
        'demo',
        'no account',
      ],
    },
    {
      id: 'offer/promise',
      label: 'What is promised',
      kind: 'offer',
      subjects: [brief.product],
      queries: [
        'promises',
        'warranty',
        'guarantee',
        'credited',
        'support',
        'availability',
        'repair',
        'spare parts',
        'years',
      ],
    },
    {
      id: 'offer/included',
      label: 'What is included',
      kind: 'offer',
      subjects: [brief.product],
      queries: [
        'included',
        'part of the plan',
        'in every plan',
        'no limit',
        'invite',
        'free edition',
        'comes with',
        'import',
        'export',
      ],
    },
  ];
}

/** What makes it easy or hard. */
export function usabilityTopics(brief: CampaignBrief): readonly Topic[] {
  return [
    {
      id: 'usability/easy',
      label: 'What makes the start easy',
      kind: 'usability',
      subjects: [brief.product],
      queries: [
        'installs with one command',
        'setup quick',
        'minutes',
        'importer',
        'easy',
        'assembly',
        'upgrade',
        'worked',
      ],
    },
    {
      id: 'usability/hard',
      label: 'Where people stumble',
      kind: 'usability',
      subjects: [brief.product],
      queries: [
        'confusing',
        'documentation assumes',
        'clumsy',
        'difficult',
        'needed attempts',
        'boring themes',
        'thin for beginners',
        'heavy',
        'complicated',
      ],
    },
  ];
}

/** The topic of one pain of one persona; the war brief finds its evidence by it. */
export function painTopicId(persona: string, painIndex: number): string {
  return `persona/${persona}/pain-${painIndex + 1}`;
}

/** The topic of what else the documents say about people like a persona. */
export function roleTopicId(persona: string): string {
  return `persona/${persona}/role`;
}

/** Evidence for each pain of each persona. */
export function personaTopics(brief: CampaignBrief): readonly Topic[] {
  return brief.personas.flatMap((persona): Topic[] => [
    ...persona.pains.map((pain, index): Topic => ({
      id: painTopicId(persona.name, index),
      label: `Evidence that ${persona.name} (${persona.role}) has this pain: ${pain}`,
      kind: 'persona',
      queries: [pain],
    })),
    {
      id: roleTopicId(persona.name),
      label: `What the documents say about people like ${persona.name}`,
      kind: 'persona',
      queries: [persona.role],
    },
  ]);
}
