import { termsOfText, type Corpus } from './corpus.ts';
import { actionVerbs, boast } from './lexicon.ts';
import type { Steps } from './pace.ts';
import type { CheckedSentence, CheckTextResult, EngineStamp } from './results.ts';
import { splitSentences } from './sentences.ts';
import type { Statement } from './statement.ts';
import type { CheckTextTask } from './tasks.ts';
import type { Span } from './mapped-text.ts';

const supportedOverlap = 0.6;
const partialOverlap = 0.34;
const sentencesMax = 2_000;

/** Checks a text against the documents: which sentence is covered by which source, which numbers are not. */
export function* checkText(
  corpus: Corpus,
  task: CheckTextTask,
): Steps<Omit<CheckTextResult, keyof EngineStamp>> {
  const verbs = new Set((task.actionVerbs ?? actionVerbs).map((verb) => verb.toLowerCase()));
  const spans = sentencesOf(task.text);
  const sources = yield* sourcesOf(corpus);
  const sentences: CheckedSentence[] = [];
  for (const span of spans) {
    yield;
    sentences.push(checkSentence(corpus, sources, task.text, span, verbs));
  }
  const words = sentences.reduce((sum, sentence) => sum + sentence.words, 0);
  const action = spans.find((span) => isCallToAction(task.text.slice(span.start, span.end), verbs));
  return {
    task: 'check_text',
    sentences,
    length: { characters: task.text.length, words, sentences: sentences.length },
    readability: {
      flesch: flesch(task.text, Math.max(1, sentences.length)),
      longestSentenceWords: Math.max(0, ...sentences.map((sentence) => sentence.words)),
    },
    bannedWords: findBanned(task.text, task.bannedWords ?? []),
    ...(action === undefined
      ? {}
      : { callToAction: { text: task.text.slice(action.start, action.end), ...action } }),
  };
}

/** Sentences line by line, since a headline or a list item ends without a full stop. */
function sentencesOf(text: string): Span[] {
  const spans: Span[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    for (const span of splitSentences(line)) {
      const lead = /^[\s#>*•–-]*/u.exec(line.slice(span.start, span.end))?.[0].length ?? 0;
      const end = span.start + line.slice(span.start, span.end).trimEnd().length;
      if (/[\p{L}\p{N}]/u.test(line.slice(span.start, end)) && spans.length < sentencesMax)
        spans.push({ start: start + span.start + lead, end: start + end });
    }
    start += line.length + 1;
  }
  return spans;
}

/** A statement that may support a text, with its numbers. */
interface Source {
  statement: Statement;
  numbers: readonly string[];
}

function* sourcesOf(corpus: Corpus): Steps<Source[]> {
  const sources: Source[] = [];
  for (const statement of corpus.statements) {
    yield;
    const { isOnTopic, standing } = statement;
    if (isOnTopic && standing !== 'draft' && standing !== 'outdated')
      sources.push({ statement, numbers: numbersOf(statement.text) });
  }
  return sources;
}

function checkSentence(
  corpus: Corpus,
  sources: readonly Source[],
  whole: string,
  span: Span,
  verbs: ReadonlySet<string>,
): CheckedSentence {
  const text = whole.slice(span.start, span.end);
  const stems = [...new Set(termsOfText(text, corpus.language))].filter((stem) => !/^\d/u.test(stem));
  const numbers = numbersOf(text);
  const ranked = rankSources(corpus, sources, stems, numbers);
  const best = ranked[0];
  const covered = new Set(
    ranked
      .filter((entry) => entry.overlap >= 0.3)
      .flatMap((entry) =>
        numbersOf(
          entry.statement.document.source.text.slice(
            entry.statement.sentence.start,
            entry.statement.sentence.end,
          ),
        ),
      ),
  );
  const unsupportedNumbers = numbers.filter((number) => !covered.has(number));
  const support = supportOf(text, stems, numbers, unsupportedNumbers, best?.overlap ?? 0, verbs);
  return {
    ...span,
    text,
    words: wordsOf(text).length,
    flesch: flesch(text, 1),
    support,
    overlap: Math.round((best?.overlap ?? 0) * 100) / 100,
    unsupportedNumbers: support === 'no_claim' ? [] : unsupportedNumbers,
    ...(best === undefined || support === 'no_claim' || support === 'unsupported'
      ? {}
      : { citation: best.statement.cite() }),
  };
}

/** Numbers as they compare: thousands separators removed ("1,500" and "1500" agree). */
function numbersOf(text: string): string[] {
  const found = text.match(/\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:[.,]\d+)?/gu) ?? [];
  return found.map((number) =>
    /,\d{3}(?:\D|$)/u.test(number) ? number.replaceAll(',', '') : number.replace(',', '.'),
  );
}

