import { createHash } from 'node:crypto';
import { systemClock, type Clock } from 'raptorflow/kernel';
import { answerQuestions } from './answers.ts';
import { fillBrief } from './brief.ts';
import { checkText } from './check.ts';
import { findClaims } from './claims.ts';
import { buildCorpus, type Corpus } from './corpus.ts';
import { discoverSubjects } from './discovery.ts';
import { findEntities } from './entities.ts';
import { findContradictions, findFacts, groupFacts, type FactGroup } from './fact-groups.ts';
import { loadLanguage, type Language } from './language.ts';
import { SharedWork, takeSteps, type Steps } from './pace.ts';
import { readingSteps, type ParsedDocument } from './reader.ts';
import type { EngineStamp, TextTaskResult } from './results.ts';
import { SubjectBook } from './subjects.ts';
import type { SourceText, SubjectHint, TextTask } from './tasks.ts';
import { rankTerms } from './terms.ts';
import { countTokens } from './tokens.ts';
import { findVoices } from './voices.ts';

/** What a workbench keeps and how sure it must be. */
export interface WorkbenchSettings {
  /** Indexed sets of documents kept for the next task on the same sources. */
  corporaKeptMax: number;
  /** Characters of source text held by them at most; larger sets are read anew each time. */
  charactersKeptMax: number;
  /** An answer below this confidence (0–1) counts as unanswered. */
  answerConfidenceMin: number;
}

/** Documents as read, with what several tasks derive from them. */
class Reading {
  readonly corpus: SharedWork<Corpus>;
  readonly groups: SharedWork<readonly FactGroup[]>;
  readonly characters: number;
  readonly #sources: readonly SourceText[];
  #tokens: number | undefined;

  constructor(sources: readonly SourceText[], read: () => Steps<Corpus>, clock: Pick<Clock, 'monotonic'>) {
    this.#sources = sources;
    this.characters = sources.reduce((sum, source) => sum + source.text.length, 0);
    let corpus: Corpus | undefined;
    const corpusOnce = function* (): Steps<Corpus> {
      return (corpus ??= yield* read());
    };
    this.corpus = new SharedWork(corpusOnce, clock);
    this.groups = new SharedWork(function* () {
      return yield* groupFacts(yield* corpusOnce());
    }, clock);
  }

  /** Tokens of the documents. */
  get tokens(): number {
    return (this.#tokens ??= this.#sources.reduce((sum, source) => sum + countTokens(source.text), 0));
  }
}

/**
 * Where the tasks are done, in slices of 10 ms between which others have their turn. The same task gives byte-identical
 * results, whatever runs beside it.
 */
export class Workbench {
  readonly #settings: WorkbenchSettings;
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #readings = new Map<string, Reading>();
  #language: Promise<Language> | undefined;

  constructor(settings: WorkbenchSettings, clock: Pick<Clock, 'monotonic'> = systemClock) {
    this.#settings = settings;
    this.#clock = clock;
  }

  /** Loads the language model, so that the first task need not wait for all of it. */
  async prepare(): Promise<Language> {
    this.#language ??= loadLanguage();
    return this.#language;
  }

  /** Does a task; `isUnwanted` is asked between the slices, and `cancelled` thrown when it says so. */
  async run(task: Readonly<TextTask>, isUnwanted: () => boolean): Promise<TextTaskResult> {
    const language = await this.prepare();
    const reading = this.#readingOf(task.sources, task.subjects ?? [], language);
    const corpus = await reading.corpus.get(isUnwanted);
    const needsGroups = /^(?:find_facts|find_contradictions|answer_questions)$/u.test(task.task);
    const groups = needsGroups ? await reading.groups.get(isUnwanted) : [];
    const steps = this.#perform(task, corpus, groups);
    const done = await takeSteps(steps, isUnwanted, this.#clock);
    const result = { ...done, ...stamp(task, reading.tokens) } as TextTaskResult;
    result.usage.outputTokens = countTokens(JSON.stringify(result));
    return result;
  }

  *#perform(
    task: Readonly<TextTask>,
    corpus: Corpus,
    groups: readonly FactGroup[],
  ): Steps<Omit<TextTaskResult, keyof EngineStamp>> {
    switch (task.task) {
      case 'find_claims':
        return yield* findClaims(corpus, task);
      case 'find_facts':
        return findFacts(corpus, task, groups);
      case 'find_contradictions':
        return findContradictions(groups);
      case 'find_voices':
        return yield* findVoices(corpus, task);
      case 'find_entities':
        return yield* findEntities(corpus, task);
      case 'answer_questions':
        return yield* answerQuestions(corpus, task, this.#settings.answerConfidenceMin, groups);
      case 'rank_terms':
        return yield* rankTerms(corpus, task);
      case 'check_text':
        return yield* checkText(corpus, task);
      case 'fill_brief':
        return yield* fillBrief(corpus, task);
    }
  }

  /** Tasks over the same sources share one reading of them. */
  #readingOf(sources: readonly SourceText[], hints: readonly SubjectHint[], language: Language): Reading {
    const key = keyOf(sources, hints);
    const kept = this.#readings.get(key);
    if (kept !== undefined) {
      // The one used last stands last, and is the last to go.
      this.#readings.delete(key);
      this.#readings.set(key, kept);
      return kept;
    }
    const reading = new Reading(sources, () => this.#read(sources, hints, language), this.#clock);
    if (reading.characters <= this.#settings.charactersKeptMax) {
      this.#readings.set(key, reading);
      this.#evict();
    }
    return reading;
  }

  #evict(): void {
    let characters = 0;
    for (const reading of this.#readings.values()) characters += reading.characters;
    for (const [key, reading] of this.#readings) {
      const { corporaKeptMax, charactersKeptMax } = this.#settings;
      if (this.#readings.size <= corporaKeptMax && characters <= charactersKeptMax) return;
      this.#readings.delete(key);
      characters -= reading.characters;
    }
  }

  *#read(sources: readonly SourceText[], hints: readonly SubjectHint[], language: Language): Steps<Corpus> {
    const documents: ParsedDocument[] = [];
    for (const source of sources) documents.push(yield* readingSteps(source));
    const named = hints.length > 0 ? hints : yield* discoverSubjects(documents);
    const book = new SubjectBook(named);
    book.learnUnrelated(documents);
    return yield* buildCorpus(documents, book, language);
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

function stamp(task: Readonly<TextTask>, sourceTokens: number): EngineStamp {
  const { sources: _sources, ...rest } = task;
  const inputTokens = sourceTokens + countTokens(JSON.stringify(rest));
  return { model: 'offline', usage: { inputTokens, outputTokens: 0 }, costMicroUsd: 0 };
}
