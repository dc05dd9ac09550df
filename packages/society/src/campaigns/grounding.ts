import { RaptorFlowError } from 'raptorflow/kernel';
import { citationHolds, unsupportedNumbers, type SourceDocument } from '../evidence/index.ts';
import type { BriefSentence, WarBrief } from './war-brief.ts';

/** A number without a source, or a citation that does not hold. */
export interface GroundingFault {
  /** Where in the brief: `facts[3].value`. */
  readonly path: string;
  readonly text: string;
  readonly fault: 'number_without_source' | 'no_citation' | 'unknown_citation' | 'quote_not_found';
  /** The number or the citation's id. */
  readonly detail: string;
}

interface CitedText {
  readonly path: string;
  readonly text: string;
  readonly citations: readonly string[];
  /** A name for a value may also use the words of the headings above the quote. */
  readonly fromHeadings?: boolean;
}

const sentences = (path: string, list: readonly BriefSentence[]): CitedText[] =>
  list.map((sentence, index) => ({
    path: `${path}[${index}]`,
    text: sentence.text,
    citations: sentence.citations,
  }));

function tableTexts(brief: WarBrief): CitedText[] {
  return [
    ...brief.facts.flatMap((fact, index): CitedText[] => [
      { path: `facts[${index}].value`, text: fact.value, citations: fact.citations },
      { path: `facts[${index}].statement`, text: fact.statement, citations: fact.citations },
      {
        path: `facts[${index}].attribute`,
        text: fact.attribute,
        citations: fact.citations,
        fromHeadings: true,
      },
      ...fact.contradictions.map((other, at) => ({
        path: `facts[${index}].contradictions[${at}]`,
        text: other.value,
        citations: [other.citation],
      })),
    ]),
    ...brief.contradictions.flatMap((row, index): CitedText[] => [
      ...row.statements.flatMap((statement, at) => [
        {
          path: `contradictions[${index}].statements[${at}].value`,
          text: statement.value,
          citations: [statement.citation],
        },
        {
          path: `contradictions[${index}].statements[${at}]`,
          text: statement.statement,
          citations: [statement.citation],
        },
      ]),
      {
        path: `contradictions[${index}].reason`,
        text: row.reason,
        citations: row.statements.map((statement) => statement.citation),
      },
    ]),
    ...brief.answers.map((answer, index) => ({
      path: `answers[${index}]`,
      text: answer.answer.text,
      citations: answer.answer.citations,
    })),
  ];
}

function proseTexts(brief: WarBrief): CitedText[] {
  return [
    ...sentences('about', brief.about),
    ...sentences('market', brief.market),
    ...brief.competitors.flatMap((competitor, index) =>
      (['offer', 'pricing', 'strengths', 'weaknesses', 'message', 'news', 'voices'] as const).flatMap(
        (part) => sentences(`competitors[${index}].${part}`, competitor[part]),
      ),
    ),
    ...brief.personas.flatMap((persona, index) => [
      ...persona.pains.flatMap((pain, at) =>
        sentences(`personas[${index}].pains[${at}].evidence`, pain.evidence),
      ),
      ...sentences(`personas[${index}].background`, persona.background),
    ]),
    ...sentences('voices.pains', brief.voices.pains),
    ...sentences('voices.praise', brief.voices.praise),
    ...sentences('voices.wishes', brief.voices.wishes),
    ...sentences('voices.others', brief.voices.others),
    ...brief.messaging.flatMap((value, index) => [
      ...sentences(`messaging[${index}].claim`, [value.claim]),
      ...sentences(`messaging[${index}].proof`, value.proof),
    ]),
    ...sentences('pricing', brief.pricing),
    ...sentences('offer', brief.offer),
    ...brief.objections.flatMap((row, index) => [
      ...sentences(`objections[${index}].objection`, [row.objection]),
      ...sentences(`objections[${index}].answers`, row.answers),
    ]),
    ...brief.channels.flatMap((row, index) => sentences(`channels[${index}].evidence`, row.evidence)),
    ...sentences('timing', brief.timing),
  ];
}

/** Every sentence and table cell of a brief that speaks for the documents, with its citations. */
export function citedTexts(brief: WarBrief): readonly CitedText[] {
  return [...tableTexts(brief), ...proseTexts(brief)];
}

/** Every number that stands in no cited quote, and every sentence without a known citation. */
export function findGroundingFaults(brief: WarBrief): readonly GroundingFault[] {
  const known = new Map(brief.citations.map((citation) => [citation.id, citation]));
  return citedTexts(brief).flatMap(({ path, text, citations, fromHeadings }): GroundingFault[] => {
    if (citations.length === 0) return [{ path, text, fault: 'no_citation', detail: '' }];
    const unknown = citations.filter((id) => !known.has(id));
    const evidence = citations.flatMap((id) => {
      const citation = known.get(id);
      if (citation === undefined) return [];
      return fromHeadings === true ? [citation.quote, ...citation.section] : [citation.quote];
    });
    return [
      ...unknown.map((id): GroundingFault => ({ path, text, fault: 'unknown_citation', detail: id })),
      ...unsupportedNumbers(text, evidence).map((number): GroundingFault => ({
        path,
        text,
        fault: 'number_without_source',
        detail: number.raw,
      })),
    ];
  });
}

/** Every citation whose quote does not stand at its place in its document. */
export function findBrokenCitations(
  brief: Pick<WarBrief, 'citations'>,
  documents: readonly SourceDocument[],
): readonly GroundingFault[] {
  return brief.citations
    .filter((citation) => !citationHolds(citation, documents))
    .map((citation) => ({
      path: `citations.${citation.id}`,
      text: citation.quote,
      fault: 'quote_not_found' as const,
      detail: citation.id,
    }));
}

/**
 * Holds a brief to the rule of the house: no number that is not in a cited quote, no sentence without a source.
 * Throws `internal` listing every fault: composing drops what is not grounded, so a fault here is a bug.
 */
export function assertNoInventedNumbers(brief: WarBrief): void {
  const faults = findGroundingFaults(brief);
  if (faults.length === 0) return;
  const lines = faults
    .slice(0, 10)
    .map((fault) => `${fault.path}: ${fault.fault} ${fault.detail} in “${fault.text}”`);
  throw new RaptorFlowError('internal', `The war brief says what no source says:\n${lines.join('\n')}`, {
    details: { faults: faults.slice(0, 50) },
  });
}