function supportOf(
  text: string,
  stems: readonly string[],
  numbers: readonly string[],
  unsupported: readonly string[],
  overlap: number,
  verbs: ReadonlySet<string>,
): CheckedSentence['support'] {
  if (
    numbers.length === 0 &&
    !boast.test(text) &&
    (text.endsWith('?') || stems.length < 3 || isCallToAction(text, verbs))
  )
    return 'no_claim';
  if (unsupported.length > 0 || overlap < partialOverlap) return 'unsupported';
  if (overlap >= supportedOverlap) return 'supported';
  return boast.test(text) ? 'unsupported' : 'partial';
}

/** The statements that share most words with the sentence; trusted ones first. */
function rankSources(
  corpus: Corpus,
  sources: readonly Source[],
  stems: readonly string[],
  numbers: readonly string[],
): { statement: Statement; overlap: number }[] {
  const wanted = stems.map((stem) => ({ stem, others: corpus.language.synonyms.get(stem) ?? [] }));
  const ranked: { statement: Statement; overlap: number; score: number }[] = [];
  for (const { statement, numbers: own } of sources) {
    const { terms, contextTerms } = statement;
    let common = 0;
    for (const { stem, others } of wanted) {
      if (terms.has(stem)) common += 1;
      else if (contextTerms.has(stem) || others.some((other) => terms.has(other))) common += 0.6;
    }
    if (common === 0) continue;
    const overlap = common / Math.max(1, wanted.length);
    const sharedNumbers = numbers.filter((number) => own.includes(number)).length;
    ranked.push({ statement, overlap, score: overlap + 0.3 * sharedNumbers });
  }
  return ranked
    .sort((left, right) => right.score - left.score || left.statement.id - right.statement.id)
    .slice(0, 3);
}

function isCallToAction(text: string, verbs: ReadonlySet<string>): boolean {
  const words = wordsOf(text).map((word) => word.toLowerCase());
  const [first = '', second = ''] = words;
  if (words.length > 25) return false;
  return (
    verbs.has(first) ||
    ((first === 'please' || first === 'now' || first === 'just' || first === 'then') && verbs.has(second))
  );
}

function findBanned(text: string, banned: readonly string[]): { word: string; start: number; end: number }[] {
  const found: { word: string; start: number; end: number }[] = [];
  for (const word of banned) {
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])${word.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)}(?![\\p{L}\\p{N}])`,
      'giu',
    );
    for (const match of text.matchAll(pattern))
      found.push({ word, start: match.index, end: match.index + match[0].length });
  }
  return found.sort((left, right) => left.start - right.start || left.end - right.end);
}

function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}][\p{L}\p{N}'’.-]*/gu) ?? [];
}

/** Flesch reading ease: 206.835 − 1.015 × words per sentence − 84.6 × syllables per word; 0–100 for ordinary prose. */
function flesch(text: string, sentences: number): number {
  const words = wordsOf(text);
  if (words.length === 0) return 100;
  const syllables = words.reduce((sum, word) => sum + syllablesOf(word), 0);
  const value = 206.835 - 1.015 * (words.length / sentences) - 84.6 * (syllables / words.length);
  return Math.round(value * 10) / 10;
}

function syllablesOf(word: string): number {
  const lower = word.toLowerCase().replaceAll(/[^a-zà-ÿ]/gu, '');
  if (lower.length <= 3) return 1;
  const groups = lower
    .replace(/(?:[^laeiouy]es|[^laeiouytd]ed|[^laeiouy]e)$/u, '')
    .match(/[aeiouyà-ÿ]{1,2}/gu);
  return Math.max(1, groups?.length ?? 1);
}
