import type { Corpus } from './corpus.ts';
import type { Cell } from './blocks.ts';
import { measureNouns, voiceCues } from './lexicon.ts';
import type { Steps } from './pace.ts';
import { ratingHeader } from './reader.ts';
import type { EngineStamp, FindVoicesResult, Voice, VoiceKind, VoiceTheme } from './results.ts';
import type { Statement } from './statement.ts';
import type { FindVoicesTask } from './tasks.ts';

interface Passage {
  statements: Statement[];
  kind: VoiceKind;
  sentiment: number;
  rating: Rating | undefined;
}

/** The mark that somebody gives with his words. */
interface Rating {
  value: number;
  outOf: number;
}

/** "Could you please add …?": a question that wishes. */
const request =
  /\b(?:could|can|would|will|when will) (?:you|they|it|we)\b[^?]*\b(?:add|offer|make|build|bring|sell|support|provide|allow|fix)\b/iu;

const passageCharactersMax = 420;

/** What people say in the documents, classified; what the interviewer asks is left out. */
export function* findVoices(
  corpus: Corpus,
  task: FindVoicesTask,
): Steps<Omit<FindVoicesResult, keyof EngineStamp>> {
  const askers = interviewers(corpus);
  const passages: Passage[] = [];
  const scales = ratingScales(corpus);
  for (const statement of corpus.statements) {
    yield;
    const { sentence } = statement;
    if (sentence.speaker === undefined || !statement.isOnTopic) continue;
    if (sentence.isQuestion && !request.test(statement.text)) continue;
    if (statement.standing === 'draft' || askers.has(speakerKey(statement))) continue;
    addPassage(corpus, passages, statement, ratingOf(statement, scales));
  }
  const voices = passages
    .map((passage) => ({ passage, strength: strengthOf(passage) }))
    .sort((left, right) => right.strength - left.strength || first(left.passage).id - first(right.passage).id)
    .slice(0, task.voicesMax ?? 100)
    .sort((left, right) => first(left.passage).id - first(right.passage).id)
    .map(({ passage }, index) => toVoice(corpus, passage, index));
  return { task: 'find_voices', voices, themes: themesOf(voices) };
}

function first(passage: Passage): Statement {
  return passage.statements[0] as Statement;
}

function speakerKey(statement: Statement): string {
  return `${statement.documentIndex}:${statement.sentence.speaker?.speaker ?? ''}`;
}

/** People who ask more than they answer, and those a document names as its interviewer. */
function interviewers(corpus: Corpus): Set<string> {
  const counts = new Map<string, { questions: number; all: number }>();
  for (const statement of corpus.statements) {
    if (statement.sentence.speaker?.speaker === undefined) continue;
    const key = speakerKey(statement);
    const count = counts.get(key) ?? { questions: 0, all: 0 };
    count.all += 1;
    if (statement.sentence.isQuestion && !request.test(statement.text)) count.questions += 1;
    counts.set(key, count);
  }
  return new Set([...counts].filter(([, count]) => count.questions * 2 > count.all).map(([key]) => key));
}

/** Sentences of one breath belong together unless one praises and the other complains. */
function addPassage(
  corpus: Corpus,
  passages: Passage[],
  statement: Statement,
  rating: Rating | undefined,
): void {
  const next = classify(corpus, statement, rating);
  const last = passages.at(-1);
  const before = last?.statements.at(-1);
  const together =
    last !== undefined &&
    before !== undefined &&
    before.documentIndex === statement.documentIndex &&
    before.sentence.block === statement.sentence.block &&
    before.sentence.index + 1 === statement.sentence.index &&
    goTogether(last.kind, next.kind) &&
    statement.sentence.end - first(last).sentence.start <= passageCharactersMax;
  if (!together) {
    passages.push({ statements: [statement], ...next, rating });
    return;
  }
  last.statements.push(statement);
  if (last.kind === 'neutral') last.kind = next.kind;
  last.sentiment = Math.abs(next.sentiment) > Math.abs(last.sentiment) ? next.sentiment : last.sentiment;
}

function goTogether(left: VoiceKind, right: VoiceKind): boolean {
  const negative = (kind: VoiceKind): boolean => kind === 'pain' || kind === 'objection';
  return left === right || left === 'neutral' || right === 'neutral' || (negative(left) && negative(right));
}

const cues = {
  praise: new RegExp(voiceCues.praise.source, 'giu'),
  pain: new RegExp(voiceCues.pain.source, 'giu'),
  wish: new RegExp(voiceCues.wish.source, 'giu'),
  objection: new RegExp(voiceCues.objection.source, 'giu'),
};

