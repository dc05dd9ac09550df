import { countNames, isSetAgainst, lowerWords, type NameCount } from './names.ts';
import type { Steps } from './pace.ts';
import { personOfHeading, type ParsedDocument, type Sentence } from './reader.ts';
import type { SubjectHint, SubjectRole } from './tasks.ts';

const subjectsMax = 6;
const scoreMin = 12;

/** Titles of notes that somebody keeps about others. */
const aboutOthers =
  /\b(?:competit(?:ors?|ion|ive)|rivals?|battle ?cards?|notes on|versus|vs\.?|alternatives?|comparison|market (?:watch|scan))\b/iu;
/** Titles of what a company writes about its own product. */
const aboutOwn =
  /\b(?:products?|pricing|prices?|price list|features?|changelog|release notes|roadmap|handbook|manual|data ?sheet|about us|faq|documentation|readme|survey|trial|flyer|brochure)\b/iu;
/** Columns that say which product a row is about. */
const productHeader = /^(?:products?|tool|brand|vendor|provider|service)\b/iu;
const firstPerson = /\b(?:we|our|ours|us)\b/iu;

/** What the documents do with a name. */
interface Candidate {
  name: NameCount;
  pattern: RegExp;
  /** Its first word, where the documents also use that alone. */
  short: string | undefined;
  score: number;
  /** Titles that name it: those of notes about others, and those of own papers. */
  foreignTitles: number;
  ownTitles: number;
  /** Sentences that set it against something ("an alternative to X"), and those that say "we" or "our" with it. */
  contrasts: number;
  firstPersons: number;
  /** Documents that speak of it more than of any other name. */
  led: number;
  /** Rows that list it as a product. */
  listed: number;
}

/**
 * Names worth treating as subjects when the caller knows none: defined ("X is a …"), in headings, or named often; with a
 * guess of whose they are. The own product is the one that most documents speak of and that no document holds against
 * itself; competitors are those that notes about others are about, or that sentences compare with.
 */
export function* discoverSubjects(documents: readonly ParsedDocument[]): Steps<SubjectHint[]> {
  const candidates = yield* findCandidates(documents);
  for (const document of documents) {
    countTitles(candidates, document);
    const mentions = candidates.map(() => 0);
    for (const sentence of document.sentences) {
      yield;
      for (const [at, candidate] of candidates.entries())
        if (countCues(candidate, sentence)) mentions[at] = (mentions[at] ?? 0) + 1;
    }
    const most = Math.max(...mentions);
    const leader = candidates[mentions.indexOf(most)];
    if (leader !== undefined && most >= 3) leader.led += 1;
  }
  const own = ownOf(candidates);
  const employers = employersOf(documents);
  const roleOf = (candidate: Candidate): SubjectRole => {
    if (candidate === own) return 'own';
    if (employers.some((employer) => candidate.pattern.test(employer))) return 'customer';
    return isCompetitor(candidate) ? 'competitor' : 'other';
  };
  const weight = { own: 3, competitor: 2, other: 1, customer: 0 };
  return candidates
    .map((candidate) => ({
      candidate,
      role: roleOf(candidate),
      score: candidate.score,
      name: candidate.name.name,
    }))
    .sort(
      (left, right) =>
        weight[right.role] - weight[left.role] ||
        right.score - left.score ||
        left.name.localeCompare(right.name, 'en'),
    )
    .slice(0, subjectsMax)
    .map(({ name, role, candidate: { short } }) => ({
      name,
      role,
      ...(short === undefined ? {} : { aliases: [short] }),
    }));
}

function* findCandidates(documents: readonly ParsedDocument[]): Steps<Candidate[]> {
  const common = lowerWords(documents);
  const people = peopleIn(documents);
  const titles = documents.map((document) => titleOf(document)).join('\n');
  const listed = listedProducts(documents);
  const found: Candidate[] = [];
  const names = yield* countNames(documents, common);
  for (const name of names.values()) {
    if (/^(?:Dr|Prof|Mr|Mrs|Ms)\b/u.test(name.name) || name.name.split(' ').length > 3) continue;
    if (isPerson(name.name, people)) continue;
    const pattern = wordPattern(name.name);
    const isTitled = name.count + name.openings > 0 && pattern.test(titles);
    // "Team" is a plan here and a word elsewhere; a product may be called "Signal" all the same.
    const asWord = common.has(name.name.toLowerCase()) ? countWord(documents, name.name.toLowerCase()) : 0;
    if (asWord > 0 && (!isTitled || name.count < asWord * 5)) continue;
    // "Space is a problem" defines nothing that is heard of again.
    if (!isTitled && name.headings === 0 && name.count + name.openings < 3) continue;
    const score =
      name.definitions * 6 +
      name.headings * 2 +
      Math.min(name.count, 12) +
      name.documents.size * 2 +
      (isTitled ? 8 : 0);
    if (name.definitions === 0 && score < scoreMin && !listed.has(name.name)) continue;
    const counts = { foreignTitles: 0, ownTitles: 0, contrasts: 0, firstPersons: 0, led: 0, listed: 0 };
    const [first = ''] = name.name.split(' ');
    const alone = first === name.name || common.has(first.toLowerCase()) ? undefined : names.get(first);
    const isUsed = alone !== undefined && alone.count + alone.openings > 0 && !isPerson(first, people);
    found.push({ name, pattern, short: isUsed ? first : undefined, score, ...counts });
  }
  // "Acme Cloud" is told as Acme, and a long tail of names would only cost time.
  const byScore = found.sort(
    (left, right) => right.score - left.score || left.name.name.localeCompare(right.name.name, 'en'),
  );
  return byScore
    .filter(({ name }) => !byScore.some((other) => name.name.startsWith(`${other.name.name} `)))
    .slice(0, 24);
}

