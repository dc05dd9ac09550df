/**
 * A place in a source. Invariant: `quote === source.text.slice(start, end)`. A quote is a whole sentence, a bullet,
 * a table row or a spoken passage, exactly as it stands in the document.
 */
export interface Citation {
  documentId: string;
  title: string;
  start: number;
  end: number;
  quote: string;
  /** The headings above the quote, outermost first. */
  section: string[];
  /** Stable within a document: `s12`, or `r3` for the third row of tables and CSV. */
  sentenceId: string;
}

/** What every answer carries: the engine's name, its token counts (deterministic) and its cost, always 0. */
export interface EngineStamp {
  model: 'offline';
  usage: { inputTokens: number; outputTokens: number };
  costMicroUsd: 0;
}

/** How far a statement can be trusted, by the text's own words. */
export type Standing = 'stated' | 'disputed' | 'outdated' | 'draft';

/** A ranked statement of the documents. */
export interface Claim {
  claimId: string;
  /**
   * The sentence as people read it: markup stripped, a table row written as "Plan: Team; Price: $12", and the subject
   * put before it ("PingHarbor: Data is stored …") when the sentence itself does not name it.
   */
  text: string;
  /** `text` without the subject in front: the document's own words alone. */
  plain: string;
  /** Relevance to the topic, 0–1, comparable within one topic. */
  score: number;
  /** The known subject it speaks of, when one is clear. */
  subject?: string;
  standing: Standing;
  citation: Citation;
  /** The header row or the lead-in line ("Limits of the Free plan:") that completes the quote. */
  context?: Citation;
  /** The same statement elsewhere. */
  alsoIn: Citation[];
}

/** Answer to `find_claims`: the ranked claims of every topic, in the order of the task. */
export interface FindClaimsResult extends EngineStamp {
  task: 'find_claims';
  topics: { id: string; label: string; claims: Claim[] }[];
}

/** What a value measures. */
export type FactKind = 'price' | 'percentage' | 'count' | 'date' | 'duration' | 'limit' | 'feature' | 'other';

/** Another value given for the same attribute. */
export interface FactContradiction {
  value: string;
  claim: string;
  standing: Standing;
  citation: Citation;
}

/** One value of one attribute of one subject. */
export interface Fact {
  factId: string;
  subject: string;
  /** A short noun phrase of the text: "price", "retention", "Team plan price". */
  attribute: string;
  /** The value as the document writes it. */
  value: string;
  /** Normalised unit: "USD/user/month", "%", "day", "GB". */
  unit?: string;
  /** The value as a number in `unit` (dates: epoch day). */
  number?: number;
  kind: FactKind;
  /** One sentence for people, made of the document's own words; begins with the subject when the sentence does not name it. */
  claim: string;
  /** `claim` without the subject in front. */
  plain: string;
  standing: Standing;
  /** Why the standing is not 'stated', in the words of the text. */
  reason?: string;
  /** How much the fact is worth telling, 0–1. */
  weight: number;
  citations: Citation[];
  context?: Citation;
  contradictions: FactContradiction[];
}

/** Answer to `find_facts`. */
export interface FindFactsResult extends EngineStamp {
  task: 'find_facts';
  facts: Fact[];
  /** Subjects used: given or discovered, most frequent first. */
  subjects: string[];
}

/** One side of a contradiction. */
export interface ConflictingStatement {
  value: string;
  claim: string;
  citation: Citation;
  /** ISO date the statement or its document gives for itself. */
  asOf?: string;
  /** Words that lower its authority: "outdated", "draft", "superseded". */
  marks: string[];
}

/** Different values for one attribute of one subject. */
export interface Contradiction {
  contradictionId: string;
  subject: string;
  attribute: string;
  statements: ConflictingStatement[];
  /** Index of the statement to believe; absent when the text does not say. */
  preferred?: number;
  /** Why that one, or why none: "the other is marked outdated", "no statement says which is newer". */
  reason: string;
}

/** Answer to `find_contradictions`. */
export interface FindContradictionsResult extends EngineStamp {
  task: 'find_contradictions';
  contradictions: Contradiction[];
}

/** What a voice does: complains, praises, wishes for something, or says why not to buy. */
export type VoiceKind = 'pain' | 'praise' | 'wish' | 'objection' | 'neutral';

/** One thing one person said. */
export interface Voice {
  voiceId: string;
  /** The spoken words (without quotation marks). */
  text: string;
  speaker?: string;
  /** As the document gives it: "CTO, Kestrel Foods". */
  role?: string;
  kind: VoiceKind;
  /** −1 … 1. */
  sentiment: number;
  keywords: string[];
  /** The known subject the person speaks of. */
  subject?: string;
  /** Stars, when the source is a review with a rating. */
  rating?: { value: number; outOf: number };
  citation: Citation;
}

