/** Sentences of a section as paragraphs: neighbours under the same heading stand together. */
import type { BriefSentence } from '@raptorflow/contract';

/** A paragraph with its heading, if it has one. Keys are unique within the section. */
export interface Paragraph {
  readonly key: string;
  readonly heading: string | null;
  readonly sentences: readonly { readonly key: string; readonly sentence: BriefSentence }[];
}

/** Groups neighbours of equal heading, in order. */
export function paragraphsOf(sentences: readonly BriefSentence[]): readonly Paragraph[] {
  const paragraphs: {
    key: string;
    heading: string | null;
    sentences: { key: string; sentence: BriefSentence }[];
  }[] = [];
  for (const [index, sentence] of sentences.entries()) {
    const last = paragraphs.at(-1);
    const entry = { key: `sentence-${index}`, sentence };
    if (last && last.heading === sentence.heading) last.sentences.push(entry);
    else paragraphs.push({ key: `paragraph-${index}`, heading: sentence.heading, sentences: [entry] });
  }
  return paragraphs;
}
