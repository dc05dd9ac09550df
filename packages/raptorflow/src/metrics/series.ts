import type { Tags } from './definition.ts';
import type { Diagnosis, Drops } from './diagnosis.ts';
import { FoldedWeights } from './folded-weights.ts';
import type { FoldReport } from './snapshot.ts';
import { TagPaths } from './tag-paths.ts';

/**
 * How many series there may be, and how large their tags. Which series is heavier is decided by what was recorded under its tags: the
 * sum of a counter or rate, the number of recordings of anything else.
 */
export interface SeriesLimits {
  readonly seriesPerMetricMax: number;
  readonly tagsMax: number;
  readonly tagValueCharactersMax: number;
  readonly foldedTrackedMax: number;
}

/** Counts the series of a whole registry, so that one limit holds over all metrics. */
export interface SeriesBudget {
  readonly seriesMax: number;
  series: number;
}

/** What series and tables of one metric share. */
export interface MetricContext {
  readonly name: string;
  readonly limits: SeriesLimits;
  readonly budget: SeriesBudget;
  readonly drops: Drops;
  readonly diagnosis: Diagnosis;
}

/** The tags of a series as a flat list: each name, in alphabetical order, and its value. */
export type TagPairs = readonly string[];

/** Where a folded series has its recordings counted. */
export interface Fold<S> {
  /** Notes the weight of a recording and answers the series that it belongs to: one that is kept, or `other`. */
  seatOf(series: S, weight: number): S;
}

/**
 * One series, and the handle of those who record. It is in one of two states:
 *
 * - *kept* (`fold` undefined): it holds its content itself. → folded, when the table gives its place to a heavier one.
 * - *folded* (`fold` set): each recording goes where the fold says. → kept, when it turns out heavier than the lightest kept one.
 */
export abstract class Series<S extends Series<S>> {
  readonly key: string;
  readonly pairs: TagPairs;
  #tags: Tags | undefined;
  fold: Fold<S> | undefined;
  /** The weight that it had proved before it was kept. */
  weightBefore = 0;
  /** How the tags are written in an exposition; made by the first. */
  labels: string | undefined;

  constructor(pairs: TagPairs, key: string, fold: Fold<S> | undefined) {
    this.pairs = pairs;
    this.key = key;
    this.fold = fold;
  }

  /** Made when somebody asks: of a million folded ones nobody does. */
  get tags(): Tags {
    this.#tags ??= tagsOfPairs(this.pairs);
    return this.#tags;
  }

  /** The weight of what it holds itself. */
  abstract get ownWeight(): number;
  /** Moves everything that it holds into `other`, and holds nothing afterwards. */
  abstract moveInto(other: S): void;
  /** Its content now. */
  abstract read(): unknown;

  /** Told to the series into which others are folded, with a way to see those that are weighed. */
  becomeOther(_folded: () => readonly S[]): void {
    // Most kinds hold in `other` all that was folded, and need not look.
  }
}

const foldedExamplesMax = 16;
const heaviestShown = 16;
/** The lightest series that one search finds; so that the next replacements need none. */
const lightestFound = 64;
/** A newcomer has to be a quarter heavier, so that two of about the same weight do not take turns. */
const heavierFactor = 1.25;

/**
 * The series of one metric. Beyond the limits, the tags that are asked for are folded into one series whose tag values are all
 * `other`. The folded ones are weighed, and one that turns out heavier than the lightest kept series takes its place: the content of
 * the lightest moves into `other`, so that nothing is lost from a total, and handles of both go on counting into the right place.
 */
export class SeriesTable<S extends Series<S>> implements Fold<S> {
  lookupsFolded = 0;
  /** Weight of everything that went into `other`. */
  foldedWeight = 0;
  /** How often the lightest series lost its place. */
  replaced = 0;
  readonly foldedExamples: Tags[] = [];
  readonly #make: (pairs: TagPairs, key: string, fold: Fold<S> | undefined) => S;
  readonly #context: MetricContext;
  readonly #paths: TagPaths<S>;
  readonly #kept: Map<string, S> = new Map();
  readonly #folds: FoldedWeights<S>;
  #other: S | undefined;
  /** Kept series that were the lightest when they were searched for, the lightest first, and what the others weighed at least. */
  #lightest: S[] = [];
  #othersWeighed = 0;
  /** No kept series can be replaced by one that has not proved more than this. */
  #threshold = 0;