/** "It may be a wonderful tool": praise that is not meant. */
const hedge = /\b(?:may|might|could) (?:well )?be\b|\bI am sure (?:it|they|that)\b/giu;

/** How often a global pattern occurs, and where last (−1: nowhere). */
function hits(pattern: RegExp, text: string): { count: number; last: number } {
  let count = 0;
  let last = -1;
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    count += 1;
    last = match.index;
  }
  return { count, last };
}

function classify(
  corpus: Corpus,
  statement: Statement,
  rating: Rating | undefined,
): { kind: VoiceKind; sentiment: number } {
  if (statement.sentence.isQuestion) return { kind: 'wish', sentiment: 0 };
  const whole = scoreOf(corpus, statement.text, rating);
  const turn = /(?:[,;] (?:but|though|although|however)|\w but)\b(.{12,})$/iu.exec(statement.text)?.[1];
  // "Great value, but the themes are boring": what follows the turn is the point.
  const kind = turn === undefined ? whole.kind : scoreOf(corpus, turn, undefined).kind;
  // "Nice place, but it is a long walk": whatever it is, it is no praise.
  const settled = kind === 'neutral' && whole.kind !== 'praise' ? whole.kind : kind;
  const rated = rating === undefined ? settled : withRating(settled, ratedKind(rating));
  return { kind: rated, sentiment: whole.sentiment };
}

/** Stars settle what words leave open, and nobody who gives two of five praises: "I am sure it is good, but …". */
function withRating(kind: VoiceKind, rated: VoiceKind): VoiceKind {
  return kind === 'neutral' || (kind === 'praise' && rated === 'pain') ? rated : kind;
}

function ratedKind(rating: Rating): VoiceKind {
  const share = rating.value / rating.outOf;
  if (share <= 0.4) return 'pain';
  return share >= 0.8 ? 'praise' : 'neutral';
}

function scoreOf(
  corpus: Corpus,
  text: string,
  rating: Rating | undefined,
): { kind: VoiceKind; sentiment: number } {
  const tilt = rating === undefined ? 0 : (rating.value / rating.outOf - 0.6) * 1.2;
  const [good, bad] = [hits(cues.praise, text), hits(cues.pain, text)];
  // 1 when the last feeling is praise, −1 when it is pain: "nervous for months, and then she laughed".
  const turn = Math.sign(good.last - bad.last);
  const doubts = hits(hedge, text).count;
  const praise = Math.max(0, good.count - doubts) + relief(text, turn);
  const pain = bad.count;
  const wish = hits(cues.wish, text).count;
  const objection = hits(cues.objection, text).count;
  const felt = corpus.language.sentiment(text);
  const words = doubts > 0 ? Math.min(0, felt) : felt;
  const sentiment = Math.max(
    -1,
    Math.min(1, words * 0.6 + praise * 0.35 - (pain + objection) * 0.35 - wish * 0.1 + tilt),
  );
  return {
    kind: kindOf({ praise, pain, wish, objection, sentiment, turn }),
    sentiment: Math.round(sentiment * 100) / 100,
  };
}

/** "Since we switched …", "… and now it is three": the change itself is told as a good one. */
function relief(text: string, turn: number): number {
  if (/\bsince (?:we|i|the|they) (?:\w+ )?(?:switch|mov|chang|start|use|got|install)\w*/iu.test(text))
    return 1;
  return turn > 0 && /\b(?:and|but) (?:now|then|after|since)\b/iu.test(text) ? 1 : 0;
}

function kindOf(score: {
  praise: number;
  pain: number;
  wish: number;
  objection: number;
  sentiment: number;
  turn: number;
}): VoiceKind {
  if (score.wish > 0 && score.wish >= score.objection) return 'wish';
  if (score.objection > score.pain && score.sentiment < 0.45) return 'objection';
  if (score.praise > score.pain && score.sentiment > -0.3) return 'praise';
  if (score.pain > score.praise && score.sentiment < 0.3) return 'pain';
  if (score.objection > 0 && score.sentiment <= 0) return 'objection';
  if (score.praise > 0 && score.turn > 0) return 'praise';
  if (score.pain > 0 && score.turn < 0) return 'pain';
  if (score.sentiment >= 0.25) return 'praise';
  return score.sentiment <= -0.25 ? 'pain' : 'neutral';
}

function ratingCell(statement: Statement): Cell | undefined {
  return statement.sentence.row?.find((candidate) => ratingHeader.test(candidate.header));
}

