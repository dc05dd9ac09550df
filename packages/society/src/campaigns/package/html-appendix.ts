import type { SourceDocument } from '../../evidence/index.ts';
import type { NumberedCitation } from '../citation-registry.ts';
import type { CitationLinks } from './citation-links.ts';
import type { Section } from './html-sentences.ts';
import { escapeHtml, html, join, Markup } from './markup.ts';
import type { PackageInput } from './package-input.ts';
import { count, dollars, runDuration, runName, shortDollars } from './wording.ts';

/** Documents longer than this are shown around their quotes only. */
export const appendixCharactersMax = 200_000;

const excerptCharacters = 600;

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The stretches of a document that are shown: all of it, or the surroundings of the quotes. */
function shown(document: SourceDocument, citations: readonly NumberedCitation[]): readonly Stretch[] {
  if (document.text.length <= appendixCharactersMax) return [{ start: 0, end: document.text.length }];
  const stretches: { start: number; end: number }[] = [];
  for (const citation of citations) {
    const start = Math.max(0, citation.start - excerptCharacters);
    const end = Math.min(document.text.length, citation.end + excerptCharacters);
    const last = stretches.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else stretches.push({ start, end });
  }
  return stretches;
}

function marker(citation: NumberedCitation, links: CitationLinks): Markup {
  const number = citation.id.slice(1);
  return links.isUsed(citation.id)
    ? html`<a class="at" id="${citation.id}" href="#use-${citation.id}" title="Back to where it is used"
        >${number}</a
      >`
    : html`<a class="at" id="${citation.id}">${number}</a>`;
}

/** A stretch of a document with its quotes marked; quotes may overlap. */
export function markQuotes(
  document: SourceDocument,
  citations: readonly NumberedCitation[],
  stretch: Stretch,
  links: CitationLinks,
): Markup {
  const inside = citations.filter((citation) => citation.start < stretch.end && citation.end > stretch.start);
  const cuts = new Set([stretch.start, stretch.end]);
  for (const citation of inside) {
    cuts.add(Math.max(stretch.start, citation.start));
    cuts.add(Math.min(stretch.end, citation.end));
  }
  const edges = [...cuts].toSorted((a, b) => a - b);
  return join(
    edges.slice(0, -1).flatMap((start, index) => {
      const end = edges[index + 1] ?? stretch.end;
      const text = new Markup(escapeHtml(document.text.slice(start, end)));
      const begins = inside
        .filter((citation) => citation.start === start)
        .map((citation) => marker(citation, links));
      const isQuoted = inside.some((citation) => citation.start < end && citation.end > start);
      return isQuoted ? [...begins, new Markup(`<mark>${text.text}</mark>`)] : [text];
    }),
  );
}

const skipped = new Markup('<span class="skip">[…]</span>');

function sourceText(
  document: SourceDocument,
  citations: readonly NumberedCitation[],
  stretches: readonly Stretch[],
  links: CitationLinks,
): Markup {
  const pieces = stretches.flatMap((stretch) => [
    ...(stretch.start > 0 ? [skipped] : []),
    markQuotes(document, citations, stretch, links),
  ]);
  return join([new Markup('<div class="source">'), ...pieces, new Markup('</div>')]);
}

function sourceArticle(
  document: SourceDocument,
  input: PackageInput,
  links: CitationLinks,
  index: number,
): Markup {
  const citations = input.warBrief.citations
    .filter((citation) => citation.documentId === document.documentId)
    .toSorted((a, b) => a.start - b.start || a.end - b.end);
  const stretches = shown(document, citations);
  return html`<article id="source-${index + 1}">
    <h3>${document.title}</h3>
    <p class="note">
      ${document.mediaType} · ${count(document.text.length, 'character')} ·
      ${count(citations.length, 'quote')}
    </p>
    ${
      stretches.length === 0
        ? html`<p class="note">Nothing of this long document is quoted.</p>`
        : sourceText(document, citations, stretches, links)
    }
  </article>`;
}

/** The sources with every quote marked in its place. Render it last: it leads back to the uses above. */
export function sourcesSection(input: PackageInput, links: CitationLinks): Section {
  return {
    id: 'sources',
    title: 'Sources',
    body: html`<p class="lead">
        The documents as they were supplied. Marked passages are quoted above; their numbers lead back.
      </p>
      ${input.documents.map((document, index) => sourceArticle(document, input, links, index))}`,
  };
}

/** The bill and the runs. */
export function billSection(input: PackageInput): Section {
  return {
    id: 'bill',
    title: 'Bill and runs',
    body: html`<p class="lead">
        ${shortDollars(input.costUsd)}${input.model.offline ? ' – the offline model costs nothing' : ''}, in
        ${count(input.runs.length, 'run')}.
      </p>
      ${
        input.runs.length === 0
          ? null
          : html`<div class="scroll">
              <table>
                <thead>
                  <tr>
                    <th>Run</th>
                    <th>Status</th>
                    <th class="num">Took</th>
                    <th class="num">Tokens in</th>
                    <th class="num">Tokens out</th>
                    <th class="num">Cost, $</th>
                  </tr>
                </thead>
                <tbody>
                  ${input.runs.map(
                    (run) =>
                      html`<tr>
                        <td>${runName(run, input.campaign.id)}<br /><small class="note">${run.id}</small></td>
                        <td>${run.state.status}</td>
                        <td class="num">${runDuration(run)}</td>
                        <td class="num">${run.inputTokens.toLocaleString('en-US')}</td>
                        <td class="num">${run.outputTokens.toLocaleString('en-US')}</td>
                        <td class="num">${dollars(run.costMicroUsd)}</td>
                      </tr>`,
                  )}
                </tbody>
              </table>
            </div>`
      }`,
  };
}