  constructor(make: (pairs: TagPairs, key: string, fold: Fold<S> | undefined) => S, context: MetricContext) {
    this.#make = make;
    this.#context = context;
    this.#paths = new TagPaths(2 * context.limits.seriesPerMetricMax);
    this.#folds = new FoldedWeights(context.limits.foldedTrackedMax);
  }

  /** The handle of these tags. Never throws: tags that cannot be read are dropped, and the series without tags is answered. */
  lookup(tags: Tags): S {
    try {
      return this.#paths.find(tags) ?? this.#find(tags);
    } catch {
      this.#context.drops.note(tags, 'tags that cannot be read');
      return this.#find(noTags);
    }
  }

  /** Every kept series, `other` last. */
  all(): S[] {
    const all = [...this.#kept.values()];
    if (this.#other && this.#other !== this.#kept.get(this.#other.key)) all.push(this.#other);
    return all;
  }

  report(): FoldReport {
    return {
      weight: this.foldedWeight,
      replaced: this.replaced,
      heaviest: this.#folds
        .heaviest(heaviestShown)
        .map(({ series, weight, errorMax }) => ({ tags: series.tags, weight, errorMax })),
    };
  }

  seatOf(series: S, weight: number): S {
    // Another handle of the same tags may have been given a place meanwhile.
    const kept = this.#kept.get(series.key);
    if (kept) return kept;
    const other = this.#otherFor(series.pairs);
    if (!(weight > 0)) return other;
    const proved = this.#folds.add(series.key, series, weight);
    if (proved > this.#threshold && this.#replaceLightest(series, proved, other)) return series;
    this.foldedWeight += weight;
    return other;
  }

  #find(tags: Tags): S {
    const { limits, budget } = this.#context;
    const pairs = this.#normalise(tags);
    const key = keyOfPairs(pairs);
    const known = this.#kept.get(key);
    if (known) {
      this.#remember(tags, known);
      return known;
    }
    if (this.#other?.key === key) return this.#other;
    const full = this.#kept.size >= limits.seriesPerMetricMax || budget.series >= budget.seriesMax;
    if (full && pairs.length > 0) return this.#foldedSeries(pairs, key);
    const series = this.#make(pairs, key, undefined);
    this.#kept.set(key, series);
    budget.series += 1;
    this.#remember(tags, series);
    return series;
  }

  #normalise(tags: Tags): TagPairs {
    const { tagsMax, tagValueCharactersMax } = this.#context.limits;
    const pairs: string[] = [];
    for (const given of Object.keys(tags ?? {})) {
      let value = textOf(tags[given]);
      if (value === '') continue;
      if (value.length > tagValueCharactersMax) value = value.slice(0, tagValueCharactersMax);
      insertPair(pairs, labelName(given), value);
    }
    return pairs.length > 2 * tagsMax ? pairs.slice(0, 2 * tagsMax) : pairs;
  }

  #foldedSeries(pairs: TagPairs, key: string): S {
    this.lookupsFolded += 1;
    const weighed = this.#folds.get(key);
    if (weighed) return weighed;
    const series = this.#make(pairs, key, this);
    if (this.foldedExamples.length < foldedExamplesMax) this.foldedExamples.push(series.tags);
    if (this.#context.diagnosis.enabled) this.#tell('Tags were folded into other.', series.tags);
    this.#otherFor(pairs);
    return series;
  }

  #otherFor(pairs: TagPairs): S {
    if (this.#other) return this.#other;
    const named = pairs.map((text, index) => (index % 2 === 0 ? text : 'other'));
    const key = keyOfPairs(named);
    // Somebody may have used just these tags, by name.
    const other = this.#kept.get(key) ?? this.#make(named, key, undefined);
    other.becomeOther(() => this.#folds.all.map((entry) => entry.series));
    this.#other = other;
    return other;
  }

  #replaceLightest(series: S, proved: number, other: S): boolean {
    const lightest = this.#findLightest();
    const weight = lightest === undefined ? Number.POSITIVE_INFINITY : weightOf(lightest);
    const needed = weight * heavierFactor;
    if (lightest === undefined || proved <= needed) {
      // The next search is worth its time only when something has grown by as much again.
      this.#threshold = Math.max(needed, proved * heavierFactor);
      return false;
    }
    // What the others weigh cannot have become less.
    this.#threshold = needed;
    this.#kept.delete(lightest.key);
    this.#folds.remove(series.key);
    lightest.moveInto(other);
    lightest.weightBefore = 0;
    lightest.fold = this;
    this.#folds.add(lightest.key, lightest, weight);
    series.fold = undefined;
    series.weightBefore = proved;
    this.#kept.set(series.key, series);
    this.#lightest.push(series);
    this.replaced += 1;
    this.foldedWeight += weight;
    if (this.#context.diagnosis.enabled)
      this.#tell('A heavier series took a place.', series.tags, lightest.tags);
    return true;
  }

  /** The lightest kept series that may be replaced; never the one without tags, nor `other`. */
  #findLightest(): S | undefined {
    this.#lightest = this.#lightest.filter((series) => series.fold === undefined);
    const known = lightestOf(this.#lightest);
    if (known !== undefined && weightOf(known) <= this.#othersWeighed) return known;
    const all = this.all().filter((series) => series !== this.#other && series.key !== noTagsKey);
    this.#lightest = all.sort((a, b) => weightOf(a) - weightOf(b)).slice(0, lightestFound);
    const last = this.#lightest.at(-1);
    this.#othersWeighed = last === undefined ? 0 : weightOf(last);
    return this.#lightest[0];
  }

  #tell(message: string, tags: Tags, replaced?: Tags): void {
    this.#context.diagnosis.note(message, {
      metric: this.#context.name,
      tags,
      ...(replaced && { replaced }),
    });
  }

  /** Notes the path as the call site wrote it; what is not plain text of a length that is kept stays on the slow way. */
  #remember(tags: Tags, series: S): void {
    const plain = Object.values(tags ?? {}).every(
      (value: unknown) =>
        typeof value === 'string' && value.length <= this.#context.limits.tagValueCharactersMax,
    );
    if (plain) this.#paths.remember(tags ?? noTags, series);
  }
}

const noTags: Tags = Object.freeze({});
const noTagsKey = '';

/** One text for each list of tags. A name has no `=`, and a value says how long it is, so that no two lists have the same. */
function keyOfPairs(pairs: TagPairs): string {
  let key = '';
  for (let index = 0; index < pairs.length; index += 2) {
    const value = pairs[index + 1] ?? '';
    key += `${pairs[index]}=${value.length}:${value}`;
  }
  return key;
}

/** Puts a tag into its place in the alphabet, unless the name is there. */
function insertPair(pairs: string[], name: string, value: string): void {
  let at = pairs.length;
  while (at > 0 && (pairs[at - 2] ?? '') > name) at -= 2;
  if (at > 0 && pairs[at - 2] === name) return;
  if (at === pairs.length) pairs.push(name, value);
  else pairs.splice(at, 0, name, value);
}

function tagsOfPairs(pairs: TagPairs): Tags {
  const tags: Record<string, string> = {};
  for (let index = 0; index < pairs.length; index += 2) tags[pairs[index] ?? ''] = pairs[index + 1] ?? '';
  return Object.freeze(tags);
}

function weightOf<S extends Series<S>>(series: S): number {
  return series.ownWeight + series.weightBefore;
}

function lightestOf<S extends Series<S>>(all: readonly S[]): S | undefined {
  let best: S | undefined;
  for (const series of all) if (best === undefined || weightOf(series) < weightOf(best)) best = series;
  return best;
}

const plainName = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

/** Tags become labels of Prometheus, whose names have letters, digits and underscores and do not begin with two of them. */
function labelName(name: string): string {
  if (name.length <= 100 && plainName.test(name)) return name;
  const text = name.slice(0, 100).replaceAll(/[^a-zA-Z0-9_]/g, '_');
  return text.replace(/^(?=\d|$)/, '_').replace(/^__+/, '_');
}

/** Callers may hand over anything at run time; what has no plain text is named by its type, so that nothing throws. */
function textOf(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : typeof value;
}
