import type { BriefSentence } from '../war-brief.ts';
import type { CitationLinks } from './citation-links.ts';
import { html, type Markup } from './markup.ts';
import { speakerName } from './wording.ts';

/** A section of the page. */
export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

const quoteMarks = /^[“"'‘]+|[”"'’]+$/gu;

/** A sentence with its references; what somebody said stands as a quotation. `about` names the subject where it is not clear. */
export function sentenceItem(
  sentence: BriefSentence,
  links: CitationLinks,
  about: string | null = null,
): Markup {
  const who =
    about !== null && sentence.subject !== null && sentence.subject !== about ? sentence.subject : null;
  const subject = who === null ? null : html`<span class="who">${who}</span>`;
  const disputed = sentence.standing === 'disputed' ? html` <span class="badge warn">disputed</span>` : null;
  if (sentence.speaker === null) {
    return html`<li>${subject}${sentence.text}${links.cite(sentence.citations)}${disputed}</li>`;
  }
  return html`<li>
    ${subject}“${sentence.text.replaceAll(quoteMarks, '')}”${links.cite(sentence.citations)}${disputed}
    <small class="note">— ${speakerName(sentence.speaker)}</small>
  </li>`;
}

/** A list of sentences, or nothing. */
export function sentenceList(
  sentences: readonly BriefSentence[],
  links: CitationLinks,
  about: string | null = null,
): Markup | null {
  if (sentences.length === 0) return null;
  return html`<ul class="points">
    ${sentences.map((sentence) => sentenceItem(sentence, links, about))}
  </ul>`;
}

/** The same under a small heading. */
export function titledList(
  title: string,
  sentences: readonly BriefSentence[],
  links: CitationLinks,
  about: string,
): Markup | null {
  const list = sentenceList(sentences, links, about);
  return list === null
    ? null
    : html`<h4>${title}</h4>
        ${list}`;
}

/** What people said, as quotations. */
export function quotations(
  sentences: readonly BriefSentence[],
  links: CitationLinks,
  about: string,
): readonly Markup[] {
  return sentences.map(
    (sentence) =>
      html`<blockquote>
        ${sentence.text.replaceAll(quoteMarks, '')}${links.cite(sentence.citations)}
        <footer>
          —
          ${sentence.speaker === null ? 'unnamed' : speakerName(sentence.speaker)}${sentence.subject !== null && sentence.subject !== about ? `, about ${sentence.subject}` : null}
        </footer>
      </blockquote>`,
  );
}
