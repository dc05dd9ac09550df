import { attributeOf, canonical, clauses, firstVerb, termsOf, type TokenRange } from './attributes.ts';
import type { Cell } from './blocks.ts';
import { contextOf, isFinding, readable } from './claims.ts';
import { termsOfText, type Corpus } from './corpus.ts';
import type { Language, Token } from './language.ts';
import type { Steps } from './pace.ts';
import { isAboutDocument, quality } from './ranking.ts';
import type { Citation, FactKind, Standing } from './results.ts';
import type { Statement } from './statement.ts';
import type { Subject } from './subjects.ts';
import { currencyOf, findValues, isTimeFrame, type Value } from './values.ts';

/** A value found in one statement, before the same facts of several documents are brought together. */
export interface FactDraft {
  statement: Statement;
  subject: Subject | undefined;
  attribute: string;
  /** Terms of the attribute and of its clause; see `Attribute`. */
  stems: string[];
  signature: ReadonlySet<string>;
  value: string;
  kind: FactKind;
  number: number | undefined;
  unit: string | undefined;
  claim: string;
  plain: string;
  weight: number;
  standing: Standing;
  context: Citation | undefined;
}

const kindWeight: Readonly<Record<FactKind, number>> = {
  price: 0.95,
  percentage: 0.9,
  limit: 0.8,
  duration: 0.8,
  count: 0.75,
  other: 0.7,
  date: 0.65,
  feature: 0.5,
};

/** Every value and feature stated on the topic by the documents themselves; what people say is a voice, not a fact. */
export function* draftFacts(corpus: Corpus): Steps<FactDraft[]> {
  const drafts: FactDraft[] = [];
  const constant = constantColumns(corpus);
  for (const statement of corpus.statements) {
    yield;
    if (!isFinding(statement) || statement.sentence.isQuestion || statement.sentence.speaker !== undefined)
      continue;
    if (isAboutDocument(statement) || quality(statement) < 0.39) continue;
    if (statement.sentence.cells === undefined) drafts.push(...sentenceFacts(corpus, statement));
    else drafts.push(...rowFacts(corpus, statement, constant));
  }
  return drafts;
}

function sentenceFacts(corpus: Corpus, statement: Statement): FactDraft[] {
  const claim = readable(statement);
  const drafts: FactDraft[] = [];
  const tokens = statement.tokens();
  const ranges = clauses(tokens);
  const values = statement.values().slice(0, 12);
  const analysed = { text: statement.text, tokens, ranges, values };
  for (const value of values) {
    if (
      isAsked(value, statement.text) ||
      isBase(value, statement.text) ||
      isPartOfName(value, statement.text)
    )
      continue;
    const attribute = attributeOf(analysed, value, corpus.book.words, corpus.language);
    if (attribute === undefined || attribute.label.length < 2) continue;
    if (
      value.kind === 'count' &&
      value.text.includes('.') &&
      !namesNoun(value, attribute.label, statement.text)
    )
      continue;
    drafts.push({
      ...commonParts(corpus, statement, aside(value, statement)),
      attribute: attribute.label,
      stems: attribute.stems,
      signature: attribute.signature,
      ...valueParts(value, statement.text, attribute.signature, corpus),
      value: statement.text.slice(value.start, attribute.valueEnd),
      claim,
      plain: statement.text,
    });
  }
  return drafts.length > 0 ? drafts : featureFacts(corpus, statement, { tokens, ranges }, claim);
}

/** "They ask whether it is free": asked, not said. */
function isAsked(value: Value, text: string): boolean {
  return value.kind === 'word' && /\bwhether\b[^.;]*$/iu.test(text.slice(0, value.start));
}

/** "Of 100 visitors, 38 stay": the hundred only says what the others are a share of. */
function isBase(value: Value, text: string): boolean {
  if (value.kind !== 'count') return false;
  const before = text.slice(0, value.start);
  return (
    /(?:^|[.;:,] )(?:out )?of (?:the |every )?$/iu.test(before) && /^[^.;]*?, \w/u.test(text.slice(value.end))
  );
}

