import { fileURLToPath } from 'node:url';
import { Lifetimes } from './lifetimes.ts';

/** Places that are told apart by what is always known, and by stacks. */
const groupsMax = 4_096;
const stacksMax = 2_048;
/** So many registrations of a place have their stack taken at first. */
const stacksAtFirst = 8;
const framesTaken = 12;
const framesKept = 3;
/** Stacks of a group that are named when it has no exact one. */
const candidatesMax = 3;

/** A place in the program that opens resources. Groups and stacks share one numbering. */
interface Place {
  readonly text: string;
  readonly type: number;
  /** The group that a stack belongs to; its own number for a group. */
  readonly group: number;
  /** True when all resources of the place are known to come from one line of the program. */
  readonly exact: boolean;
  /** Stacks that were seen in a group. */
  readonly stacks: number[];
}

const ownFolder = fileURLToPath(new URL('..', import.meta.url));

/**
 * Where resources come from. Taking a stack costs several microseconds, and so only the first of each group have it taken and one in so many later;
 * a group is the type together with the named site or the owner, which cost nothing.
 */
export class CallSites {
  readonly #lifetimes: Lifetimes;
  readonly #stackEvery: number;
  readonly #places: Place[] = [];
  readonly #groups: Map<string, number>[] = [];
  readonly #stacks = new Map<string, number>();
  readonly #typeAges: readonly number[];
  #groupCount = 0;
  #seen: Uint32Array = new Uint32Array(64);
  #open: Int32Array = new Int32Array(64);
  /** Milliseconds from which a resource of a place is suspected, by its number. Brought up to date by `refresh`. */
  limits: Float64Array = new Float64Array(64);
  /** 1 where the limit of a place was learned. */
  learned: Uint8Array = new Uint8Array(64);

  constructor(options: {
    readonly samplesMin: number;
    readonly learnedAgeMsMin: number;
    readonly stackEvery: number;
    /** By number of the type. */
    readonly typeAges: readonly number[];
  }) {
    this.#lifetimes = new Lifetimes(options.samplesMin, options.learnedAgeMsMin);
    this.#stackEvery = options.stackEvery;
    this.#typeAges = options.typeAges;
    // Number 0 is no place.
    this.#add({ text: '', type: 0, group: 0, exact: false, stacks: [] });
  }

