import type { CampaignBrief } from '../../campaigns/brief.ts';
import type { BriefFact, BriefSentence, WarBrief } from '../../campaigns/war-brief.ts';
import { tellsLimit, tellsTrouble } from '../../campaigns/finding-filters.ts';
import { contentStems, findNumbers, sharedStems } from '../../evidence/index.ts';

/** A sentence of the war brief that can stand alone in public. */
export interface Piece {
  readonly text: string;
  readonly citations: readonly string[];
  readonly namesCompetitor: boolean;
  /** Whose words they are; null for a document's own sentence. Nobody is quoted twice in one asset. */
  readonly saidBy: string | null;
  readonly hasNumber: boolean;
}

/** Everything a skeleton can be made of, the best first in each pool. */
export interface Material {
  readonly pains: readonly Piece[];
  readonly claims: readonly Piece[];
  readonly proofs: readonly Piece[];
  readonly praise: readonly Piece[];
  readonly offers: readonly Piece[];
  readonly prices: readonly Piece[];
  readonly limits: readonly Piece[];
}

const charactersMax = 320;
const provingWeightMin = 0.7;
// A sentence that begins so leans on the one before it.
const leaning =
  /^(?:it|its|they|their|them|this|that|these|those|he|she|his|her|but|and|or|so|then|also|however|instead|both|there|here|such|which|each|another|the (?:first|second|third|other|latter|former|same)|in addition|for example|asked|none)\b/iu;
const tableRow = /^([^:;]{1,40}): ([^;]+); (.+: .+)$/u;
// Plans, budgets and results of past campaigns are the client's own business.
const internal =
  /\b(?:campaign|budget|newsletter|paid search|open rate|we want|goals?|lost[- ]deals?|lost deal|interviews?|not for publication|internal|confidential|margin|purchase price)\b/iu;