const wordPattern = (name: string): RegExp =>
  new RegExp(
    `(?<![\\p{L}\\p{N}])${name.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)}(?:['’]?s)?(?![\\p{L}\\p{N}])`,
    'u',
  );

/** What a column of products holds, where it holds more than one. */
function listedProducts(documents: readonly ParsedDocument[]): ReadonlySet<string> {
  const listed = new Set<string>();
  for (const { sentences } of documents)
    for (const { cells } of sentences)
      for (const cell of cells ?? []) if (productHeader.test(cell.header)) listed.add(cell.text);
  return listed.size > 1 ? listed : new Set();
}

function countWord(documents: readonly ParsedDocument[], word: string): number {
  const pattern = new RegExp(`(?<![\\p{L}\\p{N}])${word}(?![\\p{L}\\p{N}])`, 'gu');
  return documents.reduce((sum, { source }) => sum + (source.text.match(pattern)?.length ?? 0), 0);
}

/** The given title and the heading above everything. */
function titleOf({ source, sections, sentences }: ParsedDocument): string {
  const first = sections[1];
  const isTop = first !== undefined && sentences[0]?.section !== 0;
  return isTop ? `${source.title} ${first.heading}` : source.title;
}

function countTitles(candidates: readonly Candidate[], document: ParsedDocument): void {
  const title = titleOf(document);
  for (const candidate of candidates) {
    if (!candidate.pattern.test(title)) continue;
    if (aboutOthers.test(title)) candidate.foreignTitles += 1;
    else if (aboutOwn.test(title)) candidate.ownTitles += 1;
  }
}

/** Counts what a sentence says of a name; false when it does not hold it. */
function countCues(candidate: Candidate, { text, cells }: Sentence): boolean {
  if (!text.includes(candidate.name.name)) return false;
  const match = candidate.pattern.exec(text);
  if (match === null) return false;
  if (firstPerson.test(text)) candidate.firstPersons += 1;
  if (isSetAgainst(text, match.index, match.index + match[0].length)) candidate.contrasts += 1;
  if (cells?.some((cell) => cell.text === candidate.name.name && productHeader.test(cell.header)))
    candidate.listed += 1;
  return true;
}

/** Whether a name that is not the own one is that of a competitor. */
function isCompetitor(candidate: Candidate): boolean {
  const { foreignTitles, ownTitles, contrasts, led, listed, name } = candidate;
  if (foreignTitles > ownTitles || listed > 1) return true;
  return contrasts > 0 || (led > 0 && name.definitions > 0);
}

function ownOf(candidates: readonly Candidate[]): Candidate | undefined {
  const standing = ({ name, ...candidate }: Candidate): number =>
    name.documents.size * 3 +
    Math.min(name.count, 20) / 2 +
    Math.min(name.definitions, 2) * 5 +
    Math.min(candidate.firstPersons, 10) / 2 +
    candidate.led * 2 +
    candidate.ownTitles * 5 -
    candidate.foreignTitles * 12 -
    candidate.contrasts * 6;
  let best: Candidate | undefined;
  for (const candidate of candidates) {
    if (candidate.name.definitions === 0 && candidate.ownTitles === 0 && candidate.name.headings === 0)
      continue;
    if (best === undefined || standing(candidate) > standing(best)) best = candidate;
  }
  return best;
}

/** Everybody who speaks or is interviewed. */
function peopleIn(documents: readonly ParsedDocument[]): ReadonlySet<string> {
  const people = new Set<string>();
  for (const document of documents) {
    for (const { heading } of document.sections) {
      const person = personOfHeading(heading)?.speaker;
      if (person !== undefined) people.add(person);
    }
    for (const { speaker } of document.sentences)
      if (speaker?.speaker !== undefined) people.add(speaker.speaker);
  }
  return people;
}

/** Whether a name is that of a person, whole or in part. */
function isPerson(name: string, people: ReadonlySet<string>): boolean {
  for (const person of people)
    if (person === name || person.startsWith(`${name} `) || person.endsWith(` ${name}`)) return true;
  return false;
}

/** What speakers are said to be: "owner, Brightfold Web Studio". */
function employersOf(documents: readonly ParsedDocument[]): string[] {
  const roles = new Set<string>();
  for (const document of documents) {
    for (const { heading } of document.sections) roles.add(personOfHeading(heading)?.role ?? '');
    for (const { speaker } of document.sentences) roles.add(speaker?.role ?? '');
  }
  roles.delete('');
  return [...roles];
}
