import type { CampaignBrief } from '../../campaigns/brief.ts';
import type { Citation, SourceDocument, Standing } from '../../evidence/index.ts';
import type { AskModel, ModelMark } from '../ask-model.ts';

/** What a researcher is given. */
export interface ResearchContext {
  readonly brief: CampaignBrief;
  readonly documents: readonly SourceDocument[];
  readonly ask: AskModel;
  readonly model: ModelMark;
  readonly signal: AbortSignal;
}

/** What a finding is about. */
export type FindingKind =
  | 'market'
  | 'competitor'
  | 'pricing'
  | 'offer'
  | 'pain'
  | 'praise'
  | 'wish'
  | 'objection'
  | 'opinion'
  | 'message'
  | 'channel'
  | 'timing'
  | 'news'
  | 'usability'
  | 'persona';

/** Who said it, where a finding is something a person said. */
export interface Speaker {
  readonly name: string | null;
  /** What the words do: complain, praise, wish, object, or tell. */
  readonly stance: 'pain' | 'praise' | 'wish' | 'objection' | 'opinion';
  readonly role: string | null;
  /** −1 to 1. */
  readonly sentiment: number;
  /** Stars of a review, as the document gives them. */
  readonly rating: { readonly value: number; readonly outOf: number } | null;
}

/** One thing the documents say. */
export interface Finding {
  /** `<agent code>.<number>`, stable for the same documents and brief. */
  readonly id: string;
  readonly agentCode: string;
  readonly kind: FindingKind;
  /** What it answers within the agent's work: `PingHarbor/weaknesses`, `persona/Priya`. */
  readonly topic: string;
  /** One sentence. Offline these are the document's own words. */
  readonly statement: string;
  readonly subject: string | null;
  readonly standing: Standing;
  /** Relevance to the topic, 0 to 1. */
  readonly relevance: number;
  readonly citations: readonly Citation[];
  readonly context: Citation | null;
  readonly speaker: Speaker | null;
}

/** Another value that the documents give for the same thing. */
export interface OtherValue {
  readonly value: string;
  readonly statement: string;
  readonly standing: Standing;
  readonly citation: Citation;
}

/** A value of the fact table. */
export interface FactRow {
  readonly id: string;
  readonly subject: string;
  readonly attribute: string;
  readonly value: string;
  readonly kind: string;
  readonly statement: string;
  readonly standing: Standing;
  /** Why it is disputed, in the words of the text. */
  readonly reason: string | null;
  /** How much it is worth telling, 0 to 1. */
  readonly weight: number;
  readonly citations: readonly Citation[];
  readonly context: Citation | null;
  readonly contradictions: readonly OtherValue[];
}

/** Several values for one thing, side by side. */
export interface ContradictionRow {
  readonly subject: string;
  readonly attribute: string;
  readonly statements: readonly {
    readonly value: string;
    readonly statement: string;
    readonly marks: readonly string[];
    readonly citation: Citation;
  }[];
  /** Index of the statement to believe; null when the documents do not say. */
  readonly preferred: number | null;
  readonly reason: string;
}

/** A question with its answer from the documents. */
export interface AnsweredQuestion {
  readonly question: string;
  readonly answer: string;
  readonly standing: Standing;
  readonly confidence: number;
  readonly citations: readonly Citation[];
  readonly context: Citation | null;
}

/** Something that could not be answered, with the reason. */
export interface Unanswered {
  readonly question: string;
  readonly reason: string;
}

/** A term of the documents with its most telling mention. */
export interface TermRow {
  readonly term: string;
  readonly count: number;
  readonly documents: number;
  readonly citation: Citation;
}

/** A source outside the documents that the installation lacks. */
export interface ConnectorNeed {
  readonly connector: string;
  /** What it would add, one sentence. */
  readonly purpose: string;
}

/** What a researcher hands back. Nothing in it is without a verified source. */
export interface ResearchReport {
  readonly agentCode: string;
  readonly findings: readonly Finding[];
  readonly facts: readonly FactRow[];
  readonly contradictions: readonly ContradictionRow[];
  readonly answers: readonly AnsweredQuestion[];
  readonly terms: readonly TermRow[];
  readonly unanswered: readonly Unanswered[];
  readonly needsConnectors: readonly ConnectorNeed[];
  /** Statements of the model that were dropped, because a quote was not found or a number stood in none. */
  readonly rejected: number;
}

/** A report with nothing in it. */
export function emptyReport(agentCode: string): ResearchReport {
  return {
    agentCode,
    findings: [],
    facts: [],
    contradictions: [],
    answers: [],
    terms: [],
    unanswered: [],
    needsConnectors: [],
    rejected: 0,
  };
}

/** How many citations a report holds. */
export function countCitations(report: ResearchReport): number {
  const of = (rows: readonly { readonly citations: readonly Citation[] }[]): number =>
    rows.reduce((sum, row) => sum + row.citations.length, 0);
  return of(report.findings) + of(report.facts) + of(report.answers) + report.terms.length;
}

/** Whether an agent could only name the connectors it lacks. */
export function isWithoutSource(report: ResearchReport): boolean {
  return (
    report.needsConnectors.length > 0 &&
    report.findings.length + report.facts.length + report.answers.length + report.terms.length === 0
  );
}

/** A researcher's work. Throws what `ask` throws, and `cancelled` once the signal has fired. */
export type Researcher = (context: ResearchContext) => Promise<ResearchReport>;
