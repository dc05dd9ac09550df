import type { CampaignBrief } from '../../campaigns/brief.ts';
import { positioningClauses } from '../../campaigns/positioning.ts';
import { findGaps, measureText, type PlatformId } from '../../guardians/index.ts';
import type { AssetBlock, AssetDraft, AssetLine, AssetLineName, BlockRole } from './asset.ts';
import { formOf, isSlot, type AssetForm, type Slot } from './forms.ts';
import type { Material, Piece } from './material.ts';

/** What a version of a skeleton is built by. Building is a pure function of it, so a revision is a change of the plan. */
export interface SkeletonPlan {
  readonly channel: PlatformId;
  readonly variant: SkeletonVariant;
  /** Pieces the panel refused, by the citation they begin with. */
  readonly avoid: ReadonlySet<string>;
  /** Lines that fall back to the plainest wording. */
  readonly plainLines: ReadonlySet<AssetLineName>;
  /** Measured in the platform's unit; undefined means as long as it is. */
  readonly lengthMax: number | undefined;
}

/** The one idea in which a variant differs. */
export type SkeletonVariant = 'problem_first' | 'proof_first';

const ideas: Readonly<Record<SkeletonVariant, string>> = {
  problem_first: 'The problem first: it opens with the words of somebody who has it.',
  proof_first: 'The proof first: it opens with a figure or a test.',
};

/** The sentence that tells a variant's idea. */
export function ideaOf(variant: SkeletonVariant): string {
  return ideas[variant];
}

const lineLengths: Readonly<Record<AssetLineName, number>> = {
  title: 60,
  subject: 60,
  preheader: 110,
  description: 160,
};

/** The length a body aims at, in the unit its platform counts. */
export function aimedLength(channel: PlatformId): number | undefined {
  if (channel === 'x') return 260;
  if (channel === 'threads') return 500;
  return formOf(channel).charactersMax;
}

/** The length of a body as its platform counts it. */
export function bodyLength(channel: PlatformId, text: string): number {
  if (channel === 'x') return measureText(text, 'x_weighted');
  if (channel === 'threads') return measureText(text, 'threads_weighted');
  return text.length;
}

const keyOf = (piece: Piece): string => piece.citations[0] ?? piece.text;

interface Filling {
  readonly slot: Slot;
  pieces: Piece[];
}

class SkeletonBuilder {
  readonly #plan: SkeletonPlan;
  readonly #material: Material;
  readonly #brief: CampaignBrief;
  readonly #form: AssetForm;
  readonly #used = new Set<string>();
  readonly #fillings = new Map<Slot, Filling>();

  constructor(plan: SkeletonPlan, material: Material, brief: CampaignBrief) {
    this.#plan = plan;
    this.#material = material;
    this.#brief = brief;
    this.#form = formOf(plan.channel);
  }

  build(): AssetDraft {
    const lines = this.#lines();
    for (const entry of this.#form.body) if (isSlot(entry)) this.#fillings.set(entry, this.#fill(entry));
    this.#fit(lines);
    return { lines, blocks: this.#blocks(lines) };
  }

  #candidates(slot: Slot): readonly Piece[] {
    const pools =
      slot.role === 'hook' && this.#plan.variant === 'proof_first' && slot.count === 1
        ? (['proofs', ...slot.pools] as const)
        : slot.pools;
    return pools
      .flatMap((name) => this.#material[name])
      .filter((piece) => !this.#plan.avoid.has(keyOf(piece)));
  }

  #take(pieces: readonly Piece[], count: number): Piece[] {
    const taken: Piece[] = [];
    for (const piece of pieces) {
      if (taken.length >= count) break;
      if (!this.#isFree(piece)) continue;
      this.#use(piece);
      taken.push(piece);
    }
    return taken;
  }

  #isFree(piece: Piece): boolean {
    return !this.#used.has(keyOf(piece)) && (piece.saidBy === null || !this.#used.has(piece.saidBy));
  }

  #use(piece: Piece): void {
    this.#used.add(keyOf(piece));
    if (piece.saidBy !== null) this.#used.add(piece.saidBy);
  }

  #fill(slot: Slot): Filling {
    const candidates = this.#candidates(slot);
    // The second variant tells other claims first, as far as there are enough of them.
    const skip =
      this.#plan.variant === 'proof_first' && slot.role === 'claim' && candidates.length >= 2 * slot.count
        ? slot.count
        : 0;
    return {
      slot,
      pieces: this.#take([...candidates.slice(skip), ...candidates.slice(0, skip)], slot.count),
    };
  }

  /** Shortens until the body fits: a shorter piece in the least needed place, or none there. */
  #fit(lines: AssetDraft['lines']): void {
    const max = this.#plan.lengthMax;
    if (max === undefined) return;
    for (let attempt = 0; attempt < 40; attempt += 1) {
      const over = this.#length(lines) - max;
      if (over <= 0) return;
      const filling = [...this.#fillings.values()]
        .filter((candidate) => candidate.pieces.length > 0)
        .toSorted((a, b) => a.slot.keep - b.slot.keep)[0];
      if (filling === undefined) return;
      this.#shorten(filling, over);
    }
  }

