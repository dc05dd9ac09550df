import { contextOf, isFinding } from './claims.ts';
import type { Corpus } from './corpus.ts';
import { findEntities } from './entities.ts';
import type { Steps } from './pace.ts';
import { quality } from './ranking.ts';
import type { CitedValue, EngineStamp, FillBriefResult } from './results.ts';
import type { Statement } from './statement.ts';
import type { FillBriefTask } from './tasks.ts';
import { isoDate, type Value } from './values.ts';

const audiencePattern =
  /\b(?:(?:is|are|was|were) (?:made |built |meant |designed |intended )?for|aimed at|built for|made for|designed for|intended for)\s+(.{8,200}?)(?:[.;]|$)/iu;
const goalPattern =
  /\b(?:we (?:want|aim|plan to reach|need)|(?:the|our) (?:aim|goal|objective|target)s? (?:is|are)|goals?:|targets?:)\b/iu;
const goalHeading = /\b(?:goals?|objectives?|targets?|campaign|okrs?)\b/iu;
const outreach =
  /\b(?:posts?|articles?|newsletters?|subscribers?|followers|readers|open rate|advertis\w*|campaigns?|audience|visitors|ads?|promot\w*|channels?|community|series|reach(?:es)?)\b/iu;
const campaignWords = /\b(?:campaign|launch|deadline|end of|until|by|no later than|due)\b/iu;

type BriefField = FillBriefResult['missing'][number];

/** Fills a brief from the documents; every value stands in one of them, and what none says is listed as missing. */
export function* fillBrief(
  corpus: Corpus,
  task: FillBriefTask,
): Steps<Omit<FillBriefResult, keyof EngineStamp>> {
  const usable = corpus.statements.filter(
    (statement) => isFinding(statement) && statement.standing === 'stated',
  );
  const product = findProduct(corpus, usable);
  const positioning = findPositioning(corpus, usable);
  const budget = findValue(usable, (value) => value.kind === 'money', /\bbudget\b/iu);
  const deadline = findDeadline(usable);
  const competitors = yield* findCompetitors(corpus);
  const rivals = new Set(competitors.map((competitor) => competitor.value));
  const own = usable.filter(
    (statement) => statement.subject?.role !== 'competitor' && !rivals.has(statement.subject?.name ?? ''),
  );
  const result = {
    audience: findAudience(own),
    competitors,
    channels: findChannels(own, task),
    goals: findGoals(own),
  };
  const found: Record<BriefField, boolean> = {
    product: product !== undefined,
    positioning: positioning !== undefined,
    audience: result.audience.length > 0,
    competitors: result.competitors.length > 0,
    channels: result.channels.length > 0,
    goals: result.goals.length > 0,
    budget: budget !== undefined,
    deadline: deadline !== undefined,
  };
  return {
    task: 'fill_brief',
    ...(product === undefined ? {} : { product }),
    ...(positioning === undefined ? {} : { positioning }),
    ...result,
    ...(budget === undefined ? {} : { budget }),
    ...(deadline === undefined ? {} : { deadline }),
    missing: (Object.keys(found) as BriefField[]).filter((field) => !found[field]),
  };
}

function cited(statement: Statement, value: string, confidence: number): CitedValue {
  return { value, confidence: Math.round(confidence * 100) / 100, citation: statement.cite() };
}

function definition(corpus: Corpus, statement: Statement): { name: string; rest: string } | undefined {
  const { main } = corpus.book;
  const match = /^(.{2,60}?) is (an? .{10,})$/iu.exec(statement.text);
  if (match?.[1] === undefined || match[2] === undefined || main === undefined) return undefined;
  return corpus.book.find(match[1].replace(/^(?:the|a|an) /iu, '')) === main
    ? { name: main.name, rest: match[2] }
    : undefined;
}

function findProduct(corpus: Corpus, usable: readonly Statement[]): CitedValue | undefined {
  const { main } = corpus.book;
  if (main === undefined) return undefined;
  const defining = usable.find((statement) => definition(corpus, statement) !== undefined);
  const mention = defining ?? usable.find((statement) => statement.names(main));
  return mention === undefined ? undefined : cited(mention, main.name, defining === undefined ? 0.6 : 0.9);
}

function findPositioning(corpus: Corpus, usable: readonly Statement[]): CitedValue | undefined {
  const defining = usable
    .filter((statement) => definition(corpus, statement) !== undefined)
    .sort((left, right) => right.text.length - left.text.length || left.id - right.id)[0];
  return defining === undefined ? undefined : cited(defining, defining.text, 0.8);
}

