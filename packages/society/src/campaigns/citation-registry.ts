import type { Citation } from '../evidence/index.ts';

/** A citation under the number that the text refers to it by. */
export interface NumberedCitation extends Citation {
  /** `c1`, `c2` … in the order of first use. */
  readonly id: string;
}

/** Gives every passage one number, however often it is cited. */
export class CitationRegistry {
  readonly #byPlace = new Map<string, NumberedCitation>();

  /** The number of this passage, given now if it had none. */
  idOf(citation: Citation): string {
    const place = `${citation.documentId}:${citation.start}:${citation.end}`;
    const known = this.#byPlace.get(place);
    if (known !== undefined) return known.id;
    const numbered: NumberedCitation = { ...citation, id: `c${this.#byPlace.size + 1}` };
    this.#byPlace.set(place, numbered);
    return numbered.id;
  }

  /** All of them, by number. */
  list(): readonly NumberedCitation[] {
    return [...this.#byPlace.values()];
  }
}
