/** Half octaves from 1 ms to 24.8 days. */
const buckets = 64;
/** Beyond, all counts of a model are halved, so that it follows what changes. */
const weightMax = 4_096;
/** A place whose resources are seldom kept long is believed to keep them at most so many times longer than its 99th percentile. */
const patience = 4;
/** Each wrong verdict doubles what is needed for the next, so many times at most. */
const distrustMax = 6;
/** So many releases take one of these doublings back: what was learned since speaks for itself. A power of two. */
const trustEvery = 128;
/** No learned limit is higher: after a day without use, everything is suspect. */
const learnedAgeMsMax = 86_400_000;
const modelsAtFirst = 64;

/**
 * How long resources of each place live, from those that their owners released: a histogram of half octaves a place. Percentiles of it are robust: a
 * few that were kept for hours do not move them, and a few forgotten ones never enter.
 */
export class Lifetimes {
  readonly #samplesMin: number;
  readonly #learnedAgeMsMin: number;
  #counts: Uint16Array = new Uint16Array(modelsAtFirst * buckets);
  #weights: Uint32Array = new Uint32Array(modelsAtFirst);
  #distrust: Uint8Array = new Uint8Array(modelsAtFirst);

  constructor(samplesMin: number, learnedAgeMsMin: number) {
    this.#samplesMin = samplesMin;
    this.#learnedAgeMsMin = learnedAgeMsMin;
  }

  /** Makes room for a place of this number. */
  reserve(model: number): void {
    if (model < this.#weights.length) return;
    const models = Math.max(model + 1, this.#weights.length * 2);
    const [counts, weights, distrust] = [this.#counts, this.#weights, this.#distrust];
    (this.#counts = new Uint16Array(models * buckets)).set(counts);
    (this.#weights = new Uint32Array(models)).set(weights);
    (this.#distrust = new Uint8Array(models)).set(distrust);
  }

  /** Notes that a resource of the place was released after so many milliseconds. */
  learn(model: number, lifetimeMs: number): void {
    const ms = lifetimeMs < 1 ? 1 : lifetimeMs > 0x7fff_ffff ? 0x7fff_ffff : lifetimeMs | 0;
    const octave = 31 - Math.clz32(ms);
    const half = octave === 0 ? 0 : (ms >>> (octave - 1)) & 1;
    const at = model * buckets + 2 * octave + half;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    const weight = (this.#weights[model] ?? 0) + 1;
    this.#weights[model] = weight;
    if ((weight & (trustEvery - 1)) === 0 && this.#distrust[model] !== 0) this.noteRight(model);
    if (weight >= weightMax) this.#fade(model);
  }

  /** A verdict about the place was wrong; the next needs twice as much. */
  noteWrong(model: number): void {
    this.#distrust[model] = Math.min(distrustMax, (this.#distrust[model] ?? 0) + 1);
  }

  /** A verdict about the place was right. */
  noteRight(model: number): void {
    this.#distrust[model] = Math.max(0, (this.#distrust[model] ?? 0) - 1);
  }

  /** Milliseconds after which a resource of the place is open far longer than usual; undefined while too few were released. */
  limitMs(model: number): number | undefined {
    const weight = this.#weights[model] ?? 0;
    if (weight < this.#samplesMin) return undefined;
    const usual = this.percentileMs(model, 0.99) ?? 0;
    const learned = Math.max(this.#learnedAgeMsMin, patience * usual) * 2 ** (this.#distrust[model] ?? 0);
    return Math.min(learnedAgeMsMax, learned);
  }

  /** The lifetime that this share of the resources did not exceed, milliseconds, at most half an octave too high; undefined without releases. */
  percentileMs(model: number, share: number): number | undefined {
    const weight = this.#weights[model] ?? 0;
    if (weight === 0) return undefined;
    let left = Math.ceil(weight * share);
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      left -= this.#counts[model * buckets + bucket] ?? 0;
      if (left <= 0) return (bucket & 1) === 1 ? 2 ** ((bucket >> 1) + 1) : 1.5 * 2 ** (bucket >> 1);
    }
    return undefined;
  }

  /** How many releases the model stands on. */
  samples(model: number): number {
    return this.#weights[model] ?? 0;
  }

  #fade(model: number): void {
    let weight = 0;
    for (let at = model * buckets; at < (model + 1) * buckets; at += 1) {
      const half = (this.#counts[at] ?? 0) >>> 1;
      this.#counts[at] = half;
      weight += half;
    }
    this.#weights[model] = weight;
  }
}