/** "A Wool 40 costs more": a number behind a name belongs to the name. */
function isPartOfName(value: Value, text: string): boolean {
  if (value.kind !== 'count' || !/^\d+$/u.test(value.text)) return false;
  return (
    /(?:^|\s)(?:the|an?|one|each|every|of|for|than) \p{Lu}\p{Ll}+ $/u.test(text.slice(0, value.start)) &&
    !/^ \p{Ll}+s\b(?<! (?:costs|is|was|has|weighs|lasts|needs))/u.test(text.slice(value.end))
  );
}

/** A bare decimal is a version or a clause number unless the attribute follows it ("4.6 stars"). */
function namesNoun(value: Value, label: string, text: string): boolean {
  return text.slice(value.end, value.end + label.length + 2).includes(label);
}

/** Dates beside another value and time frames ("in the twelve months to …") are the circumstance, not the fact. */
function aside(value: Value, statement: Statement): number {
  if (value.kind === 'date' && statement.values().length > 1) return 0.75;
  // "Two of them", "one other": small numbers in words seldom are the point.
  if (value.kind === 'count' && /^(?:one|two|three|four)$/iu.test(value.text)) return 0.7;
  return isTimeFrame(value, statement.text) && statement.values().length > 1 ? 0.5 : 1;
}

function commonParts(
  corpus: Corpus,
  statement: Statement,
  factor: number,
): Pick<FactDraft, 'statement' | 'subject' | 'weight' | 'standing' | 'context'> {
  const role = statement.subject?.role;
  const known = statement.subject === undefined ? 0.6 : role === 'own' || role === undefined ? 1 : 0.95;
  return {
    statement,
    subject: statement.subject ?? corpus.book.main,
    weight: quality(statement) * known * factor,
    standing: statement.standing,
    context: contextOf(statement),
  };
}

function valueParts(
  value: Value,
  text: string,
  signature: ReadonlySet<string>,
  corpus: Corpus,
): Pick<FactDraft, 'value' | 'kind' | 'number' | 'unit'> {
  return {
    value: value.text,
    kind: kindOf(value, text, signature, corpus),
    number: value.number,
    unit: value.unit,
  };
}

function priceTerm(corpus: Corpus): string {
  return corpus.language.canonical(corpus.language.stem('price'));
}

const limiting =
  /(?:up to|at most|at least|no more than|maximum|minimum|limit(?:ed)?|shortest|largest|longest|smallest|not more than|unlimited)\b/iu;

function kindOf(value: Value, text: string, signature: ReadonlySet<string>, corpus: Corpus): FactKind {
  switch (value.kind) {
    case 'money':
      return value.unit?.includes('/') === true ||
        signature.has(priceTerm(corpus)) ||
        /\b(?:rent\w*|deposit|price[sd]?|cost\w*|fees?|charg\w*|pa(?:y|ys|id)|plan)\b/iu.test(text)
        ? 'price'
        : 'other';
    case 'percentage':
      return 'percentage';
    case 'date':
      return 'date';
    case 'duration':
      return 'duration';
    case 'word':
      return value.unit === 'free' ? 'price' : 'limit';
    case 'count':
    case 'ratio':
    case 'quantity': {
      const near = text.slice(Math.max(0, value.start - 40), value.start);
      if (limiting.test(near) || limiting.test(value.text)) return 'limit';
      return value.kind === 'quantity' ? 'other' : 'count';
    }
  }
}

const stating = new Set(
  'be have need require support include offer use run store keep serve provide contain lack cover allow accept meet carry promise hand replace recommend receive connect work come go'.split(
    ' ',
  ),
);

function isStating(verb: Token): boolean {
  return verb.pos === 'AUX' || stating.has(verb.lemma);
}

