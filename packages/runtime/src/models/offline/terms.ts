import type { Corpus } from './corpus.ts';
import { measureNouns } from './lexicon.ts';
import type { Steps } from './pace.ts';
import { quality } from './ranking.ts';
import type { EngineStamp, RankTermsResult } from './results.ts';
import type { Statement } from './statement.ts';
import type { RankTermsTask } from './tasks.ts';

interface Phrase {
  key: string;
  /** Surface forms with counts. */
  forms: Map<string, number>;
  count: number;
  documents: Set<number>;
  best: Statement;
  bestQuality: number;
  words: number;
}

/** Key phrases of one to three words: noun phrases, ranked by how often and how widely they are used. */
export function* rankTerms(
  corpus: Corpus,
  task: RankTermsTask,
): Steps<Omit<RankTermsResult, keyof EngineStamp>> {
  const phrases = new Map<string, Phrase>();
  for (const statement of corpus.statements) {
    yield;
    if (!statement.isOnTopic || statement.sentence.kind === 'row' || statement.text.length > 1_200) continue;
    for (const phrase of phrasesOf(statement)) addPhrase(phrases, phrase, statement);
  }
  const longer = longerPhrases(phrases);
  const scored = [...phrases.values()]
    .filter((phrase) => phrase.count > 1)
    .filter((phrase) => !isPart(phrase, longer))
    .map((phrase) => ({
      phrase,
      weight: phrase.count * (1 + 0.6 * (phrase.words - 1)) * (1 + 0.4 * (phrase.documents.size - 1)),
    }))
    .sort(
      (left, right) =>
        right.weight - left.weight || formOf(left.phrase).localeCompare(formOf(right.phrase), 'en'),
    );
  const top = scored[0]?.weight ?? 1;
  return {
    task: 'rank_terms',
    terms: scored.slice(0, task.termsMax ?? 30).map(({ phrase, weight }) => ({
      term: formOf(phrase),
      count: phrase.count,
      documents: phrase.documents.size,
      score: Math.round((weight / top) * 1000) / 1000,
      citation: phrase.best.cite(),
    })),
  };
}

/** Per phrase, how often the most frequent phrase is used that has one word more in front or behind. */
function longerPhrases(phrases: ReadonlyMap<string, Phrase>): ReadonlyMap<string, number> {
  const longer = new Map<string, number>();
  for (const { key, count, words } of phrases.values()) {
    if (words < 2) continue;
    for (const part of [key.slice(0, key.lastIndexOf(' ')), key.slice(key.indexOf(' ') + 1)])
      longer.set(part, Math.max(longer.get(part) ?? 0, count));
  }
  return longer;
}

/** A word that is used mostly inside one longer phrase is told by that phrase. */
function isPart(phrase: Phrase, longer: ReadonlyMap<string, number>): boolean {
  return phrase.words <= 2 && (longer.get(phrase.key) ?? 0) * 10 >= phrase.count * 6;
}

function phrasesOf(statement: Statement): { key: string; form: string; words: number }[] {
  const tokens = statement.tokens();
  const found: { key: string; form: string; words: number }[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const head = tokens[at];
    if (
      head === undefined ||
      (head.pos !== 'NOUN' && head.pos !== 'PROPN') ||
      head.isStop ||
      head.text.length < 3 ||
      measureNouns.has(head.lemma)
    )
      continue;
    for (let length = 1; length <= 3; length += 1) {
      const run = tokens.slice(at - length + 1, at + 1);
      if (
        at - length + 1 < 0 ||
        run.some((token) => token.isStop || !/^(?:NOUN|PROPN|ADJ)$/u.test(token.pos))
      )
        break;
      const start = run[0]?.start ?? 0;
      const form = statement.text.slice(start, head.end);
      if (/[^\p{L}\p{N} '’-]/u.test(form)) break;
      found.push({ key: run.map((token) => token.stem).join(' '), form, words: length });
    }
  }
  return found;
}

function addPhrase(
  phrases: Map<string, Phrase>,
  found: { key: string; form: string; words: number },
  statement: Statement,
): void {
  if (phrases.size > 50_000) return;
  const value = quality(statement);
  const phrase = phrases.get(found.key) ?? {
    key: found.key,
    forms: new Map(),
    count: 0,
    documents: new Set(),
    best: statement,
    bestQuality: value,
    words: found.words,
  };
  phrase.count += 1;
  phrase.documents.add(statement.documentIndex);
  phrase.forms.set(found.form, (phrase.forms.get(found.form) ?? 0) + 1);
  if (value > phrase.bestQuality) {
    phrase.best = statement;
    phrase.bestQuality = value;
  }
  phrases.set(found.key, phrase);
}

function formOf(phrase: Phrase): string {
  let best = '';
  let count = 0;
  for (const [form, times] of phrase.forms) {
    if (times > count || (times === count && form < best)) {
      best = form;
      count = times;
    }
  }
  return best;
}
