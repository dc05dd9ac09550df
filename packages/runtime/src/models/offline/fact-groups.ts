import type { Corpus } from './corpus.ts';
import { draftFacts, factWeight, type FactDraft } from './facts.ts';
import type { Steps } from './pace.ts';
import { commonTerms, similarity } from './ranking.ts';
import type {
  ConflictingStatement,
  Contradiction,
  EngineStamp,
  Fact,
  FindContradictionsResult,
  FindFactsResult,
  Standing,
} from './results.ts';
import type { Subject } from './subjects.ts';
import type { FindFactsTask } from './tasks.ts';

/** Drafts that state one value, and the drafts that state another for the same thing. */
export interface FactGroup {
  /** The statement to believe, or the first of the undecided ones. */
  lead: FactDraft;
  same: FactDraft[];
  others: FactDraft[];
  /** False when no statement says which value holds. */
  isDecided: boolean;
}

const rank: Readonly<Record<Standing, number>> = { stated: 0, disputed: 1, outdated: 2, draft: 3 };

/** Brings together what several documents say of the same attribute. */
export function* groupFacts(corpus: Corpus): Steps<FactGroup[]> {
  const drafts = (yield* draftFacts(corpus)).sort(
    (left, right) => rank[left.standing] - rank[right.standing] || left.statement.id - right.statement.id,
  );
  const groups: FactGroup[] = [];
  const index = new GroupIndex();
  for (const draft of drafts) {
    yield;
    const near = index.near(draft);
    const same = near.find((group) => statesSame(group.lead, draft));
    const rival = same === undefined ? bestRival(near, draft) : undefined;
    if (same !== undefined) same.same.push(draft);
    else if (rival !== undefined && rival.others.length < 8) {
      rival.others.push(draft);
      if (draft.standing === 'stated') rival.isDecided = false;
    } else {
      const group: FactGroup = { lead: draft, same: [], others: [], isDecided: true };
      groups.push(group);
      index.add(group);
    }
  }
  for (const group of groups) decideByDate(group);
  return groups;
}

const groupsPerTermMax = 50;

/** Finds the groups of a subject and a measure by the terms of their lead. Features have no value that could agree or differ. */
class GroupIndex {
  readonly #terms = new Map<Subject | undefined, Map<string, Map<string, FactGroup[]>>>();

  add(group: FactGroup): void {
    const { lead } = group;
    if (lead.number === undefined) return;
    const measures = this.#terms.get(lead.subject) ?? new Map<string, Map<string, FactGroup[]>>();
    this.#terms.set(lead.subject, measures);
    const terms = measures.get(measureOf(lead)) ?? new Map<string, FactGroup[]>();
    measures.set(measureOf(lead), terms);
    for (const key of keysOf(lead)) {
      const list = terms.get(key);
      if (list === undefined) terms.set(key, [group]);
      else if (list.length < groupsPerTermMax) list.push(group);
    }
  }

  /** Groups that share a term with the draft and could state the same measure. */
  near(draft: FactDraft): FactGroup[] {
    if (draft.number === undefined) return [];
    const terms = this.#terms.get(draft.subject)?.get(measureOf(draft));
    if (terms === undefined) return [];
    const found = new Set<FactGroup>();
    for (const key of keysOf(draft))
      for (const group of terms.get(key) ?? []) if (unitsAgree(group.lead, draft)) found.add(group);
    return [...found];
  }
}

/** What a draft is found by: its label, and every term of its clause. */
function keysOf({ stems, signature }: FactDraft): string[] {
  return stems.length === 0 ? [...signature] : [`=${stems.join(' ')}`, ...signature];
}

/** What values must have in common to be compared at all: the currency, the unit, or that they count. */
function measureOf({ unit = '' }: FactDraft): string {
  const slash = unit.indexOf('/');
  return slash < 0 ? unit : unit.slice(0, slash);
}

function statesSame(left: FactDraft, right: FactDraft): boolean {
  if (left.number === undefined || left.number !== right.number) return false;
  return similarity(left.signature, right.signature) >= 0.5 || sameLabel(left, right);
}