/** A statement without values: "Single sign-on is not available", "needs PostgreSQL", or a bullet under a heading. */
function featureFacts(
  corpus: Corpus,
  statement: Statement,
  { tokens, ranges }: { tokens: readonly Token[]; ranges: readonly TokenRange[] },
  claim: string,
): FactDraft[] {
  if (statement.text.length > 260 || statement.wordCount < 3 || statement.sentence.kind === 'quote')
    return [];
  const first = ranges[0] ?? { from: 0, to: tokens.length };
  const inside = tokens.slice(first.from, first.to);
  const verbAt = firstVerb(inside);
  const heading = statement.document.sections[statement.sentence.section]?.heading ?? '';
  const verb = inside[verbAt];
  const isBullet = statement.sentence.kind === 'bullet';
  const isListed = /^(?:\S+ ){0,4}\S+: \S/u.test(statement.text);
  if (verb === undefined && !isBullet && !isListed) return [];
  const isFull = verb !== undefined && verb.pos === 'VERB';
  const cut = verb === undefined ? 0 : isFull ? verb.end : Math.max(0, verb.start - 1);
  const head = statement.text
    .slice(0, cut)
    .replace(/^(?:the|a|an|its|their|our)\s+/iu, '')
    .trim();
  const named =
    head !== '' &&
    !/^(?:it|there|you|we|they|he|she|this|that|these|people|anyone|everyone|everything|none|nobody)\b/iu.test(
      head,
    );
  const tail = statement.text.slice(isFull ? verb.end + 1 : verb?.start);
  const clause = tail.slice(0, (inside.at(-1)?.end ?? 0) - statement.text.length + tail.length).trim();
  // "The box keeps cool; it does not freeze": a clause of one word needs what follows.
  const rest = named ? (clause.includes(' ') ? clause : tail) : statement.text;
  const attribute = named ? head : heading;
  if (attribute === '' || !rest.trim().includes(' ') || attribute.split(' ').length > 9) return [];
  return [
    {
      ...commonParts(corpus, statement, isBullet ? 1 : verb === undefined || isStating(verb) ? 0.9 : 0.8),
      attribute,
      stems: canonical(termsOfText(attribute, corpus.language), corpus.language),
      signature: new Set(termsOf(tokens, corpus.book.words, corpus.language)),
      value: rest.trim(),
      kind: 'feature',
      number: undefined,
      unit: undefined,
      claim,
      plain: statement.text,
    },
  ];
}

/** Columns in which every row says the same (a date of validity) tell nothing of a single row. */
function constantColumns(corpus: Corpus): ReadonlySet<string> {
  const seen = new Map<string, { values: Set<string>; rows: number }>();
  for (const statement of corpus.statements) {
    for (const cell of statement.sentence.cells ?? []) {
      const key = columnKey(statement, cell);
      const column = seen.get(key) ?? { values: new Set(), rows: 0 };
      column.values.add(cell.text);
      column.rows += 1;
      seen.set(key, column);
    }
  }
  return new Set(
    [...seen].filter(([, column]) => column.rows > 2 && column.values.size === 1).map(([key]) => key),
  );
}

function columnKey(statement: Statement, cell: Cell): string {
  return `${statement.documentIndex}:${statement.sentence.context?.start ?? -1}:${cell.header}`;
}

const sideColumn = /^(?:id|nr|no|unit|remarks?|notes?|comment|valid|date|currency|source|url|link)\b/iu;
const genericLabel =
  /^(?:item|name|product|propert(?:y|ies)|measure|metric|question|key|field|attribute|)$/iu;
const plainHeader = /^(?:values?|share|amount|result|figure|answer|number|data|)$/iu;

function rowFacts(corpus: Corpus, statement: Statement, constant: ReadonlySet<string>): FactDraft[] {
  const cells = statement.sentence.cells ?? [];
  const next = statement.document.sentences[statement.sentence.index + 1];
  if (next?.kind === 'cell' && next.block === statement.sentence.block) return [];
  const label = cells.find((cell) => cell.text !== '');
  if (label === undefined) return [];
  const drafts: FactDraft[] = [];
  for (const cell of cells) {
    if (cell === label || cell.text === '' || /^[-–—]$/u.test(cell.text)) continue;
    if (sideColumn.test(cell.header) || constant.has(columnKey(statement, cell))) continue;
    drafts.push(cellFact(corpus, statement, label, cell));
  }
  return drafts;
}