const endsSentence = (text: string): string => (/[.!?…”"]$/u.test(text) ? text : `${text}.`);

function namesOneOf(text: string, names: readonly string[]): boolean {
  const lower = text.toLowerCase();
  return names.some((name) => name !== '' && lower.includes(name.toLowerCase()));
}

/** The words of a sentence as they can stand alone in public, or undefined when they cannot. */
export function standAlone(sentence: BriefSentence): string | undefined {
  const text = sentence.text.trim();
  if (text.length > charactersMax || text.endsWith('?') || text.endsWith(':') || internal.test(text))
    return undefined;
  if (sentence.speaker === null) {
    if (leaning.test(text) || tableRow.test(text) || !/^[\p{Lu}\p{N}“"$€£]/u.test(text)) return undefined;
  }
  // What somebody said is quoted as it was said.
  return sentence.speaker === null ? endsSentence(text) : text;
}

/** A row of a price table as a line: "Team: price $19 per month; monitors 100". */
function rowAsLine(text: string): string | undefined {
  const [, , first, rest] = tableRow.exec(text) ?? [];
  if (first === undefined || rest === undefined) return undefined;
  const cells = rest.split('; ').map((cell) => {
    const [label = '', ...value] = cell.split(': ');
    return `${label.charAt(0).toLowerCase()}${label.slice(1)} ${value.join(': ')}`;
  });
  return `${first}: ${cells.join('; ')}.`;
}

const bare = (text: string): string => text.replaceAll(/^[“"'‘]+|[”"'’]+$/gu, '').trim();

/** Who said it, without figures that the quote itself does not hold. */
function attribution(sentence: BriefSentence): string {
  const { speaker } = sentence;
  const role = speaker?.role?.replaceAll(/\s*\([^)]*\)/gu, '').trim() ?? '';
  const isNumbered = findNumbers(role).length > 0;
  // Reviewers are known by a handle only; their role says more.
  if (speaker === null || speaker.name === null || speaker.rating !== null)
    return role === '' || isNumbered ? 'a customer' : role;
  return role === '' || isNumbered ? speaker.name : `${speaker.name}, ${role}`;
}

function toPiece(sentence: BriefSentence, brief: CampaignBrief): Piece | undefined {
  const text = standAlone(sentence);
  if (text === undefined) return undefined;
  const saidBy = sentence.speaker === null ? null : attribution(sentence);
  return {
    text: saidBy === null ? text : `“${bare(text)}” — ${saidBy}`,
    citations: sentence.citations,
    namesCompetitor:
      namesOneOf(text, brief.competitors) || brief.competitors.includes(sentence.subject ?? ''),
    saidBy,
    hasNumber: findNumbers(text).length > 0,
  };
}

function pool(sentences: readonly BriefSentence[], brief: CampaignBrief): readonly Piece[] {
  const seen = new Set<string>();
  const pieces = sentences.flatMap((sentence) => {
    const piece = toPiece(sentence, brief);
    const key = sentence.citations[0] ?? sentence.text;
    if (piece === undefined || seen.has(key)) return [];
    seen.add(key);
    return [piece];
  });
  // Sentences that name a competitor come last: they need a fresh check before they are published.
  return pieces.toSorted((a, b) => Number(a.namesCompetitor) - Number(b.namesCompetitor));
}

function pricePool(sentences: readonly BriefSentence[], brief: CampaignBrief): readonly Piece[] {
  return sentences.flatMap((sentence) => {
    const line = rowAsLine(sentence.text);
    const piece =
      line === undefined
        ? toPiece(sentence, brief)
        : {
            text: line,
            citations: sentence.citations,
            namesCompetitor: false,
            saidBy: null,
            hasNumber: true,
          };
    return piece === undefined ? [] : [piece];
  });
}

/** Pains that the personas of the brief really have come first. */
function byPersona(sentences: readonly BriefSentence[], brief: CampaignBrief): readonly BriefSentence[] {
  const wanted = contentStems(brief.personas.flatMap((persona) => persona.pains).join(' '));
  return sentences.toSorted(
    (a, b) => sharedStems(contentStems(b.text), wanted) - sharedStems(contentStems(a.text), wanted),
  );
}

const isReview = (sentence: BriefSentence): boolean =>
  sentence.speaker !== null && sentence.speaker.rating !== null;

/** People with a name before reviewers with a handle. */
const namedFirst = (sentences: readonly BriefSentence[]): readonly BriefSentence[] =>
  sentences.toSorted((a, b) => Number(isReview(a)) - Number(isReview(b)));

/**
 * A complaint that the product is there to end, not one about the product: "The box is heavy" and "Your documentation …"
 * speak of the product itself.
 */
function tellsProblem(sentence: BriefSentence, brief: CampaignBrief): boolean {
  if (sentence.speaker?.stance !== 'pain' && sentence.speaker?.stance !== 'objection') return false;
  const [opening = ''] = /^(?:\S+\s+){0,3}\S*/u.exec(sentence.text) ?? [];
  if (/^(?:your|our)\b/iu.test(opening)) return false;
  const product = contentStems(`${brief.product} ${brief.positioning}`);
  return !(/^(?:the|this|its?)\b/iu.test(opening) && sharedStems(contentStems(opening), product) > 0);
}

function provingFacts(facts: readonly BriefFact[], product: string): readonly BriefSentence[] {
  const kinds = new Set(['percentage', 'duration', 'count', 'limit']);
  return facts
    .filter(
      (fact) =>
        fact.subject === product &&
        fact.standing === 'stated' &&
        fact.contradictions.length === 0 &&
        kinds.has(fact.kind) &&
        fact.weight >= provingWeightMin &&
        !tellsLimit(fact.statement) &&
        !tellsTrouble(fact.statement),
    )
    .map((fact) => ({
      text: fact.statement,
      citations: fact.citations,
      subject: fact.subject,
      standing: fact.standing,
      speaker: null,
    }));
}

/** Sentences about people who were interviewed ("Tom looks after 64 sites") are notes, and nothing to publish. */
function speakerNames(warBrief: WarBrief): RegExp {
  const said = Object.values(warBrief.voices).flat();
  const names = said.flatMap(
    (sentence) => /^\p{Lu}\p{L}+(?= \p{Lu})/u.exec(sentence.speaker?.name ?? '')?.[0] ?? [],
  );
  return names.length === 0 ? /^$/u : new RegExp(`^(?:${[...new Set(names)].join('|')})\\b`, 'u');
}

/** The pools that skeletons are made of. Nothing outdated, disputed, drafted or internal is in them. */
export function gatherMaterial(warBrief: WarBrief, brief: CampaignBrief): Material {
  const firm = (list: readonly BriefSentence[]): readonly BriefSentence[] =>
    list.filter((sentence) => sentence.standing === 'stated');
  const people = speakerNames(warBrief);
  const own = (sentence: BriefSentence): boolean =>
    (sentence.subject === null || sentence.subject === brief.product) &&
    (sentence.speaker !== null || !(people.test(sentence.text) || tellsTrouble(sentence.text)));
  const answering = warBrief.messaging.filter((value) => value.pain !== null).map((value) => value.claim);
  const others = warBrief.messaging.filter((value) => value.pain === null).map((value) => value.claim);
  const voiced = warBrief.personas
    .flatMap((persona) => persona.pains.flatMap((pain) => pain.evidence))
    .filter((sentence) => tellsProblem(sentence, brief));
  return {
    // What customers hold against the product itself is an objection, no problem to open an advertisement with.
    pains: pool(byPersona(firm([...voiced, ...warBrief.voices.pains.filter((s) => !own(s))]), brief), brief),
    claims: pool(firm([...answering, ...warBrief.about, ...others]).filter(own), brief),
    proofs: pool(
      [
        ...firm(warBrief.messaging.flatMap((value) => value.proof)),
        ...provingFacts(warBrief.facts, brief.product),
      ],
      brief,
    ).filter((piece) => piece.hasNumber),
    praise: pool(namedFirst(firm(warBrief.voices.praise)), brief),
    offers: pool(firm(warBrief.offer).filter(own), brief),
    prices: pricePool(firm(warBrief.pricing).filter(own), brief),
    limits: pool(
      firm(warBrief.objections.map((row) => row.objection)).filter(
        (sentence) => sentence.speaker === null && own(sentence),
      ),
      brief,
    ),
  };
}