  #shorten(filling: Filling, over: number): void {
    const dropped = filling.pieces.pop();
    if (dropped === undefined) return;
    const room = dropped.text.length - over;
    const shorter = this.#candidates(filling.slot).find(
      (piece) => this.#isFree(piece) && piece.text.length <= room,
    );
    if (shorter === undefined) return;
    this.#use(shorter);
    filling.pieces.push(shorter);
  }

  #length(lines: AssetDraft['lines']): number {
    return bodyLength(this.#plan.channel, assembleBody(this.#plan.channel, this.#blocks(lines)));
  }

  #blocks(lines: AssetDraft['lines']): readonly AssetBlock[] {
    const blocks: AssetBlock[] = [];
    for (const entry of this.#form.body) {
      if (!isSlot(entry)) {
        blocks.push({ role: entry.role, text: this.#fixed(entry.fixed, lines), citations: [] });
        continue;
      }
      const pieces = this.#fillings.get(entry)?.pieces ?? [];
      blocks.push(
        ...pieces.map((piece) => ({
          role: piece.saidBy !== null ? ('quote' as const) : entry.role,
          text: piece.text,
          citations: piece.citations,
        })),
      );
      if (pieces.length === 0 && entry.gap !== undefined) {
        blocks.push({ role: 'gap', text: `[gap: ${entry.gap}]`, citations: [] });
      }
    }
    return withoutEmptySections(blocks);
  }

  #fixed(text: string, lines: AssetDraft['lines']): string {
    return text
      .replaceAll('{product}', this.#brief.product)
      .replaceAll('{title}', lines.title?.text ?? this.#brief.product);
  }

  #lines(): AssetDraft['lines'] {
    const lines: Partial<Record<AssetLineName, AssetLine>> = {};
    const told = new Set<string>();
    for (const name of this.#form.lines) {
      const line = this.#line(name, told);
      told.add(withoutStop(line.text));
      lines[name] = line;
    }
    return lines;
  }

  #line(name: AssetLineName, told: ReadonlySet<string>): AssetLine {
    const plain: AssetLine = { text: this.#brief.product, citations: [] };
    if (this.#plan.plainLines.has(name)) return plain;
    const max = lineLengths[name];
    const isFree = (line: AssetLine): boolean => line.text.length <= max && !told.has(withoutStop(line.text));
    const wording = this.#wording().filter(isFree);
    const sentences = this.#sentences(name === 'title' || name === 'subject').filter(isFree);
    // A headline is the client's own wording; what stands below it tells a fact.
    const lists =
      name === 'title' || name === 'subject' ? [...wording, ...sentences] : [...sentences, ...wording];
    return lists[0] ?? plain;
  }

  /** The clauses of the positioning, which are the brief's own words; each variant begins with another. */
  #wording(): readonly AssetLine[] {
    const clauses = positioningClauses(this.#brief.positioning);
    const turned =
      this.#plan.variant === 'proof_first'
        ? [...clauses.slice(1).toReversed(), ...clauses.slice(0, 1)]
        : clauses;
    const named = turned.map((clause) => `${this.#brief.product}: ${clause}`);
    const isShort = (text: string): boolean => text.split(' ').length < clauseWordsMin;
    return turned
      .map((clause, index) => (isShort(clause) ? (named[index] ?? clause) : clause))
      .map((text) => ({ text, citations: [] }));
  }

  #sentences(asHeadline: boolean): readonly AssetLine[] {
    return [...this.#material.claims, ...this.#material.proofs]
      .filter(
        (piece) => piece.saidBy === null && !piece.namesCompetitor && !this.#plan.avoid.has(keyOf(piece)),
      )
      .map((piece) => ({
        text: asHeadline ? withoutStop(piece.text) : piece.text,
        citations: piece.citations,
      }));
  }
}

const clauseWordsMin = 4;

const withoutStop = (text: string): string => text.replace(/\.$/u, '');

/** A heading that nothing follows says nothing. */
function withoutEmptySections(blocks: readonly AssetBlock[]): readonly AssetBlock[] {
  return blocks.filter((block, index) => {
    if (block.role !== 'heading' || block.text.startsWith('# ')) return true;
    const next = blocks[index + 1];
    return next !== undefined && next.role !== 'heading';
  });
}

const listed: ReadonlySet<BlockRole> = new Set(['claim', 'proof', 'price', 'offer', 'limit']);

/** The body as it would be published: pages and Reddit in Markdown, everything else as plain text. */
export function assembleBody(channel: PlatformId, blocks: readonly AssetBlock[]): string {
  const form = formOf(channel);
  const isMarkdown = form.body.some((entry) => entry.role === 'heading');
  let text = '';
  let previous: AssetBlock | undefined;
  for (const block of blocks) {
    const isItem = isMarkdown && listed.has(block.role);
    const rendered = isItem
      ? `- ${block.text}`
      : isMarkdown && block.role === 'quote'
        ? `> ${block.text}`
        : block.text;
    const tight = isItem && previous !== undefined && listed.has(previous.role);
    if (previous !== undefined) text += tight ? '\n' : form.separator;
    text += rendered;
    previous = block;
  }
  return text;
}

/** Builds one version of a skeleton from the documents' own sentences, with what is missing named. */
export function buildSkeleton(plan: SkeletonPlan, material: Material, brief: CampaignBrief): AssetDraft {
  return new SkeletonBuilder(plan, material, brief).build();
}

/** The names of the gaps of a draft. */
export function gapsOf(channel: PlatformId, draft: AssetDraft): readonly string[] {
  return [...new Set(findGaps(assembleBody(channel, draft.blocks)).map((gap) => gap.text))];
}
