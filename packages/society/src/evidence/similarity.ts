const stopWords = new Set(
  'a about above after again all also an another and any are ask asked asks as at be because been before being below between both but by can cannot could did do does doing down during each every few for from further had has have having he her here him his how i if in into is it its itself just keep kept like long look looked looks made make makes many may me more most much must my never no nor not now of off often on once one only or other our out over own people per said same say says see she should since so some such than that the their them then there these they this those through to too two under until up us use used uses using very was we were what when where which while who whom why will with within without would get gets go goes give gives need needed needs take taken takes thing things time times want wants way week weeks month months day days year years you your'.split(
    ' ',
  ),
);

const stem = (word: string): string =>
  word
    .replace(/(?:'s|’s)$/u, '')
    .replace(/(?<=\p{L}{3})ies$/u, 'y')
    .replace(/(?<=\p{L}{3})(?:ing|ed|es|s)$/u, '')
    .replace(/(?<=\p{L}{3})e$/u, '');

/** The stems of the content words of a text; numbers and short words carry no theme. */
export function contentStems(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/\p{L}[\p{L}'’-]+/gu) ?? [];
  return new Set(words.filter((word) => word.length > 2 && !stopWords.has(word)).map(stem));
}

/** How many content words two texts share. */
export function sharedStems(left: ReadonlySet<string>, right: ReadonlySet<string>): number {
  let shared = 0;
  for (const word of left) if (right.has(word)) shared += 1;
  return shared;
}

/** How strongly two texts of one collection belong together. */
export interface Relation {
  /** Content words in common. */
  readonly shared: number;
  /**
   * The same, weighted by rarity (inverse document frequency): a word that stands in one text of the collection weighs 1,
   * a common one little, whatever the size of the collection.
   */
  readonly weight: number;
}

/** Measures relations between texts of one collection; words that a fixed set names are ignored. */
export class Relatedness {
  readonly #frequency = new Map<string, number>();
  readonly #count: number;
  readonly #ignored: ReadonlySet<string>;

  constructor(collection: readonly string[], ignored: ReadonlySet<string>) {
    this.#count = collection.length;
    this.#ignored = ignored;
    for (const text of collection) {
      for (const word of contentStems(text)) this.#frequency.set(word, (this.#frequency.get(word) ?? 0) + 1);
    }
  }

  #rarity(frequency: number): number {
    return Math.log(1 + this.#count / (1 + frequency));
  }

  relate(left: string, right: string): Relation {
    const words = contentStems(right);
    let shared = 0;
    let weight = 0;
    for (const word of contentStems(left)) {
      if (!words.has(word) || this.#ignored.has(word)) continue;
      shared += 1;
      weight += this.#rarity(this.#frequency.get(word) ?? 0);
    }
    return { shared, weight: weight / this.#rarity(1) };
  }
}
