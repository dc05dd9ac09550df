import { z } from 'zod';
import type { CampaignBrief } from '../../campaigns/brief.ts';
import { citedTexts } from '../../campaigns/grounding.ts';
import type { WarBrief } from '../../campaigns/war-brief.ts';
import { unsupportedNumbers } from '../../evidence/index.ts';
import { platformRules, type PlatformId } from '../../guardians/index.ts';
import { rosterAgent } from '../../rosters/index.ts';
import type { AskModel } from '../ask-model.ts';
import type { AssetBlock, AssetDraft, AssetVariant, BlockRole, DebateRound, PanelOpinion } from './asset.ts';
import { citationsOf, roundsMax } from './debate.ts';
import { formOf } from './forms.ts';
import { panelCodes, panelOpinions, reviewDraft } from './panel.ts';
import { assembleBody, gapsOf } from './skeleton.ts';

/** A panelist's grade below this sends the draft back. */
const scoreMin = 8;

const sentencesMax = 80;

/** Bytes (UTF-8) that the statements take which a draft may use: with it, what a draft may cost is known beforehand. */
export const statementBytesMax = 24_000;

/** What drafting with a generative model needs. */
export interface DraftingContext {
  readonly brief: CampaignBrief;
  readonly warBrief: WarBrief;
  readonly ask: AskModel;
  /** The prompts of agents by their codes, as edited in the workspace; the roster's where one is left out. */
  readonly prompts?: ReadonlyMap<string, string>;
}

interface AskedDraft {
  title?: string | undefined;
  subject?: string | undefined;
  preheader?: string | undefined;
  description?: string | undefined;
  blocks: { role: BlockRole; text: string; citations: string[] }[];
}

const askedDraftSchema: z.ZodType<AskedDraft> = z.object({
  title: z.string().optional(),
  subject: z.string().optional(),
  preheader: z.string().optional(),
  description: z.string().optional(),
  blocks: z.array(
    z.object({
      role: z.enum([
        'hook',
        'claim',
        'proof',
        'quote',
        'offer',
        'price',
        'limit',
        'heading',
        'question',
        'action',
        'gap',
        'footer',
      ]),
      text: z.string(),
      citations: z.array(z.string()).default([]).describe('Ids of the statements that this block rests on.'),
    }),
  ),
});

const askedGradeSchema: z.ZodType<{ score: number; reasons: string[] }> = z.object({
  score: z.number().int().min(1).max(10),
  reasons: z.array(z.string()).max(10),
});

/** The statements a draft may use, each under the citations that prove it. */
function statementList(warBrief: WarBrief): string {
  const seen = new Set<string>();
  let bytes = 0;
  return citedTexts(warBrief)
    .filter(({ path, text }) => {
      if (
        path.endsWith('.attribute') ||
        path.endsWith('.value') ||
        path.includes('contradictions') ||
        seen.has(text)
      )
        return false;
      seen.add(text);
      return true;
    })
    .slice(0, sentencesMax)
    .map(({ text, citations }) => `- (${citations.join(', ')}) ${text}`)
    .filter((line) => (bytes += Buffer.byteLength(line, 'utf8') + 1) <= statementBytesMax)
    .join('\n');
}

const free: ReadonlySet<BlockRole> = new Set(['heading', 'question', 'action', 'gap', 'footer']);

/** Keeps what rests on known citations; drops blocks that claim without one, or hold a number that no cited quote holds. */
export function groundDraft(
  asked: AskedDraft,
  warBrief: Pick<WarBrief, 'citations'>,
  brief: CampaignBrief,
): AssetDraft {
  const quotes = new Map(warBrief.citations.map((citation) => [citation.id, citation.quote]));
  const blocks = asked.blocks.flatMap((block): AssetBlock[] => {
    const citations = block.citations.filter((id) => quotes.has(id));
    const evidence = [...citations.flatMap((id) => quotes.get(id) ?? []), brief.product];
    const claims = !free.has(block.role);
    if (block.text.trim() === '' || (claims && citations.length === 0)) return [];
    if (unsupportedNumbers(block.text, evidence).length > 0) return [];
    return [{ role: block.role, text: block.text.trim(), citations }];
  });
  const evidence = [
    ...blocks.flatMap((block) => block.citations.flatMap((id) => quotes.get(id) ?? [])),
    brief.positioning,
    brief.product,
  ];
  const lines: Record<string, AssetDraft['lines']['title']> = {};
  for (const name of ['title', 'subject', 'preheader', 'description'] as const) {
    const text = asked[name]?.trim();
    if (text === undefined || text === '') continue;
    lines[name] = {
      text: unsupportedNumbers(text, evidence).length > 0 ? brief.product : text,
      citations: [],
    };
  }
  return { lines, blocks };
}