function findAudience(usable: readonly Statement[]): CitedValue[] {
  const found: CitedValue[] = [];
  for (const statement of usable) {
    if (statement.sentence.speaker !== undefined) continue;
    const match = audiencePattern.exec(statement.text);
    const phrase = match?.[1];
    if (phrase === undefined || /^(?:the|this|that|\d)/iu.test(phrase)) continue;
    // "… and the rest is for taxes" speaks of no audience.
    const before = statement.text.slice(0, match?.index).trim();
    if (statement.mentions().length > 0 || before.split(' ').length <= 4)
      found.push(cited(statement, phrase.trim(), 0.8 * quality(statement)));
  }
  return found.slice(0, 6);
}

function* findCompetitors(corpus: Corpus): Steps<CitedValue[]> {
  const { entities } = yield* findEntities(corpus, { task: 'find_entities', sources: [] });
  const named = corpus.documents.flatMap((document) => {
    const title = [document.source.title, document.sections[1]?.heading ?? ''].join(' ');
    return /\b(?:competitors?|rivals?|notes on)\b/iu.test(title)
      ? entities.filter((entity) => title.includes(entity.name)).map((entity) => entity.name)
      : [];
  });
  const titled = new Set(named);
  return entities
    .filter(
      (entity) =>
        entity.citations.length > 0 &&
        entity.name !== corpus.book.main?.name &&
        (entity.role === 'competitor' || titled.has(entity.name)),
    )
    .slice(0, 8)
    .map((entity) => ({
      value: entity.name,
      confidence: titled.has(entity.name) ? 0.9 : 0.6,
      citation: introduction(corpus, entity.name) ?? (entity.citations[0] as CitedValue['citation']),
    }));
}

/** The sentence that says what a competitor is, or the first that begins with its name. */
function introduction(corpus: Corpus, name: string): CitedValue['citation'] | undefined {
  const opening = corpus.statements.filter(
    (statement) => statement.isOnTopic && statement.text.startsWith(name),
  );
  const defining = opening.find((statement) => /^ is an? /u.test(statement.text.slice(name.length)));
  return (defining ?? opening[0])?.cite();
}

function findChannels(usable: readonly Statement[], task: FillBriefTask): CitedValue[] {
  const found: CitedValue[] = [];
  for (const channel of task.channels ?? []) {
    const pattern = new RegExp(
      `(?<![\\p{L}\\p{N}])(?:${channel.words.map((word) => word.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)).join('|')})(?![\\p{L}\\p{N}])`,
      'iu',
    );
    const mention = usable.find(
      (statement) =>
        statement.sentence.kind !== 'row' && pattern.test(statement.text) && outreach.test(statement.text),
    );
    if (mention !== undefined) found.push(cited(mention, channel.id, 0.7));
  }
  return found;
}

function findGoals(usable: readonly Statement[]): CitedValue[] {
  const found: CitedValue[] = [];
  for (const statement of usable) {
    if (statement.sentence.speaker !== undefined) continue;
    const heading = statement.document.sections[statement.sentence.section]?.heading ?? '';
    const says = goalPattern.test(statement.text);
    const listed = statement.sentence.kind === 'bullet' && goalHeading.test(heading);
    const context = contextOf(statement)?.quote ?? '';
    if (
      (says && (goalHeading.test(heading) || statement.values().length > 0)) ||
      listed ||
      goalPattern.test(context)
    )
      found.push(cited(statement, statement.text, says ? 0.85 : 0.6));
  }
  return found.slice(0, 6);
}

function findValue(
  usable: readonly Statement[],
  accept: (value: Value) => boolean,
  cue: RegExp,
): CitedValue | undefined {
  for (const statement of usable) {
    if (!cue.test(statement.text) || statement.subject?.role === 'competitor') continue;
    const value = statement.values().find((candidate) => accept(candidate));
    if (value !== undefined) return cited(statement, value.text, 0.85);
  }
  return undefined;
}

function findDeadline(usable: readonly Statement[]): CitedValue | undefined {
  const ends = /\b(?:ends?|deadline|due|until|no later than|finish(?:es)?|closes?)\b/iu;
  let weaker: CitedValue | undefined;
  for (const statement of usable) {
    const { speaker, kind } = statement.sentence;
    if (!ends.test(statement.text) || !campaignWords.test(statement.text)) continue;
    if (speaker !== undefined || kind === 'row' || statement.subject?.role === 'competitor') continue;
    const at = statement.text.search(ends);
    const value = statement
      .values()
      .find(
        (candidate) => candidate.kind === 'date' && candidate.precision === 'day' && candidate.start > at,
      );
    if (value?.number === undefined) continue;
    const date = isoDate(value.number);
    if (/\b(?:campaign|launch)\b/iu.test(statement.text)) return cited(statement, date, 0.9);
    weaker ??= cited(statement, date, 0.6);
  }
  return weaker;
}
