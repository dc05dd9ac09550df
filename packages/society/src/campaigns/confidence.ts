import type { Confidence, WarBrief } from './war-brief.ts';

const factsPerCompetitorMin = 3;

interface Input {
  readonly name: string;
  readonly weight: number;
  readonly meaning: string;
  /** Null where the input does not apply; its weight then goes to the others. */
  readonly value: number | null;
}

const share = (part: number, whole: number): number | null => (whole === 0 ? null : part / whole);
const round = (value: number): number => Math.round(value * 100) / 100;

/**
 * How far the brief can be relied on, computed from what it holds: the weighted mean of shares, each shown. Inputs that
 * do not apply (no questions were asked, no competitor was named) are left out and the weights rescaled.
 */
export function computeConfidence(
  brief: Pick<WarBrief, 'answers' | 'personas' | 'competitors' | 'facts' | 'contradictions'>,
  questionsAsked: number,
): Confidence {
  const pains = brief.personas.flatMap((persona) => persona.pains);
  const known = brief.competitors.filter(
    (competitor) =>
      brief.facts.filter((fact) => fact.subject === competitor.name).length >= factsPerCompetitorMin,
  );
  const resolved = brief.contradictions.filter((row) => row.preferred !== null);
  const inputs: readonly Input[] = [
    {
      name: 'questions',
      weight: 0.3,
      meaning: 'share of the brief’s questions that the documents answer',
      value: share(brief.answers.length, questionsAsked),
    },
    {
      name: 'pains',
      weight: 0.25,
      meaning: 'share of the personas’ pains for which the documents hold evidence',
      value: share(pains.filter((pain) => pain.evidence.length > 0).length, pains.length),
    },
    {
      name: 'competitors',
      weight: 0.2,
      meaning: `share of the competitors about whom at least ${factsPerCompetitorMin} facts are known`,
      value: share(known.length, brief.competitors.length),
    },
    {
      name: 'agreement',
      weight: 0.15,
      meaning: 'share of the contradictions that the documents themselves resolve (all, when there is none)',
      value: brief.contradictions.length === 0 ? 1 : resolved.length / brief.contradictions.length,
    },
    {
      name: 'corroboration',
      weight: 0.1,
      meaning: 'share of the facts that stand in more than one document',
      value: share(brief.facts.filter((fact) => fact.documents > 1).length, brief.facts.length),
    },
  ];
  const applicable = inputs.flatMap((input) =>
    input.value === null ? [] : [{ ...input, value: input.value }],
  );
  const weights = applicable.reduce((sum, input) => sum + input.weight, 0);
  const total = applicable.reduce((sum, input) => sum + input.weight * input.value, 0);
  return {
    value: weights === 0 ? 0 : round(total / weights),
    formula:
      'weighted mean of the shares below; inputs that do not apply are left out and the weights rescaled',
    inputs: applicable.map((input) => ({
      name: input.name,
      value: round(input.value),
      weight: round(input.weight / weights),
      meaning: input.meaning,
    })),
  };
}
