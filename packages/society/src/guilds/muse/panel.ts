import type { CampaignBrief } from '../../campaigns/brief.ts';
import type { WarBrief } from '../../campaigns/war-brief.ts';
import { contentStems, sharedStems } from '../../evidence/index.ts';
import {
  reviewContent,
  type ContentUnderReview,
  type PlatformId,
  type Review,
} from '../../guardians/index.ts';
import type { AssetDraft, PanelFinding, PanelOpinion } from './asset.ts';
import { assembleBody } from './skeleton.ts';

/** The members of the debate panel. */
export const panelCodes: readonly ['MUS-026', 'RES-004', 'LORD-006'] = ['MUS-026', 'RES-004', 'LORD-006'];

// What the Editor answers for; everything else of a review is the Arbiter's.
const editorRules = new Set([
  'all_caps',
  'hard_to_read',
  'long_sentence',
  'headings',
  'call_to_action_missing',
  'repetition',
]);
// Things that only a person can supply: they are told, and stop nobody from agreeing.
const notices = new Set([
  'unfilled_gap',
  'community_rules',
  'canonical_link',
  'music_licence',
  'postal_address_missing',
  'picture_ratio',
  'competitor_named',
  'hard_to_read',
]);

/** Whether a finding asks for another version; the rest is for a person. */
export function asksForRevision(finding: Pick<PanelFinding, 'rule'>): boolean {
  return !notices.has(finding.rule);
}

/** A draft as the guardians see it. */
export function contentOf(
  channel: PlatformId,
  draft: AssetDraft,
  warBrief: Pick<WarBrief, 'citations'>,
  brief: CampaignBrief,
): ContentUnderReview {
  const cited = new Set([
    ...draft.blocks.flatMap((block) => block.citations),
    ...Object.values(draft.lines).flatMap((line) => line.citations),
  ]);
  const quotes = warBrief.citations
    .filter((citation) => cited.has(citation.id))
    .map((citation) => citation.quote);
  return {
    platform: channel,
    text: assembleBody(channel, draft.blocks),
    title: draft.lines.title?.text,
    description: draft.lines.description?.text,
    subject: draft.lines.subject?.text,
    preheader: draft.lines.preheader?.text,
    // The positioning is the client's own statement and stands in the brief.
    evidence: [...quotes, brief.positioning, brief.product],
    competitors: brief.competitors,
    language: brief.language,
  };
}

function painFindings(draft: AssetDraft, brief: CampaignBrief): readonly PanelFinding[] {
  const pains = brief.personas.flatMap((persona) => persona.pains);
  if (pains.length === 0 || draft.blocks.some((block) => block.role === 'quote')) return [];
  const words = contentStems(draft.blocks.map((block) => block.text).join(' '));
  if (pains.some((pain) => sharedStems(contentStems(pain), words) >= 1)) return [];
  return [
    {
      rule: 'no_pain_addressed',
      severity: 'warning',
      message: 'No pain of the personas and no customer’s voice is in the text; open with one.',
    },
  ];
}

function repetitionFindings(draft: AssetDraft): readonly PanelFinding[] {
  const seen = new Set<string>();
  return draft.blocks.flatMap((block): PanelFinding[] => {
    if (block.citations.length === 0) return [];
    if (!seen.has(block.text)) {
      seen.add(block.text);
      return [];
    }
    return [{ rule: 'repetition', severity: 'warning', message: 'The same sentence is told twice.' }];
  });
}

/** What the panel says of a draft by named rules: the same draft always gets the same opinions. */
export function panelOpinions(
  draft: AssetDraft,
  brief: CampaignBrief,
  review: Review,
): readonly PanelOpinion[] {
  const ruled: readonly PanelFinding[] = review.findings.map(({ rule, severity, message }) => ({
    rule,
    severity,
    message,
  }));
  const byMember: Readonly<Record<(typeof panelCodes)[number], readonly PanelFinding[]>> = {
    'MUS-026': [
      ...ruled.filter((finding) => editorRules.has(finding.rule) || /_length(?:_soft)?$/u.test(finding.rule)),
      ...repetitionFindings(draft),
    ],
    'RES-004': painFindings(draft, brief),
    'LORD-006': ruled.filter(
      (finding) => !editorRules.has(finding.rule) && !/_length(?:_soft)?$/u.test(finding.rule),
    ),
  };
  return panelCodes.map((agentCode) => ({
    agentCode,
    passed: !byMember[agentCode].some(asksForRevision),
    score: null,
    findings: byMember[agentCode],
  }));
}

/** The guardians' review of a draft. */
export function reviewDraft(
  channel: PlatformId,
  draft: AssetDraft,
  warBrief: Pick<WarBrief, 'citations'>,
  brief: CampaignBrief,
): Review {
  return reviewContent(contentOf(channel, draft, warBrief, brief));
}
