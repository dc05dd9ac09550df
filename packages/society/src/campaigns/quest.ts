import { platformRules, type PlatformId } from '../guardians/index.ts';
import type { CampaignBrief } from './brief.ts';
import { seedOf, simulateBudget, type BudgetPlan } from './budget-simulation.ts';
import { campaignPeriod, daysOf, dividePeriod, dueDay, type Period } from './schedule.ts';
import type { BriefSentence, WarBrief } from './war-brief.ts';

/** One thing to do. */
export interface QuestMove {
  readonly id: string;
  readonly name: string;
  /** Who does it: the code of an agent, or "person" where only a person can. */
  readonly owner: string;
  readonly channel: PlatformId | null;
  readonly dueOn: string;
  /** The sentences of the war brief that this move rests on. */
  readonly basis: readonly BriefSentence[];
}

/** A stretch of the plan with one purpose. */
export interface QuestChapter {
  readonly number: number;
  readonly name: string;
  readonly purpose: string;
  readonly period: Period;
  readonly moves: readonly QuestMove[];
  /** Each can be checked by somebody who was not there. */
  readonly successCriteria: readonly string[];
  readonly experiencePoints: number;
}

/** What could go wrong, from the war brief, with what to do about it. */
export interface QuestRisk {
  readonly risk: string;
  readonly response: string;
  readonly basis: readonly BriefSentence[];
}

/** Strategos' plan. Its figures come from the brief, the calendar and the simulation, and say which. */
export interface Quest {
  readonly campaignId: string;
  readonly generatedAt: string;
  readonly title: string;
  readonly period: Period;
  readonly goals: readonly string[];
  readonly chapters: readonly QuestChapter[];
  readonly budget: BudgetPlan | null;
  readonly risks: readonly QuestRisk[];
  /** What was assumed because the brief does not say. */
  readonly assumptions: readonly string[];
}

/** What the plan is made from. */
export interface QuestInput {
  readonly brief: CampaignBrief;
  readonly warBrief: WarBrief;
  readonly campaignId: string;
  /** RFC 3339 UTC; the campaign starts on this day. */
  readonly generatedAt: string;
}

const owned: ReadonlySet<PlatformId> = new Set(['landing_page', 'blog', 'email', 'medium']);
const conversational: ReadonlySet<PlatformId> = new Set(['reddit', 'threads']);
const chapterShares = [15, 20, 30, 20, 15];
const openPointsMax = 8;

/** The muse that makes the work for a channel. */
export const museByChannel: Readonly<Record<PlatformId, string>> = Object.freeze({
  x: 'MUS-005',
  threads: 'MUS-005',
  reddit: 'MUS-005',
  linkedin: 'MUS-001',
  facebook: 'MUS-001',
  instagram: 'MUS-003',
  pinterest: 'MUS-003',
  youtube: 'MUS-006',
  tiktok: 'MUS-006',
  email: 'MUS-004',
  blog: 'MUS-002',
  medium: 'MUS-002',
  landing_page: 'MUS-014',
});

interface MoveDraft {
  readonly name: string;
  readonly owner: string;
  readonly channel?: PlatformId;
  readonly basis?: readonly BriefSentence[];
}

function chapter(
  number: number,
  period: Period,
  facts: { readonly name: string; readonly purpose: string; readonly criteria: readonly string[] },
  moves: readonly MoveDraft[],
): QuestChapter {
  return {
    number,
    name: facts.name,
    purpose: facts.purpose,
    period,
    moves: moves.map((move, index) => ({
      id: `m${number}.${index + 1}`,
      name: move.name,
      owner: move.owner,
      channel: move.channel ?? null,
      dueOn: dueDay(period, index, moves.length),
      basis: move.basis ?? [],
    })),
    successCriteria: facts.criteria,
    experiencePoints: 100,
  };
}

const nameOf = (channel: PlatformId): string => platformRules[channel].name;

