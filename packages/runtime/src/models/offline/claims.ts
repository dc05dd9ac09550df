import type { Corpus } from './corpus.ts';
import type { Steps } from './pace.ts';
import { matchWeight, quality, queryTerms, similarity, type QueryTerm } from './ranking.ts';
import type { Citation, Claim, EngineStamp, FindClaimsResult } from './results.ts';
import type { Statement } from './statement.ts';
import type { Subject } from './subjects.ts';
import type { ClaimTopic, FindClaimsTask } from './tasks.ts';

const scoreMin = 0.3;
const nearDuplicate = 0.72;

/** A statement as people read it, its subject in front when the sentence does not name it. */
export function readable(statement: Statement): string {
  const { subject, text, sentence } = statement;
  if (subject === undefined || sentence.speaker !== undefined) return text;
  if (statement.names(subject)) return text;
  if (/\d/u.test(subject.name) && !text.includes(subject.name)) return text;
  return `${subject.name}: ${text}`;
}

/** The citation of what completes a statement: a table's header, a lead-in, the question it answers. */
export function contextOf(statement: Statement): Citation | undefined {
  const { context } = statement.sentence;
  return context === undefined ? undefined : statement.cite(context);
}

/** Whether a statement may be told as a finding at all. */
export function isFinding(statement: Statement): boolean {
  return statement.isOnTopic && statement.text.length <= 900 && /\p{L}{2}/u.test(statement.text);
}

interface Scored {
  statement: Statement;
  score: number;
}

/** Ranks statements for each topic; near-duplicates are merged into the better one. */
export function* findClaims(
  corpus: Corpus,
  task: FindClaimsTask,
): Steps<Omit<FindClaimsResult, keyof EngineStamp>> {
  const limit = task.limitPerTopic ?? 5;
  const topics: FindClaimsResult['topics'] = [];
  for (const topic of task.topics) {
    const groups = yield* merge(yield* rankTopic(corpus, topic), limit);
    const claims = groups.map(({ kept, others }, index) => toClaim(topic, kept, others, index));
    topics.push({ id: topic.id, label: topic.label, claims });
  }
  return { task: 'find_claims', topics };
}

function* rankTopic(corpus: Corpus, topic: ClaimTopic): Steps<Scored[]> {
  const wanted = wantedSubjects(corpus, topic);
  const queries = topic.queries.map((query) => queryTerms(corpus, query)).filter((terms) => terms.length > 0);
  const scored: Scored[] = [];
  for (const statement of corpus.statements) {
    yield;
    if (!isFinding(statement)) continue;
    if (wanted !== undefined && !isAbout(statement, wanted)) continue;
    let score = 0;
    for (const terms of queries) score = Math.max(score, topicScore(corpus, statement, terms));
    if (score < scoreMin) continue;
    score *= quality(statement) * (statement.values().length > 0 ? 1 : 0.92);
    if (score >= scoreMin) scored.push({ statement, score });
  }
  return scored.sort((left, right) => right.score - left.score || left.statement.id - right.statement.id);
}

/** The subjects a topic asks for; undefined when it asks for none, empty when it names one that is unknown. */
function wantedSubjects(corpus: Corpus, topic: ClaimTopic): ReadonlySet<Subject> | undefined {
  if (topic.subjects !== undefined && topic.subjects.length > 0) {
    return new Set(
      topic.subjects.map((name) => corpus.book.find(name)).filter((subject) => subject !== undefined),
    );
  }
  return undefined;
}

function isAbout(statement: Statement, wanted: ReadonlySet<Subject>): boolean {
  if (statement.subject !== undefined && wanted.has(statement.subject)) return true;
  return statement.mentions().some((mention) => wanted.has(mention.subject));
}

/** 0–1: about two matched terms of average rarity make a full match; context alone never does. */
function topicScore(corpus: Corpus, statement: Statement, terms: readonly QueryTerm[]): number {
  const match = matchWeight(corpus, statement, terms);
  if (match.direct === 0) return 0;
  const weights = terms.map((term) => term.weight).sort((left, right) => right - left);
  const full = weights.slice(0, 3).reduce((sum, weight) => sum + weight, 0) * 0.9;
  return Math.min(1, match.weight / Math.max(full, 2));
}

function* merge(scored: readonly Scored[], limit: number): Steps<{ kept: Scored; others: Statement[] }[]> {
  const groups: { kept: Scored; others: Statement[] }[] = [];
  for (const candidate of scored) {
    yield;
    const same = groups.find((group) => isSame(group.kept.statement, candidate.statement));
    if (same !== undefined) {
      if (same.others.length < 5) same.others.push(candidate.statement);
    } else if (groups.length < limit) groups.push({ kept: candidate, others: [] });
  }
  return groups;
}

/** Whether two statements say the same: most words in common and the same numbers. */
function isSame(left: Statement, right: Statement): boolean {
  if (left.subject !== right.subject || similarity(left.terms, right.terms) < nearDuplicate) return false;
  const numbers = (statement: Statement): string =>
    statement
      .values()
      .map((value) => value.number ?? value.text)
      .join(' ');
  return numbers(left) === numbers(right);
}

function toClaim(topic: ClaimTopic, scored: Scored, others: readonly Statement[], index: number): Claim {
  const { statement, score } = scored;
  const context = contextOf(statement);
  return {
    claimId: `${topic.id}.${index + 1}`,
    text: readable(statement),
    plain: statement.text,
    score: Math.round(score * 1000) / 1000,
    ...(statement.subject === undefined ? {} : { subject: statement.subject.name }),
    standing: statement.standing,
    citation: statement.cite(),
    ...(context === undefined ? {} : { context }),
    alsoIn: others.map((other) => other.cite()),
  };
}
