import { RaptorFlowError } from '../../kernel/index.ts';
import { actionFor, severityOf, type Leak } from './leak.ts';

const watchedMax = 1_000;
/** Looks that are kept of a figure. */
const looksKept = 24;
/** Share of all pairs of looks of which the later is larger (Kendall's tau, ties count half) from which a figure grows. */
const concordanceMin = 0.9;
/** A figure that grows by a smaller share of where it began is at work, not leaking. */
const shareMin = 0.3;

/** A figure that is looked at. */
export interface Figure {
  readonly name: string;
  /** What it counts, for people. */
  readonly unit: string;
  /** Growth by less is nothing. */
  readonly growthMin: number;
  /** Undefined: there is nothing new to see. */
  readonly read: () => number | undefined;
}

/** A figure that grows. */
interface Growing {
  readonly id: string;
  readonly detectedAt: number;
  from: number;
  to: number;
}

interface Series {
  readonly figure: Figure;
  readonly looks: number[];
  growing: Growing | undefined;
}

/** Tells figures that keep growing from those that swing: over the last looks, nearly every later one has to be larger than nearly every earlier one. */
export class Growth {
  readonly #samplesMin: number;
  readonly #series = new Map<string, Series>();
  #last = 0;

  constructor(samplesMin: number) {
    this.#samplesMin = samplesMin;
  }

  /** Begins to watch. Throws `conflict` and `exhausted`. Returns the way to stop. */
  watch(figure: Figure): () => void {
    if (this.#series.has(figure.name)) {
      throw new RaptorFlowError(
        'conflict',
        `The figure "${figure.name}" is watched already; give this one another name.`,
      );
    }
    if (this.#series.size >= watchedMax) {
      throw new RaptorFlowError(
        'exhausted',
        `There are already ${watchedMax} watched figures; stop watching some.`,
      );
    }
    const series: Series = { figure, looks: [], growing: undefined };
    this.#series.set(figure.name, series);
    return () => {
      if (this.#series.get(figure.name) === series) this.#series.delete(figure.name);
    };
  }

  /** Whether a figure of this name is watched. */
  has(name: string): boolean {
    return this.#series.has(name);
  }

  /** Looks at all figures: those that were found to grow now, and how many have stopped. */
  look(now: number): { readonly found: Leak[]; readonly retracted: number } {
    const found: Leak[] = [];
    let retracted = 0;
    for (const series of this.#series.values()) {
      const value = readOf(series.figure);
      if (value === undefined) continue;
      series.looks.push(value);
      if (series.looks.length > looksKept) series.looks.shift();
      if (series.growing !== undefined) {
        if (hasFallen(series.growing, value)) {
          series.growing = undefined;
          // What was before the fall says nothing about what comes.
          series.looks.splice(0, series.looks.length - 1);
          retracted += 1;
        } else {
          series.growing.to = Math.max(series.growing.to, value);
        }
        continue;
      }
      if (!this.#grows(series)) continue;
      this.#last += 1;
      const from = middleOf(series.looks.slice(0, 3));
      series.growing = { id: `leak_growth_${this.#last}`, detectedAt: now, from, to: value };
      found.push(leakOf(series.figure, series.growing, series.looks.length));
    }
    return { found, retracted };
  }

  list(): Leak[] {
    return [...this.#series.values()].flatMap(({ figure, growing, looks }) =>
      growing === undefined ? [] : [leakOf(figure, growing, looks.length)],
    );
  }

  get open(): number {
    let open = 0;
    for (const { growing } of this.#series.values()) if (growing !== undefined) open += 1;
    return open;
  }

  #grows({ figure, looks }: Series): boolean {
    if (looks.length < this.#samplesMin) return false;
    const [from, to] = [middleOf(looks.slice(0, 3)), middleOf(looks.slice(-3))];
    if (to - from < figure.growthMin || to - from < shareMin * Math.abs(from)) return false;
    // Something that has come to rest has filled up, as a cache or a pool does.
    const last = looks.slice(-Math.max(3, Math.ceil(this.#samplesMin / 2)));
    return concordance(looks) >= concordanceMin && concordance(last) > 0.5;
  }
}

function concordance(looks: readonly number[]): number {
  let larger = 0;
  let pairs = 0;
  for (const [later, b] of looks.entries()) {
    for (let earlier = 0; earlier < later; earlier += 1) {
      const a = looks[earlier] ?? 0;
      larger += b > a ? 1 : b === a ? 0.5 : 0;
      pairs += 1;
    }
  }
  return pairs === 0 ? 0 : larger / pairs;
}

function hasFallen({ from, to }: Growing, value: number): boolean {
  return value < from + (to - from) / 2;
}

function middleOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function readOf({ read }: Figure): number | undefined {
  try {
    const value = read();
    return value !== undefined && Number.isFinite(value) ? value : undefined;
  } catch {
    // A figure that cannot be read now may be there again at the next look.
    return undefined;
  }
}

function leakOf({ name, unit }: Figure, { id, detectedAt, from, to }: Growing, looks: number): Leak {
  const severity = severityOf(to / Math.max(1, from));
  const [begin, end] = [Math.round(from).toLocaleString('en-US'), Math.round(to).toLocaleString('en-US')];
  return {
    id,
    reason: 'growth',
    severity,
    detectedAt,
    type: name,
    resource: undefined,
    callSite: undefined,
    evidence: { from, to, looks },
    description: `${name} keeps growing: from ${begin} to ${end} ${unit} over ${looks} looks.`,
    suggestedAction: actionFor(
      severity,
      `find out what keeps adding ${unit} and never removes them; register them as resources to see where they are opened.`,
    ),
  };
}
