import type { NumberedCitation } from '../citation-registry.ts';
import { html, type Markup } from './markup.ts';

/** Writes references to quotes, and remembers where each quote is used first, so that the appendix can lead back. */
export class CitationLinks {
  readonly #byId: ReadonlyMap<string, NumberedCitation>;
  readonly #used = new Set<string>();

  constructor(citations: readonly NumberedCitation[]) {
    this.#byId = new Map(citations.map((citation) => [citation.id, citation]));
  }

  /** Small numbers that lead to the passages. Unknown ids are left out. */
  cite(ids: readonly string[]): Markup {
    const known = ids.flatMap((id) => this.#byId.get(id) ?? []);
    return html`<span class="cites"
      >${known.map((citation) => {
        const isFirst = !this.#used.has(citation.id);
        this.#used.add(citation.id);
        const back = isFirst ? html` id="use-${citation.id}"` : null;
        const title = `${citation.title}: “${shorten(citation.quote)}”`;
        return html`<a class="cite" href="#${citation.id}" title="${title}" ${back}
          >${citation.id.slice(1)}</a
        >`;
      })}</span
    >`;
  }

  /** Whether the text above leads here. */
  isUsed(id: string): boolean {
    return this.#used.has(id);
  }
}

const titleCharactersMax = 240;

function shorten(quote: string): string {
  const line = quote.replaceAll(/\s+/gu, ' ').trim();
  return line.length <= titleCharactersMax ? line : `${line.slice(0, titleCharactersMax - 1)}…`;
}