const ratingText = /^(\d+(?:[.,]\d+)?)(?:\s*(?:\/|of|out of)\s*(\d+))?/u;

/** Documents in which somebody gives more than five: a three means little there. */
function ratingScales(corpus: Corpus): ReadonlySet<number> {
  const ofTen = new Set<number>();
  for (const statement of corpus.statements) {
    const [, value] = ratingText.exec(ratingCell(statement)?.text ?? '') ?? [];
    if (Number(value?.replace(',', '.')) > 5) ofTen.add(statement.documentIndex);
  }
  return ofTen;
}

function ratingOf(statement: Statement, ofTen: ReadonlySet<number>): Rating | undefined {
  const match = ratingText.exec(ratingCell(statement)?.text ?? '');
  if (match?.[1] === undefined) return undefined;
  const value = Number(match[1].replace(',', '.'));
  const outOf = match[2] === undefined ? (ofTen.has(statement.documentIndex) ? 10 : 5) : Number(match[2]);
  return outOf > 0 && value <= outOf ? { value, outOf } : undefined;
}

function strengthOf(passage: Passage): number {
  const words = passage.statements.reduce((sum, statement) => sum + statement.wordCount, 0);
  return (passage.kind === 'neutral' ? 0 : 1) + Math.abs(passage.sentiment) + Math.min(words, 20) / 40;
}

function toVoice(corpus: Corpus, passage: Passage, index: number): Voice {
  const lead = first(passage);
  const last = passage.statements.at(-1) ?? lead;
  const { speaker, role } = lead.sentence.speaker ?? {};
  const { rating } = passage;
  const text = passage.statements.map((statement) => statement.text).join(' ');
  return {
    voiceId: `v${index + 1}`,
    text,
    ...(speaker === undefined ? {} : { speaker }),
    ...(role === undefined ? {} : { role }),
    kind: passage.kind,
    sentiment: passage.sentiment,
    keywords: keywordsOf(corpus, passage),
    ...(lead.subject === undefined ? {} : { subject: lead.subject.name }),
    ...(rating === undefined ? {} : { rating }),
    citation: lead.cite({ start: lead.sentence.start, end: last.sentence.end }),
  };
}

/** Noun phrases of up to two words ("false alarms", "mobile app"), then single nouns. */
function keywordsOf(corpus: Corpus, passage: Passage): string[] {
  const words: string[] = [];
  for (const statement of passage.statements) {
    const tokens = statement.tokens();
    for (const [at, token] of tokens.entries()) {
      const word = token.lower.startsWith(token.lemma) ? token.lemma : token.lower;
      if (
        token.pos !== 'NOUN' ||
        token.isStop ||
        token.text.length < 3 ||
        measureNouns.has(word) ||
        corpus.book.find(token.text) !== undefined
      )
        continue;
      const before = tokens[at - 1];
      const joins =
        before !== undefined &&
        (before.pos === 'ADJ' || before.pos === 'NOUN') &&
        !before.isStop &&
        token.start - before.end === 1;
      words.push(joins && !measureNouns.has(before.lower) ? `${before.lower} ${word}` : word);
    }
  }
  return [...new Set(words)]
    .filter(
      (word, _index, all) =>
        !all.some((other) => other !== word && (other.endsWith(` ${word}`) || other.startsWith(`${word} `))),
    )
    .slice(0, 6);
}

/** Keywords that at least two voices of one kind share. */
function themesOf(voices: readonly Voice[]): VoiceTheme[] {
  const themes = new Map<string, VoiceTheme>();
  for (const voice of voices) {
    const heads = new Set(
      voice.keywords.flatMap((keyword) => [keyword, keyword.split(' ').at(-1) ?? keyword]),
    );
    for (const label of heads) {
      const key = `${voice.kind}:${label}`;
      const theme = themes.get(key) ?? { label, kind: voice.kind, count: 0, voiceIds: [] };
      theme.count += 1;
      theme.voiceIds.push(voice.voiceId);
      themes.set(key, theme);
    }
  }
  const shared = [...themes.values()].filter((theme) => theme.count > 1);
  return shared
    .filter(
      (theme) =>
        !shared.some(
          (other) =>
            other !== theme &&
            other.kind === theme.kind &&
            other.label.endsWith(` ${theme.label}`) &&
            other.count >= theme.count,
        ),
    )
    .sort((left, right) => right.count - left.count || left.label.localeCompare(right.label, 'en'))
    .slice(0, 20);
}
