import { createHash } from 'node:crypto';
import { parseOptions, silentLogger, systemClock, type Clock, type Logger } from 'raptorflow/kernel';
import { z } from 'zod';
import { answerQuestions } from './answers.ts';
import { fillBrief } from './brief.ts';
import { checkText } from './check.ts';
import { findClaims } from './claims.ts';
import { buildCorpus, type Corpus } from './corpus.ts';
import { findEntities } from './entities.ts';
import { findContradictions, findFacts, groupFacts, type FactGroup } from './fact-groups.ts';
import { loadLanguage, type Language } from './language.ts';
import { discoverSubjects } from './names.ts';
import { readDocument, type ParsedDocument } from './reader.ts';
import type { EngineStamp, TextTaskResult } from './results.ts';
import { SubjectBook } from './subjects.ts';
import { textTaskSchema, type ResultOf, type SourceText, type SubjectHint, type TextTask } from './tasks.ts';
import { rankTerms } from './terms.ts';
import { countTokens } from './tokens.ts';
import { findVoices } from './voices.ts';

/** Limits of the engine. */
export interface TextEngineOptions {
  /** Indexed sets of documents kept for the next task on the same sources; default 3. */
  corporaKeptMax?: number | undefined;
  /** Characters of source text held by them at most; larger sets are read anew each time; default 4,000,000. */
  charactersKeptMax?: number | undefined;
  /** An answer below this confidence (0–1) counts as unanswered; default 0.55. */
  answerConfidenceMin?: number | undefined;
}

/** What the engine uses; each has a real default. */
export interface TextEngineDeps {
  log?: Logger | undefined;
  /** Only to let other work run between documents; results never depend on it. */
  clock?: Clock | undefined;
}

/** The offline text engine: deterministic, no network, every sentence of its answers stands in a source. */
export interface TextEngine {
  /**
   * Runs one task. The same task gives byte-identical results on every machine. Loads the language model with the first
   * call. Throws `invalid_options` for a malformed task, and the signal's reason when it is aborted.
   */
  run<T extends TextTask>(task: T, options?: { signal?: AbortSignal | undefined }): Promise<ResultOf<T>>;
}

const defaults = { corporaKeptMax: 3, charactersKeptMax: 4_000_000, answerConfidenceMin: 0.55 };

const optionsSchema = z.strictObject({
  corporaKeptMax: z.number().int().min(0).max(100).optional(),
  charactersKeptMax: z.number().int().min(0).optional(),
  answerConfidenceMin: z.number().min(0).max(1).optional(),
});

/** Creates the engine. Costs nothing until the first task: the language model (about 80 MB) is loaded then. */
export function createTextEngine(options: TextEngineOptions = {}, deps: TextEngineDeps = {}): TextEngine {
  const given = parseOptions('text engine', optionsSchema, options);
  const settings = {
    corporaKeptMax: given.corporaKeptMax ?? defaults.corporaKeptMax,
    charactersKeptMax: given.charactersKeptMax ?? defaults.charactersKeptMax,
    answerConfidenceMin: given.answerConfidenceMin ?? defaults.answerConfidenceMin,
  };
  const engine = new OfflineEngine(settings, deps.log ?? silentLogger, deps.clock ?? systemClock);
  return { run: (task, runOptions) => engine.run(task, runOptions?.signal) };
}

/** Documents as read, with what several tasks derive from them. */
interface Reading {
  corpus: Corpus;
  /** Facts brought together; computed once, when first asked for. */
  readonly groups: () => readonly FactGroup[];
}

function readingOf(corpus: Corpus): Reading {
  let groups: readonly FactGroup[] | undefined;
  return { corpus, groups: () => (groups ??= groupFacts(corpus)) };
}

class OfflineEngine {
  readonly #settings: typeof defaults;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #corpora = new Map<string, { reading: Promise<Reading>; characters: number }>();
  #language: Promise<Language> | undefined;

  constructor(settings: typeof defaults, log: Logger, clock: Clock) {
    this.#clock = clock;
    this.#settings = settings;
    this.#log = log;
  }

