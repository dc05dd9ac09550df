import { termsOfText, type Corpus } from './corpus.ts';
import { contextOf, readable } from './claims.ts';
import type { FactGroup } from './fact-groups.ts';
import type { Token } from './language.ts';
import { questionWords } from './lexicon.ts';
import type { Steps } from './pace.ts';
import { expectedOf, fit, rephrase, type Asked } from './question-kinds.ts';
import { matchWeight, quality, queryTerms, type QueryTerm } from './ranking.ts';
import type { Answer, AnswerQuestionsResult, Citation, EngineStamp } from './results.ts';
import type { Statement } from './statement.ts';
import type { Subject } from './subjects.ts';
import type { AnswerQuestionsTask, Question } from './tasks.ts';

interface Candidate {
  statement: Statement;
  confidence: number;
}

/** Answers each question with the sentence that says it, or says honestly what the documents lack. */
export function* answerQuestions(
  corpus: Corpus,
  task: AnswerQuestionsTask,
  confidenceMin: number,
  groups: readonly FactGroup[],
): Steps<Omit<AnswerQuestionsResult, keyof EngineStamp>> {
  const rivals = rivalStatements(groups);
  const answers: Answer[] = [];
  for (const question of task.questions)
    answers.push(yield* answerOne(corpus, question, confidenceMin, rivals));
  return { task: 'answer_questions', answers };
}

/** Per statement, the statements that give another value for the same thing. */
function rivalStatements(groups: readonly FactGroup[]): ReadonlyMap<Statement, Citation[]> {
  const rivals = new Map<Statement, Citation[]>();
  for (const group of groups) {
    if (group.isDecided || group.others.length === 0) continue;
    const all = [group.lead, ...group.others];
    for (const draft of all) {
      rivals.set(
        draft.statement,
        all.filter((other) => other !== draft).map((other) => other.statement.cite()),
      );
    }
  }
  return rivals;
}

function* answerOne(
  corpus: Corpus,
  question: Question,
  confidenceMin: number,
  rivals: ReadonlyMap<Statement, Citation[]>,
): Steps<Answer> {
  const base = { id: question.id, question: question.text };
  const text = rephrase(question.text);
  const wordings = [text, ...(question.queries ?? [])]
    .map((wording) => queryTerms(corpus, wording))
    .filter((terms) => terms.length > 0);
  if (wordings.length === 0)
    return {
      ...base,
      answered: false,
      confidence: 0,
      supporting: [],
      reason: 'The question names nothing to look for.',
    };
  const candidates = yield* rank(corpus, text, wordings);
  const best = candidates[0];
  if (best === undefined || best.confidence < confidenceMin) {
    return {
      ...base,
      answered: false,
      confidence: round(best?.confidence ?? 0),
      supporting: [],
      reason: missing(corpus, question.text),
    };
  }
  const context = contextOf(best.statement);
  const disputed = rivals.get(best.statement);
  const support = candidates
    .slice(1, 4)
    .filter((candidate) => candidate.confidence >= Math.max(confidenceMin, best.confidence * 0.75));
  return {
    ...base,
    answered: true,
    confidence: round(
      disputed === undefined ? best.confidence : Math.max(confidenceMin, best.confidence * 0.8),
    ),
    answer: readable(best.statement),
    standing: disputed === undefined ? best.statement.standing : 'disputed',
    citation: best.statement.cite(),
    ...(context === undefined ? {} : { context }),
    supporting: distinct([...(disputed ?? []), ...support.map((candidate) => candidate.statement.cite())]),
  };
}

function distinct(citations: readonly Citation[]): Citation[] {
  const seen = new Set<string>();
  return citations.filter((citation) => {
    const key = `${citation.documentId}:${citation.start}:${citation.end}`;
    return seen.has(key) ? false : seen.add(key) !== undefined;
  });
}

function round(value: number): number {
  return Math.round(Math.min(1, value) * 100) / 100;
}

function* rank(corpus: Corpus, text: string, wordings: readonly QueryTerm[][]): Steps<Candidate[]> {
  const asked = expectedOf(corpus, text);
  const wanted = new Set(corpus.book.mentions(text).map((mention) => mention.subject));
  const candidates: Candidate[] = [];
  for (const statement of corpus.statements) {
    yield;
    if (!statement.isOnTopic || statement.sentence.isQuestion || statement.text.length > 900) continue;
    const about = aboutness(corpus, statement, wanted);
    if (about === 0) continue;
    let cover = 0;
    for (const terms of wordings) cover = Math.max(cover, coverage(corpus, statement, terms, asked));
    if (cover === 0) continue;
    const confidence =
      cover * fit(asked, statement) * about * manner(statement) * Math.min(1, quality(statement) + 0.1);
    candidates.push({
      statement,
      confidence: confidence + (confidence > 0.4 ? bonus(statement, wordings, asked) : 0),
    });
  }
  candidates.sort(byConfidence);
  // Only what could be the answer is looked at more closely.
  for (const candidate of candidates.slice(0, candidatesWeighedMax))
    candidate.confidence *= headShare(candidate.statement, wordings);
  return candidates.sort(byConfidence);
}

const candidatesWeighedMax = 40;
const modifierShare = 0.7;
const circumstanceShare = 0.85;

const byConfidence = (left: Candidate, right: Candidate): number =>
  right.confidence - left.confidence || left.statement.id - right.statement.id;

