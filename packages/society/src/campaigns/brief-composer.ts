import {
  contentStems,
  Relatedness,
  unsupportedNumbers,
  type Citation,
  type Relation,
} from '../evidence/index.ts';
import type { AnsweredQuestion, ContradictionRow, FactRow, Finding } from '../guilds/research/index.ts';
import { CitationRegistry } from './citation-registry.ts';
import type { BriefContradiction, BriefFact, BriefSentence } from './war-brief.ts';

const wordsMin = 3;
const wordsMax = 70;
// Two cells or more of a table row: a fact, and no sentence.
const tableRow = /^(?:[^:;]{1,40}; )?(?:[^:;]{1,40}: [^;]+; ){1,}[^:;]{1,40}: /u;

/** Remembers which passages were told, so that a sentence inside a told passage is not told again. */
export class ToldPassages {
  readonly #told: Citation[] = [];

  has(citation: Citation | undefined): boolean {
    if (citation === undefined) return false;
    return this.#told.some(
      (told) =>
        told.documentId === citation.documentId && told.start < citation.end && citation.start < told.end,
    );
  }

  add(citation: Citation | undefined): void {
    if (citation !== undefined) this.#told.push(citation);
  }
}

const isEnough = ({ shared, weight }: Relation, limits: RelationLimits): boolean =>
  shared > 0 && weight >= (shared > 1 ? limits.weightMin : limits.singleWeightMin);

/** How strongly a related sentence must belong to the other: several words in common, or one rare one. */
export interface RelationLimits {
  /** Least weight when at least two words are shared. */
  readonly weightMin: number;
  /** Least weight of a single shared word; Infinity where one is never enough. */
  readonly singleWeightMin: number;
  readonly limit: number;
}

/** Takes findings into the brief: numbers their citations and never tells the same passage twice in one part. */
export class BriefComposer {
  readonly registry: CitationRegistry = new CitationRegistry();
  readonly #findings: readonly Finding[];
  readonly #relatedness: Relatedness;
  readonly #names: readonly string[];