function groundMoves(warBrief: WarBrief): readonly MoveDraft[] {
  const open = warBrief.contradictions.filter((row) => row.preferred === null);
  return [
    ...warBrief.unanswered
      .slice(0, openPointsMax)
      .map((row): MoveDraft => ({ name: `Find out: ${row.question}`, owner: 'person' })),
    ...open.slice(0, openPointsMax).map((row): MoveDraft => ({
      name: `Settle which holds for ${row.subject}: ${row.attribute}`,
      owner: 'person',
      basis: row.statements.map((statement) => ({
        text: statement.statement,
        citations: [statement.citation],
        subject: row.subject,
        standing: 'disputed',
        speaker: null,
      })),
    })),
    { name: 'Approve the war brief as the only source of claims', owner: 'person' },
  ];
}

function channelMoves(
  channels: readonly PlatformId[],
  warBrief: WarBrief,
  verb: string,
): readonly MoveDraft[] {
  return channels.map((channel, index) => {
    const value = warBrief.messaging[index % Math.max(1, warBrief.messaging.length)];
    const evidence = warBrief.channels.find((row) => row.channel === channel)?.evidence ?? [];
    return {
      name: `${verb}: ${nameOf(channel)}`,
      owner: museByChannel[channel],
      channel,
      basis: [...(value === undefined ? [] : [value.claim]), ...evidence.slice(0, 1)],
    };
  });
}

const isReview = (sentence: BriefSentence): boolean =>
  sentence.speaker !== null && sentence.speaker.rating !== null;

function proofMoves(warBrief: WarBrief, channels: readonly PlatformId[]): readonly MoveDraft[] {
  const praise = warBrief.voices.praise
    .toSorted((a, b) => Number(isReview(a)) - Number(isReview(b)))
    .slice(0, 2);
  const objections = warBrief.objections.slice(0, 3);
  return [
    ...praise.map((voice): MoveDraft => ({
      name: `Ask ${voice.speaker?.name ?? 'the customer quoted'} for leave to publish the words, then tell the story`,
      owner: 'MUS-007',
      basis: [voice],
    })),
    ...objections.map((row): MoveDraft => ({
      name: row.answers.length > 0 ? 'Answer this objection in public' : 'Find an answer to this objection',
      owner: row.answers.length > 0 ? 'MUS-002' : 'person',
      basis: [row.objection, ...row.answers.slice(0, 1)],
    })),
    ...channelMoves(channels, warBrief, 'Answer and take part'),
  ];
}

function risksOf(warBrief: WarBrief): readonly QuestRisk[] {
  const open = warBrief.contradictions.filter((row) => row.preferred === null);
  return [
    ...warBrief.objections
      .filter((row) => row.answers.length === 0)
      .slice(0, 3)
      .map((row) => ({
        risk: 'An objection has no answer in the documents.',
        response: 'Find an answer, or say openly that there is none.',
        basis: [row.objection],
      })),
    ...(open.length > 0
      ? [
          {
            risk: 'Documents contradict each other and do not say which holds.',
            response: 'Use neither value in public before a person has settled it.',
            basis: [],
          },
        ]
      : []),
    ...(warBrief.connectors.length > 0
      ? [
          {
            risk: `Nothing outside the documents was read: ${warBrief.connectors.map((need) => need.connector.replaceAll('_', ' ')).join(', ')} are missing.`,
            response: 'Check competitors’ present prices and claims by hand before publishing comparisons.',
            basis: [],
          },
        ]
      : []),
  ];
}

function assumptionsOf(input: QuestInput, period: Period): readonly string[] {
  const { brief } = input;
  return [
    ...(brief.deadline === null
      ? [`The brief names no deadline; ${daysOf(period)} days were assumed.`]
      : brief.deadline < period.startsOn
        ? ['The deadline of the brief has passed; everything is due today.']
        : []),
    ...(brief.budgetUsd === null ? ['The brief names no budget; nothing was split.'] : []),
    ...(brief.goals.length === 0 ? ['The brief names no goal; the last chapter only measures.'] : []),
    'The figures of the budget rest on the assumptions in its table, not on the documents.',
  ];
}

