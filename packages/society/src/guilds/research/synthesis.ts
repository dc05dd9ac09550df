import type { Citation, Standing } from '../../evidence/index.ts';
import type {
  ContradictionRow,
  FactRow,
  Finding,
  ResearchContext,
  ResearchReport,
  Unanswered,
} from './report.ts';
import { askContradictions, askFacts } from './asking.ts';
import { emptyReport, isWithoutSource } from './report.ts';

/** The code of the agent that merges the reports. */
export const synthesisCode = 'RES-020';

const factsMax = 420;

/** What the synthesis hands to Cognition. */
export interface Synthesis extends ResearchReport {
  /** How many reports it merged, and which agents had nothing but a missing connector. */
  readonly merged: { readonly reports: number; readonly withoutSource: readonly string[] };
}

/**
 * RES-020: reads the facts of all documents once, finds the contradictions, and merges the reports: the same statement
 * of several agents becomes one finding with the agents' relevance at its best. Outdated and draft statements leave the
 * findings; they survive only as the other side of a contradiction.
 */
export async function synthesise(
  context: ResearchContext,
  reports: readonly ResearchReport[],
): Promise<Synthesis> {
  const facts = await askFacts(
    context,
    synthesisCode,
    factsMax,
    'prices, limits, counts, dates, durations, shares, features, of the product and of each competitor',
  );
  const contradictions = await askContradictions(context, synthesisCode);
  return {
    ...emptyReport(synthesisCode),
    findings: mergeFindings(
      markByContradictions(
        reports.flatMap((report) => report.findings),
        contradictions.rows,
      ),
    ),
    facts: mergeFacts([...facts.rows, ...reports.flatMap((report) => report.facts)]),
    contradictions: mergeContradictions(contradictions.rows),
    answers: markByContradictions(
      reports.flatMap((report) => report.answers),
      contradictions.rows,
    ),
    terms: reports.flatMap((report) => report.terms),
    unanswered: mergeUnanswered(reports.flatMap((report) => report.unanswered)),
    needsConnectors: mergeNeeds(reports),
    rejected:
      facts.rejected + contradictions.rejected + reports.reduce((sum, report) => sum + report.rejected, 0),
    merged: {
      reports: reports.length,
      withoutSource: reports.filter(isWithoutSource).map((report) => report.agentCode),
    },
  };
}

/**
 * A passage that one side of an open contradiction stands in is disputed wherever it is told; a side that the documents
 * themselves set aside is outdated.
 */
export function markByContradictions<
  T extends { readonly citations: readonly Citation[]; readonly standing: Standing },
>(rows: readonly T[], contradictions: readonly ContradictionRow[]): readonly T[] {
  return rows.map((row) => {
    const [first] = row.citations;
    if (first === undefined) return row;
    let { standing } = row;
    for (const contradiction of contradictions) {
      const side = contradiction.statements.findIndex((statement) => overlaps(statement.citation, first));
      if (side < 0 || side === contradiction.preferred) continue;
      standing =
        contradiction.preferred === null ? (standing === 'stated' ? 'disputed' : standing) : 'outdated';
    }
    return standing === row.standing ? row : { ...row, standing };
  });
}

const overlaps = (left: Citation, right: Citation): boolean =>
  left.documentId === right.documentId && left.start < right.end && right.start < left.end;

const believable = (row: { readonly standing: string }): boolean =>
  row.standing === 'stated' || row.standing === 'disputed';

const place = (finding: Finding): string => {
  const [first] = finding.citations;
  return first === undefined ? finding.statement : `${first.documentId}:${first.start}:${first.end}`;
};

/** One finding for one passage and topic kind; what several agents found keeps the best relevance. */
export function mergeFindings(findings: readonly Finding[]): readonly Finding[] {
  const merged = new Map<string, Finding>();
  for (const finding of findings) {
    if (!believable(finding)) continue;
    const key = `${finding.topic}|${finding.kind}|${place(finding)}`;
    const known = merged.get(key);
    if (known === undefined || finding.relevance > known.relevance) merged.set(key, finding);
  }
  return [...merged.values()];
}

const factKey = (fact: FactRow): string => {
  const [first] = fact.citations;
  return `${fact.subject.toLowerCase()}|${fact.attribute.toLowerCase()}|${fact.value.toLowerCase()}|${first?.documentId}:${first?.start}`;
};

/** One row for one value at one place; rows whose value the documents call outdated or a draft are left out. */
function mergeFacts(facts: readonly FactRow[]): readonly FactRow[] {
  const merged = new Map<string, FactRow>();
  for (const fact of facts) {
    if (!believable(fact)) continue;
    const key = factKey(fact);
    const known = merged.get(key);
    if (known === undefined || fact.contradictions.length > known.contradictions.length)
      merged.set(key, fact);
  }
  return [...merged.values()].toSorted((a, b) => b.weight - a.weight);
}

function mergeContradictions(rows: readonly ContradictionRow[]): readonly ContradictionRow[] {
  const merged = new Map<string, ContradictionRow>();
  for (const row of rows) {
    const key = `${row.subject}|${row.attribute}|${row.statements.map((statement) => statement.value).join('|')}`;
    if (!merged.has(key)) merged.set(key, row);
  }
  return [...merged.values()];
}

function mergeUnanswered(rows: readonly Unanswered[]): readonly Unanswered[] {
  const merged = new Map<string, Unanswered>();
  for (const row of rows) if (!merged.has(row.question)) merged.set(row.question, row);
  return [...merged.values()];
}

function mergeNeeds(reports: readonly ResearchReport[]): ResearchReport['needsConnectors'] {
  const merged = new Map(
    reports.flatMap((report) => report.needsConnectors).map((need) => [need.connector, need]),
  );
  return [...merged.values()];
}
