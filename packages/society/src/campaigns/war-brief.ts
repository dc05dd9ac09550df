import type { SourceMediaType, Standing } from '../evidence/index.ts';
import type { PlatformId } from '../guardians/index.ts';
import type { ModelMark } from '../guilds/ask-model.ts';
import type { ConnectorNeed, Speaker, Unanswered } from '../guilds/research/index.ts';
import type { NumberedCitation } from './citation-registry.ts';

/** A sentence of the brief. Every one has at least one citation. */
export interface BriefSentence {
  readonly text: string;
  /** Ids of citations; the first is the passage itself, others complete or repeat it. */
  readonly citations: readonly string[];
  readonly subject: string | null;
  readonly standing: Standing;
  readonly speaker: Speaker | null;
}

/** A row of the fact table that opens the brief. */
export interface BriefFact {
  readonly id: string;
  readonly subject: string;
  readonly attribute: string;
  readonly value: string;
  readonly kind: string;
  readonly statement: string;
  readonly standing: Standing;
  readonly citations: readonly string[];
  /** In how many documents it stands. */
  readonly documents: number;
  readonly weight: number;
  readonly contradictions: readonly {
    readonly value: string;
    readonly standing: Standing;
    readonly citation: string;
  }[];
}

/** Values side by side, and which of them to believe, if the documents say. */
export interface BriefContradiction {
  readonly subject: string;
  readonly attribute: string;
  readonly statements: readonly {
    readonly value: string;
    readonly statement: string;
    readonly marks: readonly string[];
    readonly citation: string;
  }[];
  readonly preferred: number | null;
  readonly reason: string;
}

/** One competitor. */
export interface BriefCompetitor {
  readonly name: string;
  readonly offer: readonly BriefSentence[];
  readonly pricing: readonly BriefSentence[];
  readonly strengths: readonly BriefSentence[];
  readonly weaknesses: readonly BriefSentence[];
  readonly message: readonly BriefSentence[];
  readonly news: readonly BriefSentence[];
  readonly voices: readonly BriefSentence[];
}

/** One persona of the brief with the evidence for each pain. */
export interface BriefPersona {
  readonly name: string;
  readonly role: string;
  /** `pain` is the brief's own wording; the evidence is quoted. */
  readonly pains: readonly { readonly pain: string; readonly evidence: readonly BriefSentence[] }[];
  readonly background: readonly BriefSentence[];
}

/** A promise with what proves it, and the pain it answers. */
export interface ValueProposition {
  /** A pain in the words of the brief; null for a promise that answers none of them. */
  readonly pain: { readonly persona: string; readonly pain: string } | null;
  readonly claim: BriefSentence;
  readonly proof: readonly BriefSentence[];
}

/** A reason not to buy with what the documents answer. */
export interface BriefObjection {
  readonly objection: BriefSentence;
  readonly answers: readonly BriefSentence[];
}

/** A channel with what the documents say about it. */
export interface BriefChannel {
  /** Null for remarks about channels that the brief does not name. */
  readonly channel: PlatformId | null;
  readonly evidence: readonly BriefSentence[];
}

/** How people feel about one product, counted from what they said. Computed, not written by a model. */
export interface SentimentRow {
  readonly subject: string;
  readonly pains: number;
  readonly praise: number;
  readonly wishes: number;
  readonly objections: number;
  readonly others: number;
  /** Mean sentiment, −1 to 1, two decimals. */
  readonly mean: number;
}

/** A computed figure and everything it was computed from. */
export interface Confidence {
  /** 0 to 1, two decimals. */
  readonly value: number;
  readonly formula: string;
  readonly inputs: readonly {
    readonly name: string;
    readonly value: number;
    readonly weight: number;
    readonly meaning: string;
  }[];
}

/** An answered question. */
export interface BriefAnswer {
  readonly question: string;
  readonly answer: BriefSentence;
  readonly confidence: number;
}

/** What Cognition writes: facts first, every sentence cited, gaps named. */
export interface WarBrief {
  readonly campaignId: string;
  /** RFC 3339 UTC. */
  readonly generatedAt: string;
  readonly product: string;
  readonly positioning: string;
  readonly model: ModelMark;
  readonly sources: readonly {
    readonly documentId: string;
    readonly title: string;
    readonly mediaType: SourceMediaType;
    readonly citations: number;
  }[];
  readonly citations: readonly NumberedCitation[];
  readonly facts: readonly BriefFact[];
  readonly contradictions: readonly BriefContradiction[];
  readonly about: readonly BriefSentence[];
  readonly market: readonly BriefSentence[];
  readonly competitors: readonly BriefCompetitor[];
  readonly personas: readonly BriefPersona[];
  readonly sentiment: readonly SentimentRow[];
  readonly voices: {
    readonly pains: readonly BriefSentence[];
    readonly praise: readonly BriefSentence[];
    readonly wishes: readonly BriefSentence[];
    /** What people said that is neither; a marketer may hear more in it than a machine. */
    readonly others: readonly BriefSentence[];
  };
  readonly messaging: readonly ValueProposition[];
  /** Pains of the brief that no promise of the documents answers. */
  readonly unansweredPains: readonly { readonly persona: string; readonly pain: string }[];
  readonly pricing: readonly BriefSentence[];
  readonly offer: readonly BriefSentence[];
  readonly objections: readonly BriefObjection[];
  readonly channels: readonly BriefChannel[];
  readonly timing: readonly BriefSentence[];
  readonly terms: readonly { readonly term: string; readonly citation: string }[];
  readonly answers: readonly BriefAnswer[];
  readonly unanswered: readonly Unanswered[];
  readonly connectors: readonly ConnectorNeed[];
  readonly confidence: Confidence;
  /** Statements that a model made and that were dropped because their source could not be found. */
  readonly rejected: number;
}
