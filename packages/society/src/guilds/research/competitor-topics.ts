import type { CampaignBrief } from '../../campaigns/brief.ts';
import type { Topic } from './asking.ts';

const offerQueries = [
  'company founded',
  'service customers use',
  'product features',
  'licence',
  'edition',
  'requirements',
  'says companies',
  'bought by investor',
];
const strengthQueries = [
  'does well',
  'customers praise',
  'best',
  'strength',
  'rated stars',
  'support answer',
  'locations',
  'community large',
  'beautiful',
];
const weaknessQueries = [
  'complaint',
  'down outage',
  'not available',
  'missing',
  'lost history',
  'weak',
  'too expensive',
  'price increase',
  'deleted',
  'fails',
  'slow',
  'recall defect',
  'warranty',
];
const talkQueries = [
  'headline',
  'advertise',
  'slogan',
  'newsletter',
  'blog publishes',
  'comparison page',
  'campaign',
];

/** Competitors: what they are, what they do well, where they fail. */
export function competitorTopics(brief: CampaignBrief): readonly Topic[] {
  return brief.competitors.flatMap((name): Topic[] => [
    {
      id: `${name}/offer`,
      label: `What ${name} is and offers`,
      kind: 'competitor',
      subjects: [name],
      queries: offerQueries,
    },
    {
      id: `${name}/strengths`,
      label: `What ${name} does well`,
      kind: 'competitor',
      subjects: [name],
      queries: strengthQueries,
    },
    {
      id: `${name}/weaknesses`,
      label: `Where ${name} fails its customers`,
      kind: 'competitor',
      subjects: [name],
      queries: weaknessQueries,
    },
    {
      id: `${name}/message`,
      label: `How ${name} talks`,
      kind: 'message',
      subjects: [name],
      queries: talkQueries,
    },
  ]);
}

/** Announcements. */
export function newsTopics(brief: CampaignBrief): readonly Topic[] {
  const own: Topic = {
    id: 'news/own',
    label: `News about ${brief.product}`,
    kind: 'news',
    subjects: [brief.product],
    queries: [
      'received prize',
      'release version',
      'new in',
      'opened for everyone',
      'security audit',
      'announced',
      'recommends',
      'partnership',
      'fixed',
      'test winner',
    ],
  };
  const others = brief.competitors.map((name): Topic => ({
    id: `news/${name}`,
    label: `News about ${name}`,
    kind: 'news',
    subjects: [name],
    queries: [
      'was bought',
      'announced',
      'was down',
      'price increase',
      'release version',
      'founder',
      'recall',
      'investor',
      'closes',
      'new model',
    ],
  }));
  return [own, ...others];
}

/** Prices and what belongs to them. */
export function pricingTopics(brief: CampaignBrief): readonly Topic[] {
  const queries = [
    'price per month',
    'plan price',
    'costs',
    'free of charge',
    'discount percent',
    'per user',
    'additional costs',
    'add-on',
    'paying for a year',
    'shipping',
    'VAT',
    'lease instalment',
  ];
  return [brief.product, ...brief.competitors].map((name): Topic => ({
    id: `${name}/pricing`,
    label: `What ${name} charges`,
    kind: 'pricing',
    subjects: [name],
    queries,
  }));
}
