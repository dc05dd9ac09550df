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
  /\b(?:out ?dated|out of date|superseded|obsolete|no longer (?:valid|current|true|in force)|deprecated|archived?|from the archive|expired|withdrawn|historical|former|discontinued|(?:old(?:er)?|earlier|previous) (?:price|plan|version|text|draft|model|edition|figure|number|rate|sheet|list|brochure|leaflet|catalogue|flyer|page|offer|terms?|rule|survey|test)s?)\b/iu;
const draftHeading =
  /\b(?:drafts?|brainstorm\w*|not confirmed|unconfirmed|unverified|nothing checked|unchecked|rumou?rs?|hypothetical|placeholder|rejected|speculation|ideas? (?:for|that)|suggestions?|proposals?|hearsay|wish ?list|not approved)\b/iu;

/** In a sentence: this statement is old. */
const outdatedSentence =
  /\b(?:out ?dated|out of date|superseded|obsolete|no longer (?:valid|current|true|correct|applies|available|offered)|(?<!\b(?:that|which|who) )used to (?:cost|be|have|need|charge|offer|pay|burn|last|take|weigh|come|sell)|still (?:said|stated|showed|listed)|is withdrawn|was withdrawn|has expired|previously|formerly|in the past)\b|\b(?:was|were|needed|cost|had)\b[^.;]{0,60}\bbefore\.?$|\b(?:was|were) (?:sold|offered|available|made|built|valid|in force|free) until\b|^(?:before|until) [^,]{1,40},|^until (?:\w+ )?(?:19|20)\d{2} (?![^.;]*\b(?:is|are|will|has|have|can|may|must)\b)/iu;
const draftSentence =
  /\b(?:unconfirmed|unverified|rumou?rs?|allegedly|claimed that|is said to|supposedly|hypothetical(?:ly)?|placeholder|never built|(?:was|were) rejected|not yet decided|under discussion)\b/iu;

/** A remark about what stands around it: it marks its paragraph or its whole section. */
const outdatedRemark =
  /\bnone of (?:this|these|it) (?:was|were|is|are) (?:ever )?(?:adopted|introduced|implemented|decided|valid|current|true)\b|\b(?:this|these|the above|it)(?: \w+){0,3} (?:was|were|is|are|has been|have been) (?:(?:not|never|no longer) (?:adopted|introduced|implemented|valid|current)|outdated|superseded|obsolete|replaced)\b/iu;
const draftRemark =
  /\b(?:do not|don['’]t|please do not|must not be|not to be) (?:use|used|publish|published|quote|quoted|repeat|print) (?:it|them|this|these|that)\b|\bcould not (?:verify|confirm)\b|\bcannot (?:prove|verify|confirm)\b|\bnothing (?:here )?(?:is|was) (?:checked|verified|approved)\b/iu;
/** Words by which a remark speaks of one thing just said, and those by which it speaks of several. */
const oneFigure = /\b(?:this|that) (?:figure|number|price|value|claim|statement|sentence|quote)\b/iu;
const manyThings = /\b(?:none|nothing|these|those|them|all|document|page|sheet|list|section)\b/iu;

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
  const byBlock = new Map<number, Mark>();
  for (const sentence of document.sentences) {
    const mark = remarkMark(sentence);
    if (mark === undefined) continue;
    if (isAboutParagraph(document, sentence)) byBlock.set(sentence.block, mark);
    else if (!bySection.has(sentence.section)) bySection.set(sentence.section, mark);
  }
  const title = headingMark(document.source.title);
  return document.sentences.map((sentence) => {
    const own = sentenceMark(sentence);
    return own ?? byBlock.get(sentence.block) ?? bySection.get(sentence.section) ?? title ?? stated;
  });
}

/**
 * Whether a remark concerns only its own paragraph: it speaks of one figure, or it ends a paragraph of a document that
 * has no sections and would otherwise lose everything.
 */
function isAboutParagraph(document: ParsedDocument, sentence: Sentence): boolean {
  if (oneFigure.test(sentence.text)) return true;
  const path = document.sections[sentence.section]?.path ?? [];
  const before = document.sentences[sentence.index - 1];
  return path.length <= 1 && before?.block === sentence.block && !manyThings.test(sentence.text);
}

function sentenceMark(sentence: Sentence): Mark | undefined {
  if (sentence.speaker !== undefined) return undefined;
  const old = match(outdatedSentence, sentence.text);
  if (old !== undefined) return { standing: 'outdated', words: old };
  const draft = match(draftSentence, sentence.text);
  return draft === undefined ? undefined : { standing: 'draft', words: draft };
}