/**
 * Less than 1 when what is asked for is not what the statement speaks of: "the installation page" only describes a page,
 * "on the largest installation" only says where.
 */
function headShare(statement: Statement, wordings: readonly QueryTerm[][]): number {
  const asked = new Set(wordings.flat().map((term) => term.stem));
  const tokens = statement.tokens();
  let share = 0;
  for (const [index, token] of tokens.entries()) {
    if (!asked.has(token.stem)) continue;
    const next = tokens[index + 1];
    const describes = token.pos === 'NOUN' && next?.pos === 'NOUN' && next.start - token.end === 1;
    if (describes && !asked.has(next.stem)) share = Math.max(share, modifierShare);
    else share = Math.max(share, isCircumstance(tokens, index) ? circumstanceShare : 1);
  }
  return share === 0 ? 1 : share;
}

/** "On the largest known installation": a noun phrase behind a preposition of place. */
function isCircumstance(tokens: readonly Token[], index: number): boolean {
  let at = index - 1;
  while (at >= 0 && /^(?:ADJ|ADV|DET|NOUN|NUM|PROPN|VERB)$/u.test(tokens[at]?.pos ?? '')) at -= 1;
  return (
    tokens[at]?.pos === 'ADP' && /^(?:on|at|by|with|without|beside|behind)$/u.test(tokens[at]?.lower ?? '')
  );
}

function aboutness(corpus: Corpus, statement: Statement, wanted: ReadonlySet<Subject>): number {
  if (wanted.size === 0) {
    const { main } = corpus.book;
    return statement.subject === undefined || main === undefined || statement.subject === main ? 1 : 0.5;
  }
  if (statement.subject !== undefined && wanted.has(statement.subject)) return 1;
  return statement.mentions().some((mention) => wanted.has(mention.subject)) ? 0.8 : 0;
}

/** Share of the question's weight that the statement covers; what no document mentions weighs most. */
function coverage(
  corpus: Corpus,
  statement: Statement,
  terms: readonly QueryTerm[],
  { kind }: Asked,
): number {
  // An amount of money answers for "cost" and "price" by itself, a span of time for "last".
  const isImplied =
    kind === 'money' ? isPriceWord : kind === 'duration' || kind === 'speed' ? isLastingWord : undefined;
  const asked =
    isImplied !== undefined && fit({ kind }, statement) === 1
      ? terms.filter((term) => !isImplied(corpus, term))
      : terms;
  if (asked.length === 0) return terms.length === 0 ? 0 : 0.9;
  const match = matchWeight(corpus, statement, asked);
  if (match.direct === 0) return 0;
  const total = asked.reduce((sum, term) => sum + term.weight, 0);
  const partial = asked.length > 1 && match.terms === 1 ? 0.8 : 1;
  return Math.min(1, (match.weight / total) * 1.05) * partial;
}

function isPriceWord(corpus: Corpus, term: QueryTerm): boolean {
  return (
    term.stem === corpus.language.stem('price') || term.alternatives.includes(corpus.language.stem('price'))
  );
}

function isLastingWord(corpus: Corpus, term: QueryTerm): boolean {
  return term.stem === corpus.language.stem('last');
}

/** People's words and intentions ("we want …") answer less surely than statements. */
function manner(statement: Statement): number {
  const spoken = statement.sentence.speaker === undefined ? 1 : 0.75;
  return /\b(?:we (?:want|aim|plan|hope)|the (?:aim|goal|target) is|planned|will be)\b/iu.test(statement.text)
    ? spoken * 0.6
    : spoken;
}

/** Small signs that the value belongs to what is asked: "per trip" for a trip, "time" for how long, "is"-sentences for what. */
function bonus(statement: Statement, wordings: readonly QueryTerm[][], { kind }: Asked): number {
  const stems = new Set(wordings.flat().map((term) => term.stem));
  if (kind === 'money') {
    const per = [...statement.text.matchAll(/\bper (\p{L}+)/giu)].some((match) =>
      stems.has((match[1] ?? '').toLowerCase()),
    );
    const priced = statement.values().find((value) => value.kind === 'money' || value.kind === 'count');
    const front = statement.text.slice(0, priced?.start ?? 0).toLowerCase();
    const leads = [...stems].some((stem) => front.includes(stem));
    return (per ? 0.15 : 0) + (leads ? 0.1 : 0);
  }
  if (kind === 'duration' || kind === 'speed')
    return /\b(?:time|takes?|took|lasts?|needs?)\b/iu.test(statement.text) ? 0.06 : 0;
  return 0;
}

function missing(corpus: Corpus, question: string): string {
  const unknown = unknownWords(corpus, question);
  if (unknown.length === 0) return 'No sentence of the documents says this.';
  return `The documents do not mention ${unknown.map((word) => `"${word}"`).join(', ')}.`;
}

/** The words of a question that no document contains, as the question writes them. */
function unknownWords(corpus: Corpus, text: string): string[] {
  const words = text.match(/[\p{L}\p{N}][\p{L}\p{N}'’-]*/gu) ?? [];
  return words.filter((word) => {
    const [stem] = termsOfText(word, corpus.language);
    if (stem === undefined || questionWords.has(word.toLowerCase()) || corpus.book.mentions(word).length > 0)
      return false;
    return (
      !corpus.frequency.has(stem) &&
      !(corpus.language.synonyms.get(stem) ?? []).some((other) => corpus.frequency.has(other))
    );
  });
}