  /** `names` are the product and its competitors: they stand before a statement that does not name its subject. */
  constructor(findings: readonly Finding[], names: readonly string[]) {
    this.#names = names;
    this.#findings = withSpeakers(findings)
      .map((finding) => ({ ...finding, statement: this.bare(finding.statement) }))
      .filter((finding) => isTellable(finding.statement))
      .toSorted((a, b) => b.relevance - a.relevance);
    this.#relatedness = new Relatedness(
      [...new Set(this.#findings.map((finding) => finding.statement))],
      contentStems(names.join(' ')),
    );
  }

  /** The best findings that fit, best first; `used` remembers passages told in the same part of the brief. */
  pick(
    fits: (finding: Finding) => boolean,
    limit: number,
    used: ToldPassages = new ToldPassages(),
  ): readonly BriefSentence[] {
    const picked: BriefSentence[] = [];
    for (const finding of this.#findings) {
      if (picked.length >= limit) break;
      const [first] = finding.citations;
      if (used.has(first) || !fits(finding)) continue;
      used.add(first);
      picked.push(this.sentence(finding));
    }
    return picked;
  }

  sentence(finding: Finding): BriefSentence {
    return {
      text: this.bare(finding.statement),
      citations: this.#ids(finding.citations, finding.context),
      subject: finding.subject,
      standing: finding.standing,
      speaker: finding.speaker,
    };
  }

  /** An answer to a question of the brief. */
  answer(row: AnsweredQuestion): BriefSentence {
    return {
      text: this.bare(row.answer),
      citations: this.#ids(row.citations, row.context),
      subject: this.#names.find((name) => row.answer.startsWith(`${name}: `)) ?? null,
      standing: row.standing,
      speaker: null,
    };
  }

  /** Findings that belong to a text, the closest first; passages in `told` are left out. */
  related(
    text: string,
    fits: (finding: Finding) => boolean,
    limits: RelationLimits,
    told: ToldPassages = new ToldPassages(),
  ): readonly BriefSentence[] {
    const candidates = this.#findings
      .filter((finding) => finding.statement !== text && fits(finding))
      .map((finding) => ({ finding, ...this.#relatedness.relate(text, finding.statement) }))
      .filter((candidate) => isEnough(candidate, limits))
      .toSorted((a, b) => b.weight - a.weight || b.finding.relevance - a.finding.relevance);
    const picked: BriefSentence[] = [];
    for (const { finding } of candidates) {
      if (picked.length >= limits.limit) break;
      const [first] = finding.citations;
      if (told.has(first)) continue;
      told.add(first);
      picked.push(this.sentence(finding));
    }
    return picked;
  }

  /** Whether a finding belongs to a text. */
  belongs(text: string, finding: Finding, limits: RelationLimits): boolean {
    return isEnough(this.#relatedness.relate(text, finding.statement), limits);
  }

  fact(row: FactRow): BriefFact {
    return {
      id: row.id,
      subject: row.subject,
      attribute: row.attribute,
      value: row.value,
      kind: row.kind,
      statement: this.bare(row.statement),
      standing: row.standing,
      citations: this.#ids(row.citations, row.context),
      documents: new Set(row.citations.map((citation) => citation.documentId)).size,
      weight: row.weight,
      contradictions: row.contradictions
        .filter((other) => unsupportedNumbers(other.value, [other.citation.quote]).length === 0)
        .map((other) => ({
          value: other.value,
          standing: other.standing,
          citation: this.registry.idOf(other.citation),
        })),
    };
  }

  contradiction(row: ContradictionRow): BriefContradiction {
    const quotes = row.statements.map((statement) => statement.citation.quote);
    const named = unsupportedNumbers(row.reason, quotes).length === 0;
    return {
      subject: row.subject,
      attribute: row.attribute,
      statements: row.statements.map((statement) => ({
        value: statement.value,
        statement: this.bare(statement.statement),
        marks: statement.marks,
        citation: this.registry.idOf(statement.citation),
      })),
      preferred: row.preferred,
      // A reason may lean on a date that stands elsewhere in the document; then it is told without the figure.
      reason: named ? row.reason : reasonWithoutFigures(row),
    };
  }

  #ids(citations: readonly Citation[], context: Citation | null): readonly string[] {
    const all = context === null ? citations : [...citations, context];
    return [...new Set(all.map((citation) => this.registry.idOf(citation)))];
  }

  /** A statement without its subject in front: the document's own words. */
  bare(statement: string): string {
    const prefix = this.#names.find((name) => statement.startsWith(`${name}: `));
    return prefix === undefined ? statement : statement.slice(prefix.length + 2);
  }
}

function reasonWithoutFigures(row: ContradictionRow): string {
  if (row.preferred === null) return 'The documents do not say which of them holds.';
  const marks = row.statements.flatMap((statement, index) =>
    index === row.preferred ? [] : statement.marks,
  );
  return marks.length > 0
    ? `The other is marked: ${[...new Set(marks)].join(', ')}.`
    : 'The preferred statement is the more recent one.';
}

/** A claim that was found inside what somebody said belongs to that person. */
function withSpeakers(findings: readonly Finding[]): readonly Finding[] {
  const voices = findings.filter((finding) => finding.speaker !== null);
  return findings.map((finding) => {
    const [own] = finding.citations;
    if (finding.speaker !== null || own === undefined) return finding;
    const voice = voices.find(({ citations: [said] }) => {
      if (said === undefined || said.documentId !== own.documentId) return false;
      return said.start < own.end && own.start < said.end;
    });
    return voice === undefined ? finding : { ...finding, speaker: voice.speaker };
  });
}

/** Whether a statement can stand alone in a brief: neither a fragment nor a page. */
function isTellable(statement: string): boolean {
  const words = statement.split(/\s+/u).length;
  return words >= wordsMin && words <= wordsMax;
}

/** Whether a statement is a row of a table rather than a sentence. */
export function isTableRow(statement: string): boolean {
  return tableRow.test(statement);
}