function instructionsFor(
  channel: PlatformId,
  agentCode: string,
  idea: string,
  context: DraftingContext,
): string {
  const rules = platformRules[channel];
  const limits = rules.limits
    .map((limit) => `${limit.rule}: at most ${limit.hard ?? limit.soft} ${limit.unit}`)
    .join('; ');
  return [
    promptOf(agentCode, context),
    `Write for ${rules.name} about ${context.brief.product}. ${idea} Positioning: ${context.brief.positioning}`,
    `Lines needed besides the body: ${formOf(channel).lines.join(', ') || 'none'}. Limits: ${limits}.`,
    'Use only these statements, and name the ids of those each block rests on. Leave gaps as [gap: what is missing].',
    statementList(context.warBrief),
  ].join('\n\n');
}

function promptOf(agentCode: string, { prompts }: DraftingContext): string {
  return prompts?.get(agentCode) ?? rosterAgent(agentCode)?.systemPrompt ?? '';
}

async function grade(
  step: string,
  draft: AssetDraft,
  channel: PlatformId,
  context: DraftingContext,
  ruled: readonly PanelOpinion[],
): Promise<readonly PanelOpinion[]> {
  return Promise.all(
    panelCodes.map(async (agentCode): Promise<PanelOpinion> => {
      const rules = ruled.find((opinion) => opinion.agentCode === agentCode);
      const answer = await context.ask(`${step}:${agentCode}`, {
        sources: [],
        instructions: `${promptOf(agentCode, context)}\n\nGrade this draft for ${platformRules[channel].name} from 1 to 10 and give your reasons, each with the words it concerns.\n\n${assembleBody(channel, draft.blocks)}`,
        schema: askedGradeSchema,
      });
      const reasons = answer.score >= scoreMin ? [] : answer.reasons;
      return {
        agentCode,
        score: answer.score,
        passed: answer.score >= scoreMin && rules?.passed !== false,
        findings: [
          ...(rules?.findings ?? []),
          ...reasons.map((message) => ({ rule: 'panel_grade', severity: 'warning' as const, message })),
        ],
      };
    }),
  );
}

/**
 * Drafts a variant with a generative model and debates it: named rules and the panel's grades; below 8 it goes back with
 * the reasons, at most `roundsMax` versions. What is not grounded in the war brief is dropped before anybody reads it.
 */
export async function debateDraft(
  channel: PlatformId,
  variant: { readonly id: string; readonly idea: string; readonly agentCode: string },
  context: DraftingContext,
): Promise<AssetVariant> {
  const history: DebateRound[] = [];
  const instructions = instructionsFor(channel, variant.agentCode, variant.idea, context);
  let feedback = '';
  for (let round = 1; ; round += 1) {
    const step = `${variant.agentCode}:${variant.id}:round-${round}`;
    const asked = await context.ask(`${step}:draft`, {
      sources: [],
      instructions: instructions + feedback,
      schema: askedDraftSchema,
    });
    const draft = groundDraft(asked, context.warBrief, context.brief);
    const review = reviewDraft(channel, draft, context.warBrief, context.brief);
    const ruled = panelOpinions(draft, context.brief, review);
    const opinions = await grade(step, draft, channel, context, ruled);
    const agreed = opinions.every((opinion) => opinion.passed);
    const text = assembleBody(channel, draft.blocks);
    const reasons = opinions.flatMap((opinion) =>
      opinion.passed ? [] : opinion.findings.map((finding) => finding.message),
    );
    const last = agreed || round === roundsMax;
    history.push({ round, text, opinions, changes: last ? [] : reasons });
    if (last) {
      return {
        id: variant.id,
        idea: variant.idea,
        lines: draft.lines,
        blocks: draft.blocks,
        text,
        citations: citationsOf(draft),
        gaps: gapsOf(channel, draft),
        history,
        agreed,
      };
    }
    feedback = `\n\nYour last version:\n${text}\n\nThe panel sent it back:\n${reasons.map((reason) => `- ${reason}`).join('\n')}`;
  }
}