  async run<T extends TextTask>(task: T, signal: AbortSignal | undefined): Promise<ResultOf<T>> {
    signal?.throwIfAborted();
    const checked = parseOptions('text task', textTaskSchema, task);
    const reading = await this.#readingOf(checked.sources, checked.subjects ?? [], signal);
    signal?.throwIfAborted();
    const result = { ...this.#perform(checked, reading), ...stamp(checked) } as TextTaskResult;
    result.usage.outputTokens = countTokens(JSON.stringify(result));
    return result as ResultOf<T>;
  }

  #perform(task: Readonly<TextTask>, { corpus, groups }: Reading): Omit<TextTaskResult, keyof EngineStamp> {
    switch (task.task) {
      case 'find_claims':
        return findClaims(corpus, task);
      case 'find_facts':
        return findFacts(corpus, task, groups());
      case 'find_contradictions':
        return findContradictions(groups());
      case 'find_voices':
        return findVoices(corpus, task);
      case 'find_entities':
        return findEntities(corpus, task);
      case 'answer_questions':
        return answerQuestions(corpus, task, this.#settings.answerConfidenceMin, groups());
      case 'rank_terms':
        return rankTerms(corpus, task);
      case 'check_text':
        return checkText(corpus, task);
      case 'fill_brief':
        return fillBrief(corpus, task);
    }
  }

  /** Tasks that run at once over the same sources share one reading of them. */
  async #readingOf(
    sources: readonly SourceText[],
    hints: readonly SubjectHint[],
    signal: AbortSignal | undefined,
  ): Promise<Reading> {
    const characters = sources.reduce((sum, source) => sum + source.text.length, 0);
    const key = keyOf(sources, hints);
    const kept = this.#corpora.get(key);
    if (kept !== undefined) {
      this.#corpora.delete(key);
      this.#corpora.set(key, kept);
      return kept.reading;
    }
    const reading = this.#read(sources, hints);
    if (characters <= this.#settings.charactersKeptMax && this.#settings.corporaKeptMax > 0) {
      this.#corpora.set(key, { reading, characters });
      reading.catch(() => this.#corpora.delete(key));
      this.#evict();
    }
    const read = await reading;
    signal?.throwIfAborted();
    return read;
  }

  #evict(): void {
    let characters = 0;
    for (const entry of this.#corpora.values()) characters += entry.characters;
    for (const [key, entry] of this.#corpora) {
      if (
        this.#corpora.size <= this.#settings.corporaKeptMax &&
        characters <= this.#settings.charactersKeptMax
      )
        return;
      this.#corpora.delete(key);
      characters -= entry.characters;
    }
  }

  async #read(sources: readonly SourceText[], hints: readonly SubjectHint[]): Promise<Reading> {
    const language = await (this.#language ??= loadLanguage());
    const documents: ParsedDocument[] = [];
    for (const source of sources) {
      documents.push(readDocument(source));
      await this.#clock.sleep(0);
    }
    const named = hints.length > 0 ? hints : discoverSubjects(documents).map((name) => ({ name }));
    const book = new SubjectBook(named);
    book.learnUnrelated(documents);
    const corpus = await buildCorpus(documents, book, language, () => this.#clock.sleep(0));
    this.#log.debug('read documents', { documents: documents.length, statements: corpus.statements.length });
    return readingOf(corpus);
  }
}

function keyOf(sources: readonly SourceText[], hints: readonly SubjectHint[]): string {
  const hash = createHash('sha256');
  const put = (text: string): void => void hash.update(`${text.length}:`).update(text);
  for (const source of sources) {
    for (const part of [source.documentId, source.title, source.mediaType, source.date ?? '', source.text])
      put(part);
  }
  put(JSON.stringify(hints));
  return hash.digest('base64');
}

function stamp(task: Readonly<TextTask>): EngineStamp {
  const { sources, ...rest } = task;
  const inputTokens = sources.reduce(
    (sum, source) => sum + countTokens(source.text),
    countTokens(JSON.stringify(rest)),
  );
  return { model: 'offline', usage: { inputTokens, outputTokens: 0 }, costMicroUsd: 0 };
}
