import type { Span } from './mapped-text.ts';
import { stopWords, synonymIndex, type SynonymIndex } from './lexicon.ts';

/** A word, number or mark of a sentence; `start` and `end` index the sentence's text. */
export interface Token extends Span {
  text: string;
  lower: string;
  /** Universal part of speech: NOUN, VERB, PROPN, NUM, PUNCT … */
  pos: string;
  lemma: string;
  /** Porter stem of the lemma: the term of the search index. */
  stem: string;
  isStop: boolean;
  isNegated: boolean;
}

/** English for the engine: tokens with parts of speech, stems, sentiment. */
export interface Language {
  tokens(text: string): Token[];
  stem(word: string): string;
  /** −1 … 1, by the words' known polarity. */
  sentiment(text: string): number;
  readonly synonyms: SynonymIndex;
  /** One name for a stem and its near-synonyms. */
  canonical(stem: string): string;
}

interface WinkTokens {
  out(feature?: unknown): unknown[];
}
interface WinkDocument {
  tokens(): WinkTokens;
  out(feature?: unknown): unknown;
}
interface Wink {
  readDoc(text: string): WinkDocument;
  readonly its: Readonly<Record<string, unknown>>;
}
type WinkFactory = (model: unknown, pipe: string[]) => Wink;
interface WinkModel {
  addons: { stem(word: string): string };
}

/** Longer sentences are read in full but analysed only so far; no human writes them. */
const charactersAnalysedMax = 1_200;
/** wink-nlp keeps every new word it has met; past this many characters a fresh instance replaces it. */
const charactersPerInstanceMax = 8_000_000;

function defaultOf(module: unknown): unknown {
  return (module as { default: unknown }).default;
}

/** Loads wink-nlp and its English model at the first call (about 0.2 s and 80 MB) and keeps them. */
export async function loadLanguage(): Promise<Language> {
  const [nlp, english] = await Promise.all([import('wink-nlp'), import('wink-eng-lite-web-model')]);
  const factory = defaultOf(nlp) as WinkFactory;
  const model = defaultOf(english) as WinkModel;
  return new WinkLanguage(
    () => factory(model, ['pos', 'negation', 'sentiment']),
    (word) => model.addons.stem(word),
  );
}

/** The tagger takes "costs" for a noun in "a trial costs about $5": before money or a number, behind a noun, it is a verb. */
function repairVerbs(tokens: Token[]): void {
  for (const [index, token] of tokens.entries()) {
    if (token.pos !== 'NOUN' || !/^(?:costs?|weighs?|lasts?|needs?|saves?|pays?)$/u.test(token.lower))
      continue;
    const before = tokens[index - 1];
    if (before === undefined || !/^(?:NOUN|PROPN|NUM|PRON)$/u.test(before.pos)) continue;
    const behind = tokens.slice(index + 1, index + 4);
    const amount = behind.findIndex((next) => next.pos === 'NUM' || next.pos === 'SYM');
    if (amount >= 0 && behind.slice(0, amount).every((next) => /^(?:ADJ|ADP|ADV|DET)$/u.test(next.pos)))
      token.pos = 'VERB';
  }
}

class WinkLanguage implements Language {
  readonly synonyms: SynonymIndex;
  readonly #create: () => Wink;
  readonly #porter: (word: string) => string;
  readonly #stems = new Map<string, string>();
  readonly #canonical = new Map<string, string>();
  #wink: Wink;
  #characters = 0;

  constructor(create: () => Wink, porter: (word: string) => string) {
    this.#create = create;
    this.#porter = porter;
    this.#wink = create();
    this.synonyms = synonymIndex((word) => this.stem(word));
    for (const [stem, others] of this.synonyms) {
      const [first = stem] = [stem, ...others].sort();
      this.#canonical.set(stem, first);
    }
  }

  canonical(stem: string): string {
    return this.#canonical.get(stem) ?? stem;
  }

  stem(word: string): string {
    const lower = word.toLowerCase();
    let stem = this.#stems.get(lower);
    if (stem === undefined) {
      stem = lower.length > 40 ? lower : this.#porter(lower);
      if (this.#stems.size > 50_000) this.#stems.clear();
      this.#stems.set(lower, stem);
    }
    return stem;
  }

  tokens(text: string): Token[] {
    const { document, shown } = this.#read(text);
    const { its } = this.#wink;
    const list = document.tokens();
    const values = list.out(its['value']) as string[];
    const parts = list.out(its['pos']) as string[];
    const lemmas = list.out(its['lemma']) as string[];
    const negated = list.out(its['negationFlag']) as boolean[];
    const tokens: Token[] = [];
    let at = 0;
    for (const [index, value] of values.entries()) {
      const start = shown.indexOf(value, at);
      if (start < 0) continue;
      at = start + value.length;
      const original = text.slice(start, at);
      const lower = original.toLowerCase();
      const lemma = (lemmas[index] ?? lower).toLowerCase();
      tokens.push({
        start,
        end: at,
        text: original,
        lower,
        pos: parts[index] ?? 'X',
        lemma,
        stem: this.stem(lemma),
        isStop: stopWords.has(lower) || !/[\p{L}\p{N}]/u.test(lower),
        isNegated: negated[index] ?? false,
      });
    }
    repairVerbs(tokens);
    return tokens;
  }

  sentiment(text: string): number {
    const { document } = this.#read(text);
    const value = document.out(this.#wink.its['sentiment']);
    return typeof value === 'number' && Number.isFinite(value) ? Math.max(-1, Math.min(1, value)) : 0;
  }

  /** Runs without a break (URLs, keys, noise) cost the tokeniser quadratic time and say nothing: they are masked. */
  #read(text: string): { document: WinkDocument; shown: string } {
    const cut = text.length > charactersAnalysedMax ? text.slice(0, charactersAnalysedMax) : text;
    const shown = cut
      .replaceAll(/[^\s]{48,}/gu, (run) => 'x'.repeat(run.length))
      .replaceAll(/[\p{P}\p{S}]{9,}/gu, (run) => '.'.repeat(run.length));
    this.#characters += shown.length;
    if (this.#characters > charactersPerInstanceMax) {
      this.#wink = this.#create();
      this.#characters = 0;
    }
    return { document: this.#wink.readDoc(shown), shown };
  }
}
