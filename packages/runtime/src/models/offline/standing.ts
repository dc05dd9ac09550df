import type { Standing } from './results.ts';
import type { ParsedDocument, Sentence } from './reader.ts';

/** How far a sentence may be trusted and the words that say so. */
export interface Mark {
  standing: Standing;
  words: string;
}

const stated: Mark = { standing: 'stated', words: '' };

/** In a heading or title: everything below is old. */
const outdatedHeading =
  /\b(?:out ?dated|out of date|superseded|obsolete|no longer (?:valid|current|true|in force)|deprecated|archived?|from the archive|expired|withdrawn|historical|former|old (?:price|plan|version|text|draft)s?|previous (?:price|version)s?)\b/iu;
const draftHeading =
  /\b(?:drafts?|brainstorm\w*|not confirmed|unconfirmed|unverified|nothing checked|unchecked|rumou?rs?|hypothetical|placeholder|rejected|speculation|ideas? (?:for|that)|suggestions?|proposals?|hearsay|wish ?list|not approved)\b/iu;

/** In a sentence: this statement is old. */
const outdatedSentence =
  /\b(?:out ?dated|out of date|superseded|obsolete|no longer (?:valid|current|true|correct|applies|available|offered)|used to (?:cost|be|have|need|charge|offer|pay)|is withdrawn|was withdrawn|has expired|previously|formerly|in the past)\b|\b(?:was|were|needed|cost|had)\b[^.;]{0,60}\bbefore\.?$|^(?:before|until) [^,]{1,40},/iu;
const draftSentence =
  /\b(?:unconfirmed|unverified|rumou?rs?|allegedly|claimed that|is said to|supposedly|hypothetical(?:ly)?|placeholder|never built|(?:was|were) rejected|not yet decided|under discussion)\b/iu;

/** A remark about what stands around it: it marks its whole section. */
const outdatedRemark =
  /\bnone of (?:this|these|it) (?:was|were|is|are) (?:ever )?(?:adopted|introduced|implemented|decided|valid|current|true)\b|\b(?:this|these|the above|it)(?: \w+){0,3} (?:was|were|is|are|has been|have been) (?:(?:not|never|no longer) (?:adopted|introduced|implemented|valid|current)|outdated|superseded|obsolete|replaced)\b/iu;
const draftRemark =
  /\b(?:do not|don['’]t|please do not|must not be|not to be) (?:use|used|publish|published|quote|quoted|repeat|print) (?:it|them|this|these|that)\b|\bcould not (?:verify|confirm)\b|\bcannot (?:prove|verify|confirm)\b|\bnothing (?:here )?(?:is|was) (?:checked|verified|approved)\b/iu;

function match(pattern: RegExp, text: string): string | undefined {
  return pattern.exec(text)?.[0];
}

function headingMark(text: string): Mark | undefined {
  const old = match(outdatedHeading, text);
  if (old !== undefined) return { standing: 'outdated', words: old };
  const draft = match(draftHeading, text);
  return draft === undefined ? undefined : { standing: 'draft', words: draft };
}

function remarkMark(sentence: Sentence): Mark | undefined {
  if (sentence.speaker !== undefined) return undefined;
  const old = match(outdatedRemark, sentence.text);
  if (old !== undefined) return { standing: 'outdated', words: old };
  const draft = match(draftRemark, sentence.text);
  return draft === undefined ? undefined : { standing: 'draft', words: draft };
}

/** Whether a sentence only tells how to take what stands around it ("do not use it"); it is no finding itself. */
export function isRemark(sentence: Sentence): boolean {
  return remarkMark(sentence) !== undefined;
}

/** Marks every sentence of a document: by its own words, by a remark in its section, by a heading above it, by the title. */
export function markStandings(document: ParsedDocument): Mark[] {
  const bySection = new Map<number, Mark>();
  for (const [index, section] of document.sections.entries()) {
    for (const heading of section.path.toReversed()) {
      const mark = headingMark(heading);
      if (mark !== undefined && !bySection.has(index)) bySection.set(index, mark);
    }
  }
  for (const sentence of document.sentences) {
    const mark = remarkMark(sentence);
    if (mark !== undefined && !bySection.has(sentence.section)) bySection.set(sentence.section, mark);
  }
  const title = headingMark(document.source.title);
  return document.sentences.map((sentence) => {
    const own = sentenceMark(sentence);
    return own ?? bySection.get(sentence.section) ?? title ?? stated;
  });
}

function sentenceMark(sentence: Sentence): Mark | undefined {
  if (sentence.speaker !== undefined) return undefined;
  const old = match(outdatedSentence, sentence.text);
  if (old !== undefined) return { standing: 'outdated', words: old };
  const draft = match(draftSentence, sentence.text);
  return draft === undefined ? undefined : { standing: 'draft', words: draft };
}
