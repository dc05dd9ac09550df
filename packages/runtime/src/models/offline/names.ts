import { competitorCue } from './lexicon.ts';
import type { Steps } from './pace.ts';
import type { ParsedDocument } from './reader.ts';

/** A capitalised name found in running text. */
export interface NameCount {
  name: string;
  /** Mentions in the middle of sentences, where a capital says something. */
  count: number;
  documents: Set<number>;
  /** Sentences that begin with it, which by itself says little of a single word. */
  openings: number;
  /** Mentions in titles and headings. */
  headings: number;
  /** Sentences that define it: "Acme is a …", "Acme sells …". */
  definitions: number;
  /** Words right before it, in lower case, with counts. */
  before: Map<string, number>;
  /** Up to three mentions: document and sentence index with the offset inside the sentence's text. */
  places: { document: number; sentence: number }[];
}

const capitalised =
  /(?<![\p{L}\p{N}])\p{Lu}[\p{L}\p{N}'’&-]*(?:(?: (?:of|do|da|de|van|von|del|la|le) (?=\p{Lu})| (?=\p{Lu}))\p{Lu}[\p{L}\p{N}'’&-]*){0,4}/gu;
const ignored = new Set(
  (
    'january february march april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday ' +
    'i yes no ok faq api http https url csv html pdf json yaml vat eur usd gbp the a an in on at for from by with and but or if our we it its this that you your they their ' +
    'all each every some any not none what which who when where why how there here he she who somebody nobody everybody everyone another other others both many most interview question answer state sources note price prices plan feature features pricing about email e-mail'
  ).split(' '),
);

/** Counts the names of the documents; single words that only ever open a sentence are no names. */
export function* countNames(
  documents: readonly ParsedDocument[],
  common: ReadonlySet<string> = lowerWords(documents),
): Steps<Map<string, NameCount>> {
  const names = new Map<string, NameCount>();
  const entry = (name: string): NameCount => {
    let found = names.get(name);
    if (found === undefined) {
      found = {
        name,
        count: 0,
        documents: new Set(),
        openings: 0,
        headings: 0,
        definitions: 0,
        before: new Map(),
        places: [],
      };
      names.set(name, found);
    }
    return found;
  };
  for (const [index, document] of documents.entries()) {
    for (const heading of [document.source.title, ...document.sections.map((section) => section.heading)]) {
      for (const name of namesIn(heading, common)) entry(name.text).headings += 1;
    }
    for (const sentence of document.sentences) {
      yield;
      if (sentence.text.length > 2_000 || names.size > 20_000) continue;
      for (const name of namesIn(sentence.text, common)) addMention(entry(name.text), name, sentence, index);
    }
  }
  return names;
}

interface FoundName {
  text: string;
  start: number;
  opens: boolean;
}

function addMention(
  entry: NameCount,
  name: FoundName,
  sentence: ParsedDocument['sentences'][number],
  document: number,
): void {
  if (name.opens) {
    entry.openings += 1;
    if (
      /^ (?:(?:is|was) (?:a|an|the|our|one of)|sells|makes|offers|produces|publishes)\b/u.test(
        sentence.text.slice(name.start + name.text.length, name.start + name.text.length + 12),
      )
    )
      entry.definitions += 1;
    if (entry.definitions === 0 && !name.text.includes(' ')) return;
  }
  entry.count += 1;
  entry.documents.add(document);
  const before = /([\p{L}]+)[\s"“(]*$/u.exec(sentence.text.slice(0, name.start))?.[1]?.toLowerCase();
  if (before !== undefined) entry.before.set(before, (entry.before.get(before) ?? 0) + 1);
  if (entry.places.length < 3) entry.places.push({ document, sentence: sentence.index });
}

/** Words that the documents also write in lower case: at the start of a sentence they are no part of a name. */
export function lowerWords(documents: readonly ParsedDocument[]): Set<string> {
  const words = new Set<string>();
  for (const document of documents) {
    for (const word of document.source.text
      .slice(0, 400_000)
      .matchAll(/(?<![\p{L}\p{N}])\p{Ll}[\p{L}'’-]+/gu))
      words.add(word[0]);
  }
  return words;
}

function namesIn(text: string, common: ReadonlySet<string>): FoundName[] {
  const found: FoundName[] = [];
  for (const match of text.slice(0, 2_000).matchAll(capitalised)) {
    let name = match[0].replace(/['’]s?$/u, '');
    let start = match.index;
    const opens = start === 0 || /[.!?:;"“(>]\s*$/u.test(text.slice(0, start));
    const first = /^(\S+) /u.exec(name)?.[1];
    if (
      opens &&
      first !== undefined &&
      (ignored.has(first.toLowerCase()) || common.has(first.toLowerCase()))
    ) {
      name = name.slice(first.length + 1);
      start += first.length + 1;
    }
    if (name.length < 3 || ignored.has(name.toLowerCase())) continue;
    found.push({ text: name, start, opens: opens && start === match.index });
  }
  return found;
}

const allCues = new RegExp(competitorCue.source, 'giu');
const calledRival = /^[^.;]{0,60}?\b(?:is|are|was|remains?) [^.;]{0,40}?\b(?:competitors?|rivals?)\b/iu;

/** Whether the name at these offsets is set against something: "an alternative to X", "compared with X", "X is our closest rival". */
export function isSetAgainst(text: string, start: number, end: number): boolean {
  const before = text.slice(Math.max(0, start - 60), start);
  const last = [...before.matchAll(allCues)].at(-1);
  const isClose = last !== undefined && before.length - last.index - last[0].length <= 16;
  return isClose || calledRival.test(text.slice(end));
}