/** Voices that share a theme. */
export interface VoiceTheme {
  label: string;
  kind: VoiceKind;
  count: number;
  voiceIds: string[];
}

/** Answer to `find_voices`: voices in the order of the documents, themes by size. */
export interface FindVoicesResult extends EngineStamp {
  task: 'find_voices';
  voices: Voice[];
  themes: VoiceTheme[];
}

/** A name in the documents and what it seems to be. */
export interface Entity {
  name: string;
  type: 'company' | 'product' | 'person' | 'place' | 'other';
  /** From the given subjects, else guessed from the text ("compared to", "alternative to"); 'unrelated' when the text says so. */
  role: 'own' | 'competitor' | 'customer' | 'other' | 'unrelated';
  count: number;
  documents: number;
  aliases: string[];
  /** Up to three mentions. */
  citations: Citation[];
}

/** Answer to `find_entities`: known subjects first, then by mentions. */
export interface FindEntitiesResult extends EngineStamp {
  task: 'find_entities';
  entities: Entity[];
}

/** The answer to one question. `answered` is false whenever no sentence of the documents answers it. */
export interface Answer {
  id: string;
  question: string;
  answered: boolean;
  /** 0–1; below the engine's threshold a question counts as unanswered. */
  confidence: number;
  /** The answering sentence as people read it. */
  answer?: string;
  standing?: Standing;
  citation?: Citation;
  context?: Citation;
  /** Further sentences that support or dispute it. */
  supporting: Citation[];
  /** When unanswered: what is missing. */
  reason?: string;
}

/** Answer to `answer_questions`, one per question, in the order of the task. */
export interface AnswerQuestionsResult extends EngineStamp {
  task: 'answer_questions';
  answers: Answer[];
}

/** A key phrase as the documents mostly write it. */
export interface RankedTerm {
  term: string;
  count: number;
  documents: number;
  /** 0–1. */
  score: number;
  /** Its most telling mention. */
  citation: Citation;
}

/** Answer to `rank_terms`, weightiest first. */
export interface RankTermsResult extends EngineStamp {
  task: 'rank_terms';
  terms: RankedTerm[];
}

/** One sentence of the checked text; `start` and `end` index that text. */
export interface CheckedSentence {
  start: number;
  end: number;
  text: string;
  words: number;
  /** Flesch reading ease of this sentence. */
  flesch: number;
  /** 'no_claim': nothing in it needs a source (a question, a greeting, a call to action). */
  support: 'supported' | 'partial' | 'unsupported' | 'no_claim';
  /** Share of its content words found in the best source sentence, 0–1. */
  overlap: number;
  /** Numbers that stand in no matching source sentence. */
  unsupportedNumbers: string[];
  citation?: Citation;
}

/** Answer to `check_text`. */
export interface CheckTextResult extends EngineStamp {
  task: 'check_text';
  sentences: CheckedSentence[];
  length: { characters: number; words: number; sentences: number };
  readability: { flesch: number; longestSentenceWords: number };
  bannedWords: { word: string; start: number; end: number }[];
  callToAction?: { text: string; start: number; end: number };
}

/** A field value with its source. */
export interface CitedValue {
  value: string;
  confidence: number;
  citation: Citation;
}

/** Answer to `fill_brief`: only what the documents say, each value with its source. */
export interface FillBriefResult extends EngineStamp {
  task: 'fill_brief';
  product?: CitedValue;
  positioning?: CitedValue;
  /** People it is for, in the words of the documents. */
  audience: CitedValue[];
  competitors: CitedValue[];
  channels: CitedValue[];
  goals: CitedValue[];
  /** Budget as written ("$4,000"). */
  budget?: CitedValue;
  /** ISO date. */
  deadline?: CitedValue;
  /** What a campaign needs and these documents do not say. */
  missing: (
    | 'product'
    | 'positioning'
    | 'audience'
    | 'competitors'
    | 'channels'
    | 'goals'
    | 'budget'
    | 'deadline'
  )[];
}

/** The answer type of every task. */
export interface TextTaskResults {
  find_claims: FindClaimsResult;
  find_facts: FindFactsResult;
  find_contradictions: FindContradictionsResult;
  find_voices: FindVoicesResult;
  find_entities: FindEntitiesResult;
  answer_questions: AnswerQuestionsResult;
  rank_terms: RankTermsResult;
  check_text: CheckTextResult;
  fill_brief: FillBriefResult;
}

/** Any answer. */
export type TextTaskResult = TextTaskResults[keyof TextTaskResults];