function sameLabel(left: FactDraft, right: FactDraft): boolean {
  return (
    left.stems.length > 0 &&
    left.stems.length === right.stems.length &&
    left.stems.every((stem, index) => stem === right.stems[index])
  );
}

/** Same measure: equal units, or money of one currency of which one side leaves the period out. */
function unitsAgree(left: FactDraft, right: FactDraft): boolean {
  if (isShare(left) !== isShare(right)) return false;
  if (left.unit === right.unit)
    return left.unit !== undefined || left.kind === right.kind || isCount(left, right);
  if (left.kind !== 'price' || right.kind !== 'price') return false;
  const isBare = left.unit?.includes('/') !== true || right.unit?.includes('/') !== true;
  return isBare && measureOf(left) === measureOf(right);
}

/** "27 of 300" is a part of something, "300" the whole. */
function isShare({ value, unit }: FactDraft): boolean {
  return unit === undefined && /^\S+ (?:(?:out )?of|in) (?:the )?(?:\d|\p{Ll}+\b)/u.test(value);
}

const counting: ReadonlySet<string> = new Set(['count', 'limit', 'other']);

function isCount(left: FactDraft, right: FactDraft): boolean {
  return counting.has(left.kind) && counting.has(right.kind);
}

function bestRival(near: readonly FactGroup[], draft: FactDraft): FactGroup | undefined {
  let best: { group: FactGroup; score: number } | undefined;
  for (const group of near) {
    const score = rivalry(group.lead, draft);
    if (score > 0 && (best === undefined || score > best.score)) best = { group, score };
  }
  return best?.group;
}

/** How surely two drafts of one measure give different values for the same thing; 0 when they do not. */
function rivalry(left: FactDraft, right: FactDraft): number {
  if (left.number === undefined || right.number === undefined || left.number === right.number) return 0;
  if (left.statement === right.statement || left.kind === 'date') return 0;
  const marked = left.standing !== 'stated' || right.standing !== 'stated';
  const sameSection =
    left.statement.document === right.statement.document &&
    left.statement.sentence.section === right.statement.sentence.section;
  if (sameSection && !marked) return 0;
  const common = commonTerms(left.signature, right.signature);
  const either = left.signature.size + right.signature.size - common;
  const overlap = either === 0 ? 0 : common / either;
  const isNamedAlike = sameLabel(left, right);
  if (marked) {
    const contained = common / Math.max(1, Math.min(left.signature.size, right.signature.size));
    const named = isNamedAlike && (left.stems.length > 1 || overlap >= 0.4);
    const within = overlap >= 0.3 && contained >= 0.7 && (common >= 2 || overlap >= 0.5);
    return named || within ? overlap + Number(isNamedAlike) : 0;
  }
  if (isNamedAlike && (left.stems.length > 1 || overlap >= 0.6 || isUnqualified(left, right, overlap)))
    return 1 + overlap;
  return overlap >= 0.7 && common >= 2 ? overlap : 0;
}

/**
 * "A 5-year warranty", "a 3-year warranty" of another document: named by one word, measured alike and said to be for
 * nobody in particular, they speak of the same thing whatever else stands around them.
 */
function isUnqualified(left: FactDraft, right: FactDraft, overlap: number): boolean {
  const isTerm = left.kind === 'duration' || left.kind === 'price';
  const isForSome = [left, right].some(({ plain }) => /\bfor (?!\d)\p{L}/u.test(plain));
  const isApart = left.statement.document !== right.statement.document;
  return (
    isTerm && left.unit !== undefined && left.unit === right.unit && isApart && !isForSome && overlap >= 0.2
  );
}

/** Two stated values: the newer statement wins when both sides are dated a month or more apart and it says so. */
function decideByDate(group: FactGroup): void {
  if (group.isDecided || group.others.length === 0) return;
  const saysValid = /\b(?:valid from|effective|as of|since|from) \d/iu;
  const all = [group.lead, ...group.others.filter((draft) => draft.standing === 'stated')];
  const valid = all.filter((draft) => saysValid.test(draft.plain));
  if (valid.length !== 1 || valid[0] === group.lead) return;
  const lead = valid[0] as FactDraft;
  group.others = [group.lead, ...group.same, ...group.others.filter((draft) => draft !== lead)];
  group.same = [];
  group.lead = lead;
}

