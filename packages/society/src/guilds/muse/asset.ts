import type { PlatformId } from '../../guardians/index.ts';
import type { ModelMark } from '../ask-model.ts';

/** What a block of an asset is there for. */
export type BlockRole =
  | 'hook'
  | 'claim'
  | 'proof'
  | 'quote'
  | 'offer'
  | 'price'
  | 'limit'
  | 'heading'
  | 'question'
  | 'action'
  | 'gap'
  | 'footer';

/** One piece of an asset. Blocks that claim something cite the war brief. */
export interface AssetBlock {
  readonly role: BlockRole;
  readonly text: string;
  /** Ids of the war brief's citations. */
  readonly citations: readonly string[];
}

/** A line outside the body, such as a title, with its citations. */
export interface AssetLine {
  readonly text: string;
  readonly citations: readonly string[];
}

/** The lines a form may have outside its body. */
export type AssetLineName = 'title' | 'subject' | 'preheader' | 'description';

/** One version of an asset's words. */
export interface AssetDraft {
  readonly lines: Readonly<Partial<Record<AssetLineName, AssetLine>>>;
  readonly blocks: readonly AssetBlock[];
}

/** A rule's result, as a panelist names it. */
export interface PanelFinding {
  readonly rule: string;
  readonly severity: 'warning' | 'rejection';
  readonly message: string;
}

/** What one member of the panel says in one round. */
export interface PanelOpinion {
  /** MUS-026 (the Editor), RES-004 (Voice of Customer) or LORD-006 (Arbiter). */
  readonly agentCode: string;
  readonly passed: boolean;
  /** 1 to 10 from a generative model; null offline, where only named rules speak. */
  readonly score: number | null;
  readonly findings: readonly PanelFinding[];
}

/** One round of the debate: what was on the table, what the panel said, what was changed. */
export interface DebateRound {
  readonly round: number;
  /** The body as it was judged. */
  readonly text: string;
  readonly opinions: readonly PanelOpinion[];
  /** What the next version changes; empty when the debate ends here. */
  readonly changes: readonly string[];
}

/** One variant: its last version and how it came about. */
export interface AssetVariant {
  readonly id: string;
  /** The one idea in which it differs from the others. */
  readonly idea: string;
  readonly lines: AssetDraft['lines'];
  readonly blocks: readonly AssetBlock[];
  /** The body as it would be published. */
  readonly text: string;
  readonly citations: readonly string[];
  /** What a person must still supply. */
  readonly gaps: readonly string[];
  readonly history: readonly DebateRound[];
  /** Whether the whole panel passed the last version. */
  readonly agreed: boolean;
}

/** What a muse made for one channel. */
export interface Asset {
  readonly channel: PlatformId;
  readonly agentCode: string;
  readonly model: ModelMark;
  readonly variants: readonly AssetVariant[];
}
