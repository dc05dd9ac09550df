import type { CampaignBrief } from '../../campaigns/brief.ts';
import type { WarBrief } from '../../campaigns/war-brief.ts';
import type { PlatformId, Review, RuleFinding } from '../../guardians/index.ts';
import type { AssetBlock, AssetDraft, AssetLineName, AssetVariant, DebateRound } from './asset.ts';
import type { Material } from './material.ts';
import { asksForRevision, panelOpinions, reviewDraft } from './panel.ts';
import {
  aimedLength,
  assembleBody,
  bodyLength,
  buildSkeleton,
  gapsOf,
  ideaOf,
  type SkeletonPlan,
  type SkeletonVariant,
} from './skeleton.ts';

/** How often a draft may go back. */
export const roundsMax = 3;

interface Revision {
  readonly plan: SkeletonPlan;
  readonly changes: readonly string[];
}

const lineNames: readonly AssetLineName[] = ['title', 'subject', 'preheader', 'description'];

/** The block in which a finding about the body begins. */
function blockAt(channel: PlatformId, draft: AssetDraft, finding: RuleFinding): AssetBlock | undefined {
  if (finding.span === undefined || finding.field !== 'text') return undefined;
  const text = assembleBody(channel, draft.blocks);
  let from = 0;
  for (const block of draft.blocks) {
    const start = text.indexOf(block.text, from);
    if (start < 0) continue;
    // A finding may begin before its block, at the mark of a list item.
    if (finding.span.start < start + block.text.length && finding.span.end > start) return block;
    from = start + block.text.length;
  }
  return undefined;
}

/** Changes the plan by what the panel named; undefined when nothing named can be changed by rearranging the documents' sentences. */
function revise(plan: SkeletonPlan, draft: AssetDraft, review: Review): Revision | undefined {
  const avoid = new Set(plan.avoid);
  const plainLines = new Set(plan.plainLines);
  const changes: string[] = [];
  let { lengthMax } = plan;
  for (const finding of review.findings.filter(asksForRevision)) {
    const line = lineNames.find((name) => name === finding.field);
    const block = blockAt(plan.channel, draft, finding);
    const [piece] = block?.citations ?? [];
    if (line !== undefined && !plainLines.has(line)) {
      plainLines.add(line);
      changes.push(`${finding.rule}: the ${line} falls back to the product’s name.`);
    } else if (piece !== undefined && !avoid.has(piece)) {
      avoid.add(piece);
      changes.push(`${finding.rule}: replaced “${shorten(block?.text ?? '')}”.`);
    } else if (/^(?:text|description)_length/u.test(finding.rule)) {
      const length = bodyLength(plan.channel, assembleBody(plan.channel, draft.blocks));
      lengthMax = Math.floor(Math.min(lengthMax ?? length, length) * 0.9);
      changes.push(`${finding.rule}: shortened to ${lengthMax}.`);
    }
  }
  return changes.length === 0 ? undefined : { plan: { ...plan, avoid, plainLines, lengthMax }, changes };
}

const shorten = (text: string): string => (text.length <= 60 ? text : `${text.slice(0, 57).trimEnd()}…`);

/** Every citation a draft uses, once. */
export function citationsOf(draft: AssetDraft): readonly string[] {
  return [
    ...new Set([
      ...draft.blocks.flatMap((block) => block.citations),
      ...Object.values(draft.lines).flatMap((line) => line.citations),
    ]),
  ];
}

/**
 * Builds a variant from the documents' sentences and debates it: the panel names the rules it breaks, the plan changes,
 * at most `roundsMax` versions. Deterministic. A variant on which the panel does not agree keeps its last version and says so.
 */
export function debateSkeleton(
  channel: PlatformId,
  variant: SkeletonVariant,
  material: Material,
  context: { readonly brief: CampaignBrief; readonly warBrief: WarBrief },
): AssetVariant {
  const history: DebateRound[] = [];
  let plan: SkeletonPlan = {
    channel,
    variant,
    avoid: new Set(),
    plainLines: new Set(),
    lengthMax: aimedLength(channel),
  };
  for (let round = 1; ; round += 1) {
    const draft = buildSkeleton(plan, material, context.brief);
    const review = reviewDraft(channel, draft, context.warBrief, context.brief);
    const opinions = panelOpinions(draft, context.brief, review);
    const agreed = opinions.every((opinion) => opinion.passed);
    const revision = agreed || round === roundsMax ? undefined : revise(plan, draft, review);
    const text = assembleBody(channel, draft.blocks);
    history.push({ round, text, opinions, changes: revision?.changes ?? [] });
    if (revision === undefined) {
      return {
        id: `${channel}-${variant === 'problem_first' ? 'a' : 'b'}`,
        idea: ideaOf(variant),
        lines: draft.lines,
        blocks: draft.blocks,
        text,
        citations: citationsOf(draft),
        gaps: gapsOf(channel, draft),
        history,
        agreed,
      };
    }
    plan = revision.plan;
  }
}
