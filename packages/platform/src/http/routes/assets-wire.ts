/** Assets with their debate and their verdicts in the words of the wire. */
import type {
  Asset as WireAsset,
  DebateRound as WireRound,
  Finding as WireFinding,
  Variant as WireVariant,
  Verdict as WireVerdict,
} from '@raptorflow/contract';
import {
  platformLimits,
  platformRules,
  type AssetVariant,
  type DebateRound,
  type PanelFinding,
  type PanelOpinion,
  type PlatformId,
  type RuleFinding,
  type StoredAsset,
  type StoredReview,
} from '@raptorflow/society';
import { markToWire } from './model-mark.ts';
import type { Resolve } from './war-brief-wire.ts';

/** The name of the agent with a code, or the code itself. */
export type NameOf = (agentCode: string) => string;

const lineNames = ['title', 'subject', 'preheader', 'description'] as const;

/** An asset; `resolve` looks up the passages of the campaign's war brief. */
export function assetToWire(
  stored: StoredAsset,
  campaignId: string,
  resolve: Resolve,
  nameOf: NameOf,
): WireAsset {
  const { asset } = stored;
  return {
    id: stored.id,
    campaign_id: campaignId,
    channel: asset.channel,
    title: titleOf(asset.variants, asset.channel),
    agent_code: asset.agentCode,
    model: markToWire(asset.model),
    status: stored.status,
    verdict: stored.verdict,
    variants: asset.variants.map((variant) => variantToWire(variant, resolve)),
    verdicts: stored.reviews.map((review) => verdictToWire(review, asset.channel, nameOf)),
    debate: asset.variants.flatMap((variant) =>
      variant.history.map((round, index) =>
        roundToWire(round, variant, index === variant.history.length - 1, asset.channel, nameOf),
      ),
    ),
    created_at: stored.createdAt,
    updated_at: stored.updatedAt,
  };
}

function titleOf(variants: readonly AssetVariant[], channel: PlatformId): string {
  const lines = variants[0]?.lines;
  return lines?.title?.text ?? lines?.subject?.text ?? platformRules[channel].name;
}

function variantToWire(variant: AssetVariant, resolve: Resolve): WireVariant {
  return {
    id: variant.id,
    label: variant.idea,
    lines: lineNames.flatMap((name) => {
      const line = variant.lines[name];
      return line === undefined ? [] : [{ name, text: line.text }];
    }),
    text: variant.text,
    character_count: variant.text.length,
    citations: resolve(variant.citations),
    gaps: [...variant.gaps],
  };
}

function verdictToWire(stored: StoredReview, channel: PlatformId, nameOf: NameOf): WireVerdict {
  const { review, variantId, checkedAt } = stored;
  return {
    guardian_code: review.guardian,
    guardian_name: nameOf(review.guardian),
    variant_id: variantId,
    result: review.verdict,
    findings: review.findings.map((finding) => findingToWire(finding, channel)),
    checked_at: checkedAt,
  };
}

function findingToWire(finding: RuleFinding | PanelFinding, channel: PlatformId): WireFinding {
  const field = 'field' in finding ? finding.field : null;
  // Offsets count in the named field; only those of the body point into the variant's text.
  const span = 'span' in finding && field === 'text' ? finding.span : undefined;
  return {
    rule: finding.rule,
    severity: finding.severity === 'rejection' ? 'error' : 'warning',
    message: finding.message,
    field,
    start: span?.start ?? null,
    end: span?.end ?? null,
    source_url: sourceOf(finding.rule, channel),
  };
}

// A limit that is only passed softly carries the name of its rule with an ending.
function sourceOf(rule: string, channel: PlatformId): string | null {
  const name = rule.replace(/_soft$/u, '');
  const limit = platformLimits.find((one) => one.platform === channel && one.rule === name);
  return limit?.source.url ?? null;
}

function roundToWire(
  round: DebateRound,
  variant: AssetVariant,
  last: boolean,
  channel: PlatformId,
  nameOf: NameOf,
): WireRound {
  const ended = variant.agreed ? 'accepted' : 'kept_after_last_round';
  return {
    round: round.round,
    variant_id: variant.id,
    text: round.text,
    panel: round.opinions.map((opinion) => voiceToWire(opinion, channel, nameOf)),
    changes: [...round.changes],
    outcome: last ? ended : 'revised',
  };
}

function voiceToWire(opinion: PanelOpinion, channel: PlatformId, nameOf: NameOf): WireRound['panel'][number] {
  const findings = opinion.findings.map((finding) => findingToWire(finding, channel));
  return {
    agent_code: opinion.agentCode,
    agent_name: nameOf(opinion.agentCode),
    score: opinion.score,
    result: opinion.passed ? (findings.length > 0 ? 'WARNING' : 'PASSED') : 'REJECTED',
    findings,
  };
}