  /** The group of a registration. */
  groupOf(type: number, site: string | undefined, owner: string | undefined): number {
    const groups = (this.#groups[type] ??= new Map());
    const key = site ?? owner ?? '';
    const known = groups.get(key);
    return known ?? this.#addGroup(groups, type, key, site !== undefined);
  }

  /** Counts a registration, and takes its stack when it is its turn: the place by its stack, or 0. */
  enter(group: number): number {
    this.#open[group] = (this.#open[group] ?? 0) + 1;
    const seen = (this.#seen[group] ?? 0) + 1;
    this.#seen[group] = seen;
    if (seen > stacksAtFirst && seen % this.#stackEvery !== 0) return 0;
    const site = this.#take(group);
    if (site !== 0) this.#open[site] = (this.#open[site] ?? 0) + 1;
    return site;
  }

  /** Counts a resource that is gone. */
  leave(group: number, site: number): void {
    this.#open[group] = (this.#open[group] ?? 0) - 1;
    if (site !== 0) this.#open[site] = (this.#open[site] ?? 0) - 1;
  }

  /** Notes how long a resource lived whose owner released it. */
  learn(group: number, site: number, lifetimeMs: number): void {
    this.#lifetimes.learn(group, lifetimeMs);
    if (site !== 0) this.#lifetimes.learn(site, lifetimeMs);
  }

  /** Notes whether a verdict about a resource of these places was right. */
  judge(group: number, site: number, right: boolean): void {
    for (const place of site === 0 ? [group] : [group, site]) {
      if (right) this.#lifetimes.noteRight(place);
      else this.#lifetimes.noteWrong(place);
    }
  }

  /** The place that the limit of a resource is taken from: its stack where enough is known about it, else its group. */
  judging(group: number, site: number): number {
    return site !== 0 && this.learned[site] === 1 ? site : group;
  }

  /** Computes all limits anew. */
  refresh(): void {
    for (let place = 1; place < this.#places.length; place += 1) this.#refreshOwn(place);
    for (const [number, { group, stacks }] of this.#places.entries()) {
      // A resource whose stack is not known may come from the most patient place of its group.
      if (group !== number || this.#places[number]?.exact === true) continue;
      for (const stack of stacks) {
        if (this.learned[stack] === 1 && (this.limits[stack] ?? 0) > (this.limits[number] ?? 0)) {
          this.limits[number] = this.limits[stack] ?? 0;
        }
      }
    }
  }

  /** What is usual at a place: the 99th percentile of lifetimes, milliseconds, and how many releases it stands on. */
  usual(place: number): { readonly lifetimeMs: number; readonly samples: number } | undefined {
    const lifetimeMs = this.#lifetimes.percentileMs(place, 0.99);
    return lifetimeMs === undefined ? undefined : { lifetimeMs, samples: this.#lifetimes.samples(place) };
  }

  /** Where a resource was opened, in words; undefined when nothing is known. */
  describe(group: number, site: number): string | undefined {
    if (site !== 0) return this.#places[site]?.text;
    const place = this.#places[group];
    if (place === undefined) return undefined;
    const candidates = place.stacks.slice(0, candidatesMax).map((stack) => this.#places[stack]?.text ?? '');
    if (place.exact) return place.text;
    if (candidates.length === 0) return undefined;
    return candidates.length === 1 ? `probably ${candidates[0]}` : `one of: ${candidates.join(' | ')}`;
  }

  /** The places with the most open resources. */
  heaviest(count: number): { readonly callSite: string; readonly open: number }[] {
    const groups = [...this.#places.keys()].filter(
      (number) => number > 0 && this.#places[number]?.group === number && (this.#open[number] ?? 0) > 0,
    );
    groups.sort((a, b) => (this.#open[b] ?? 0) - (this.#open[a] ?? 0));
    return groups.slice(0, count).map((number) => ({
      callSite: this.describe(number, 0) ?? this.#places[number]?.text ?? '',
      open: this.#open[number] ?? 0,
    }));
  }

  #refreshOwn(number: number): void {
    const place = this.#places[number];
    if (place === undefined) return;
    const byType = this.#typeAges[place.type] ?? 0;
    const learned = this.#lifetimes.limitMs(number);
    this.learned[number] = learned === undefined ? 0 : 1;
    // Where several lines of a program may stand behind a group, what one of them does quickly says nothing about another.
    if (learned === undefined) this.limits[number] = byType;
    else this.limits[number] = place.exact ? learned : Math.max(byType, learned);
  }

  #addGroup(groups: Map<string, number>, type: number, key: string, exact: boolean): number {
    if (this.#groupCount >= groupsMax && key !== '') return this.groupOf(type, undefined, undefined);
    this.#groupCount += 1;
    const number = this.#places.length;
    groups.set(key, number);
    this.#add({ text: key, type, group: number, exact, stacks: [] });
    this.#refreshOwn(number);
    return number;
  }

  #take(group: number): number {
    const place = this.#places[group];
    if (place === undefined || place.exact) return 0;
    const text = stackText();
    if (text === undefined) return 0;
    const key = `${group} ${text}`;
    const known = this.#stacks.get(key);
    if (known !== undefined) return known;
    if (this.#stacks.size >= stacksMax) return 0;
    const number = this.#places.length;
    this.#stacks.set(key, number);
    place.stacks.push(number);
    this.#add({ text, type: place.type, group, exact: true, stacks: [] });
    this.#refreshOwn(number);
    return number;
  }

  #add(place: Place): void {
    const number = this.#places.push(place) - 1;
    this.#lifetimes.reserve(number);
    if (number < this.#seen.length) return;
    const length = this.#seen.length * 2;
    const [seen, open, limits, learned] = [this.#seen, this.#open, this.limits, this.learned];
    (this.#seen = new Uint32Array(length)).set(seen);
    (this.#open = new Int32Array(length)).set(open);
    (this.limits = new Float64Array(length)).set(limits);
    (this.learned = new Uint8Array(length)).set(learned);
  }
}

/** The frames of the caller that are not ours, the innermost first; undefined when there are none. */
function stackText(): string | undefined {
  const holder: { stack?: string } = {};
  const before = Error.stackTraceLimit;
  Error.stackTraceLimit = framesTaken;
  Error.captureStackTrace(holder, stackText);
  Error.stackTraceLimit = before;
  const frames = (holder.stack ?? '')
    .split('\n')
    .slice(1)
    .map((line) => line.replace(/^\s*at /, '').replace('file://', ''))
    .filter((line) => !isOurs(line))
    .slice(0, framesKept);
  return frames.length === 0 ? undefined : frames.join(' < ');
}

function isOurs(line: string): boolean {
  return (line.includes(ownFolder) && !line.includes('.test.')) || line.includes('node:');
}
