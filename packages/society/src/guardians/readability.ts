import { blankNonProse } from './claims.ts';
import type { RuleFinding } from './content.ts';
import { findLinks, type Span } from './text-measures.ts';

const sentenceSegmenter = new Intl.Segmenter('en', { granularity: 'sentence' });
const sentenceWordsMax = 30;
const fleschMin = 40;
// Below this many words the Flesch figure says nothing.
const fleschWordsMin = 40;

/** Sentences of a text; a line break ends one too, because posts and lists are written in lines. */
export function findSentences(text: string): readonly Span[] {
  const found: Span[] = [];
  let offset = 0;
  for (const line of text.split('\n')) {
    for (const { segment, index } of sentenceSegmenter.segment(line)) {
      const trimmed = segment.trim();
      if (trimmed === '') continue;
      const start = offset + index + segment.indexOf(trimmed);
      found.push({ text: trimmed, start, end: start + trimmed.length });
    }
    offset += line.length + 1;
  }
  return found;
}

const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{N}][\p{L}\p{N}'’.-]*/gu) ?? [];

function syllables(word: string): number {
  const plain = word.toLowerCase().replaceAll(/[^a-z]/gu, '');
  if (plain.length <= 3) return 1;
  const groups = plain.replace(/(?:[^laeiouy]es|ed|[^laeiouy]e)$/u, '').match(/[aeiouy]{1,2}/gu);
  return Math.max(1, groups?.length ?? 1);
}

/** Flesch reading ease (R. Flesch, 1948) of English text: higher is easier, 60–70 is plain English. */
export function fleschReadingEase(text: string): number {
  const sentences = findSentences(text);
  const words = wordsOf(text);
  if (sentences.length === 0 || words.length === 0) return 100;
  const syllableCount = words.reduce((sum, word) => sum + syllables(word), 0);
  return 206.835 - 1.015 * (words.length / sentences.length) - 84.6 * (syllableCount / words.length);
}

/** Long sentences and heavy prose of an English text. */
export function inspectReadability(text: string): readonly RuleFinding[] {
  const prose = blankNonProse(text);
  const findings: RuleFinding[] = [];
  for (const sentence of findSentences(prose)) {
    const count = wordsOf(sentence.text).length;
    if (count <= sentenceWordsMax) continue;
    findings.push({
      rule: 'long_sentence',
      severity: 'warning',
      message: `A sentence has ${count} words; split it (at most ${sentenceWordsMax}).`,
      field: 'text',
      span: { start: sentence.start, end: sentence.end },
    });
  }
  const ease = fleschReadingEase(prose);
  if (wordsOf(prose).length >= fleschWordsMin && ease < fleschMin) {
    findings.push({
      rule: 'hard_to_read',
      severity: 'warning',
      message: `Reading ease is ${Math.round(ease)} (Flesch); use shorter words and sentences to reach ${fleschMin}.`,
      field: 'text',
    });
  }
  return findings;
}

const actionVerbs =
  'try|start|download|install|read|see|sign\\s+up|join|get|book|register|subscribe|learn|compare|ask|reply|visit|watch|order|request|discover|find\\s+out|check|switch|save|reserve|contact|write|call|explore|tell|share|come|meet|take|move';
const imperative = new RegExp(`^(?:[→▶👉•*–-]\\s*)*(?:please\\s+)?(?:${actionVerbs})\\b`, 'iu');

/** The sentence that asks the reader to act: one that opens with an action verb. A bare link is none. */
export function findCallToAction(text: string): Span | undefined {
  const links = findLinks(text);
  return findSentences(text).find(
    (sentence) =>
      imperative.test(sentence.text) &&
      !sentence.text.endsWith('?') &&
      !links.some((span) => span.start === sentence.start && span.end === sentence.end),
  );
}