function standingOfGroup(group: FactGroup): Standing {
  if (group.lead.standing !== 'stated') return group.lead.standing;
  return group.isDecided ? 'stated' : 'disputed';
}

function subjectName(draft: FactDraft): string {
  return draft.subject?.name ?? draft.statement.document.source.title;
}

/** Facts with their contradictions, most worth telling first. */
export function findFacts(
  corpus: Corpus,
  task: FindFactsTask,
  all: readonly FactGroup[],
): Omit<FindFactsResult, keyof EngineStamp> {
  const groups = all
    .map((group) => ({ group, weight: factWeight(group.lead, documentsOf(group)) }))
    .sort(
      (left, right) =>
        right.weight - left.weight ||
        left.group.lead.statement.id - right.group.lead.statement.id ||
        left.group.lead.attribute.localeCompare(right.group.lead.attribute, 'en'),
    )
    .slice(0, task.factsMax ?? 800);
  return {
    task: 'find_facts',
    facts: groups.map(({ group, weight }, index) => toFact(group, weight, index)),
    subjects: corpus.book.subjects.map((subject) => subject.name),
  };
}

function documentsOf(group: FactGroup): number {
  return new Set([group.lead, ...group.same].map((draft) => draft.statement.documentIndex)).size;
}

function toFact(group: FactGroup, weight: number, index: number): Fact {
  const { lead } = group;
  const standing = standingOfGroup(group);
  const { words } = lead.statement.mark;
  const seen = new Set<string>();
  const citations = [lead, ...group.same]
    .map((draft) => draft.statement.cite())
    .filter((citation) => {
      const key = `${citation.documentId}:${citation.start}`;
      return seen.has(key) ? false : seen.add(key) !== undefined;
    });
  return {
    factId: `f${index + 1}`,
    subject: subjectName(lead),
    attribute: lead.attribute,
    value: lead.value,
    ...(lead.unit === undefined ? {} : { unit: lead.unit }),
    ...(lead.number === undefined ? {} : { number: lead.number }),
    kind: lead.kind,
    claim: lead.claim,
    plain: lead.plain,
    standing,
    ...(standing === 'stated'
      ? {}
      : { reason: standing === 'disputed' ? 'the documents give different values' : words }),
    weight: Math.round(weight * 1000) / 1000,
    citations,
    ...(lead.context === undefined ? {} : { context: lead.context }),
    contradictions: group.others.map((draft) => ({
      value: draft.value,
      claim: draft.claim,
      standing: draft.standing,
      citation: draft.statement.cite(),
    })),
  };
}

/** Contradictions, undecided ones first. */
export function findContradictions(
  all: readonly FactGroup[],
): Omit<FindContradictionsResult, keyof EngineStamp> {
  const groups = all
    .filter((group) => group.others.length > 0)
    .sort(
      (left, right) =>
        Number(left.isDecided) - Number(right.isDecided) || left.lead.statement.id - right.lead.statement.id,
    );
  return {
    task: 'find_contradictions',
    contradictions: groups.map((group, index) => toContradiction(group, index)),
  };
}

function toContradiction(group: FactGroup, index: number): Contradiction {
  const { lead } = group;
  const decided = group.isDecided && lead.standing === 'stated';
  const other = group.others.find((draft) => draft.standing !== 'stated');
  return {
    contradictionId: `c${index + 1}`,
    subject: subjectName(lead),
    attribute: lead.attribute,
    statements: [lead, ...group.others].map((draft) => toStatement(draft)),
    ...(decided ? { preferred: 0 } : {}),
    reason:
      decided && other !== undefined
        ? `the other is marked "${other.statement.mark.words}"`
        : decided
          ? 'only this statement says since when it holds'
          : 'no document says which value holds',
  };
}

function toStatement(draft: FactDraft): ConflictingStatement {
  const { statement } = draft;
  return {
    value: draft.value,
    claim: draft.claim,
    citation: statement.cite(),
    ...(statement.asOf === undefined ? {} : { asOf: statement.asOf }),
    marks: statement.mark.words === '' ? [] : [statement.mark.words],
  };
}