function groundAndFoundation(input: QuestInput, ground: Period, foundation: Period): readonly QuestChapter[] {
  const { brief, warBrief } = input;
  const own = brief.channels.filter((channel) => owned.has(channel));
  return [
    chapter(
      1,
      ground,
      {
        name: 'Ground',
        purpose: 'Close the gaps before anything is said in public.',
        criteria: [
          'Every open question is answered with a source, or withdrawn.',
          'No contradiction is left open.',
        ],
      },
      groundMoves(warBrief),
    ),
    chapter(
      2,
      foundation,
      {
        name: 'Foundation',
        purpose: 'Build the places that everything else points to.',
        criteria: [
          'Every claim on these pages has its source in the war brief.',
          'The guardians have passed the work, and no named gap is open.',
        ],
      },
      [
        ...channelMoves(own, warBrief, 'Make and check'),
        { name: 'Set up the measurement of the goals before the first visit', owner: 'person' },
      ],
    ),
  ];
}

function launchAndProof(input: QuestInput, launch: Period, proof: Period): readonly QuestChapter[] {
  const { brief, warBrief } = input;
  const talk = brief.channels.filter((channel) => conversational.has(channel));
  const reach = brief.channels.filter((channel) => !owned.has(channel) && !conversational.has(channel));
  return [
    chapter(
      3,
      launch,
      {
        name: 'Launch',
        purpose: 'Say one thing well, where the audience already is.',
        criteria: ['Both variants of every asset ran, and their results are recorded.'],
      },
      [
        ...channelMoves(reach, warBrief, 'Publish both variants'),
        { name: 'Compare the variants and keep the better one', owner: 'MUS-029' },
      ],
    ),
    chapter(
      4,
      proof,
      {
        name: 'Proof and conversation',
        purpose: 'Let customers speak, and answer what holds people back.',
        criteria: [
          'Every quoted customer has agreed.',
          'Every objection of the war brief has a public answer or a named owner.',
        ],
      },
      proofMoves(warBrief, talk),
    ),
  ];
}

function harvest(brief: CampaignBrief, period: Period): QuestChapter {
  const goals = brief.goals.map((goal) => `Reached or honestly missed: ${goal}`);
  return chapter(
    5,
    period,
    {
      name: 'Harvest',
      purpose: 'Measure against the goals of the brief, and keep what was learned.',
      criteria: goals.length > 0 ? goals : ['The results are recorded.'],
    },
    [
      { name: 'Measure every goal and compare it with the simulation', owner: 'LORD-003' },
      { name: 'File assets, sources and results so that they can be found and retracted', owner: 'MUS-030' },
    ],
  );
}

/** Strategos' plan from the war brief: five chapters to the deadline, each move resting on cited sentences. */
export function composeQuest(input: QuestInput): Quest {
  const { brief, warBrief } = input;
  const period = campaignPeriod(input.generatedAt.slice(0, 10), brief.deadline);
  const parts = dividePeriod(period, chapterShares);
  const at = (index: number): Period => parts[index] ?? period;
  return {
    campaignId: input.campaignId,
    generatedAt: input.generatedAt,
    title: `${brief.name}: the plan`,
    period,
    goals: brief.goals,
    chapters: [
      ...groundAndFoundation(input, at(0), at(1)),
      ...launchAndProof(input, at(2), at(3)),
      harvest(brief, at(4)),
    ],
    budget: simulate(brief, period),
    risks: risksOf(warBrief),
    assumptions: assumptionsOf(input, period),
  };
}

function simulate(brief: CampaignBrief, period: Period): BudgetPlan | null {
  if (brief.budgetUsd === null) return null;
  const weeks = Math.max(1, Math.round(daysOf(period) / 7));
  // The seed is the brief's, not the campaign's, so that a second run of the same brief splits the same.
  const seed = seedOf(`${brief.name}|${brief.product}|${brief.channels.join(',')}|${brief.budgetUsd}`);
  return simulateBudget({ budgetUsd: brief.budgetUsd, channels: brief.channels, weeks, seed }) ?? null;
}