function cellFact(corpus: Corpus, statement: Statement, label: Cell, cell: Cell): FactDraft {
  const { language } = corpus;
  const header = cell.header.replaceAll('_', ' ');
  const plainValue = plainHeader.test(header);
  const named =
    label.header === '' || plainValue ? label.text : `${label.header.replaceAll('_', ' ')}: ${label.text}`;
  const plain = plainValue ? `${label.text}: ${cell.text}` : `${named}; ${header}: ${cell.text}`;
  const attribute = plainValue ? label.text : `${label.text}, ${header}`;
  const value = cellValue(cell);
  const own = corpus.book.words;
  const headerStems = plainValue
    ? []
    : termsOf(language.tokens(header.replace(/\b(?:usd|eur|gbp)\b/iu, '')), own, language);
  const kind =
    genericLabel.test(label.header) || plainValue
      ? []
      : termsOf(language.tokens(label.header), own, language);
  const stems = [...new Set([...labelStems(label.text, own, language, plainValue), ...headerStems])].sort();
  const signature = new Set(
    [...stems, ...kind].filter((stem) => value?.kind !== 'money' || stem !== priceTerm(corpus)).sort(),
  );
  const subject = columnSubject(corpus, cell) ?? statement.subject;
  const prefix =
    subject === undefined ||
    corpus.book.mentions(plain).some((mention) => mention.subject === subject) ||
    /\d/u.test(subject.name);
  const digitsInHeader = /\d/u.test(header) || /\d/u.test(label.header);
  return {
    ...commonParts(corpus, statement, 1),
    subject: subject ?? corpus.book.main,
    ...(digitsInHeader ? {} : { context: contextOf(statement) }),
    attribute,
    stems,
    signature,
    value: cell.text,
    kind: value === undefined ? 'feature' : kindOf(value, `${header} ${cell.text}`, new Set(stems), corpus),
    number: value?.number,
    unit: value?.unit,
    claim: prefix ? plain : `${subject.name}: ${plain}`,
    plain,
  };
}

/** In a table that compares products each column speaks of the one its header names. */
function columnSubject(corpus: Corpus, { header }: Cell): Subject | undefined {
  const named = new Set(corpus.book.mentions(header).map((mention) => mention.subject));
  return named.size === 1 ? [...named][0] : undefined;
}

/** The label of a property table is an attribute ("Design life"); that of another table is a name ("Team"). */
function labelStems(
  text: string,
  own: ReadonlySet<string>,
  language: Language,
  isProperty: boolean,
): string[] {
  const tokens = language.tokens(text);
  const stems =
    isProperty || text.includes(' ')
      ? termsOf(tokens, own, language)
      : tokens.filter((token) => !token.isStop).map((token) => token.stem);
  // A row named "May" or "2025" is still one of several.
  return stems.length > 0 ? stems : [text.toLowerCase()];
}

/** The value of a cell, its currency taken from the header when the cell is a bare number ("price_eur"). */
function cellValue(cell: Cell): Value | undefined {
  const value = findValues(cell.text)[0];
  if (value === undefined || value.kind !== 'count') return value;
  const header = cell.header.replaceAll('_', ' ');
  const currency = currencyOf(header);
  if (currency !== undefined && /^[\d.,\s]+$/u.test(cell.text))
    return { ...value, kind: 'money', unit: currency };
  return value;
}

/** The weight of a fact: how much its kind is worth telling, times how well its statement stands alone. */
export function factWeight(draft: FactDraft, documents: number): number {
  return Math.min(1, kindWeight[draft.kind] * draft.weight + 0.05 * Math.min(3, documents - 1));
}
