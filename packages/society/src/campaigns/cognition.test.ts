import { isRaptorFlowError } from 'raptorflow/kernel';
import { describe, expect, it } from 'vitest';
import {
  cite,
  fact,
  finding,
  smallBrief,
  smallDocuments,
  smallSynthesis,
  smallWarBrief,
} from '../testing/small-campaign.ts';
import {
  assertNoInventedNumbers,
  citedTexts,
  findBrokenCitations,
  findGroundingFaults,
} from './grounding.ts';
import type { WarBrief } from './war-brief.ts';

const texts = (brief: WarBrief): string =>
  citedTexts(brief)
    .map((entry) => entry.text)
    .join('\n');

describe('the war brief', () => {
  it('opens with the facts, each with its value, its source and what contradicts it', () => {
    const [first] = smallWarBrief().facts;
    expect(first).toMatchObject({ subject: 'Lantern', attribute: 'price', value: '$49' });
    expect(first?.contradictions).toMatchObject([{ value: '$59', standing: 'outdated' }]);
    expect(first?.citations.length).toBeGreaterThan(0);
  });

  it('gives every sentence a citation that stands in its document', () => {
    const brief = smallWarBrief();
    expect(citedTexts(brief).every((entry) => entry.citations.length > 0)).toBe(true);
    expect(findBrokenCitations(brief, smallDocuments)).toEqual([]);
    expect(findGroundingFaults(brief)).toEqual([]);
    expect(() => assertNoInventedNumbers(brief)).not.toThrow();
  });

  it('numbers each passage once, in the order of use', () => {
    const { citations } = smallWarBrief();
    expect(citations.map((citation) => citation.id)).toEqual(citations.map((_, index) => `c${index + 1}`));
    expect(new Set(citations.map((c) => `${c.documentId}:${c.start}:${c.end}`)).size).toBe(citations.length);
  });

  it('answers a pain of the brief with a claim and its proof, and says which pains have none', () => {
    const brief = smallWarBrief();
    expect(brief.messaging[0]).toMatchObject({
      pain: { persona: 'Mira', pain: 'blinded by glare' },
      claim: { text: 'In a test with 12 riders, glare fell by 60 percent.' },
    });
    expect(brief.unansweredPains).toEqual([{ persona: 'Mira', pain: 'theft at the station' }]);
  });

  it('quotes people under their names as evidence for a pain', () => {
    const [persona] = smallWarBrief().personas;
    expect(persona?.pains[0]?.evidence.map((sentence) => sentence.speaker?.name)).toContain('Mira Holt');
    expect(persona?.pains[1]?.evidence).toEqual([]);
  });

  it('tells limits that the documents name under such a heading', () => {
    const objections = smallWarBrief().objections.map((row) => row.objection.text);
    expect(objections).toContain('Lantern cannot be charged below zero degrees.');
    expect(objections).toContain('I would buy it if the strap were longer');
    expect(objections).not.toContain('Cars blinded me with glare every evening');
  });

  it('lists what it could not answer and which connector is missing', () => {
    const brief = smallWarBrief();
    expect(brief.unanswered).toEqual([
      { question: 'Who makes the battery?', reason: 'No document says it.' },
    ]);
    expect(brief.connectors.map((need) => need.connector)).toEqual(['search_volume']);
  });

  it('keeps what people said that is neither pain, praise nor wish', () => {
    const opinion = finding('It shone the whole night shift', 'voice/Lantern', {
      kind: 'opinion',
      speaker: { name: 'Tobias Ek', role: 'courier', stance: 'opinion', sentiment: 0, rating: null },
    });
    const brief = smallWarBrief({
      ...smallSynthesis,
      findings: [...smallSynthesis.findings.filter((row) => row.kind !== 'praise'), opinion],
    });
    expect(brief.voices.others.map((row) => row.text)).toEqual([opinion.statement]);
    expect(citedTexts(brief).map((row) => row.text)).toContain(opinion.statement);
  });

  it('never tells the row of a comparison as a message', () => {
    const row = finding('Lantern is a bicycle light for winter riders.', 'product/value', {
      statement: 'Light; Lantern: yes; Glowworm: no',
    });
    const { messaging } = smallWarBrief({ ...smallSynthesis, findings: [...smallSynthesis.findings, row] });
    expect(messaging.map((value) => value.claim.text)).not.toContain(row.statement);
  });

  it('counts feelings from voices only', () => {
    expect(smallWarBrief().sentiment).toEqual([
      { subject: 'Lantern', pains: 1, praise: 1, wishes: 1, objections: 0, others: 0, mean: -0.13 },
    ]);
  });

  it('computes its confidence from shares that it shows', () => {
    const { confidence } = smallWarBrief();
    const total = confidence.inputs.reduce((sum, input) => sum + input.weight * input.value, 0);
    expect(confidence.value).toBeCloseTo(total, 1);
    expect(confidence.inputs.map((input) => [input.name, input.value])).toEqual([
      ['questions', 0.5],
      ['pains', 0.5],
      ['competitors', 0],
      ['agreement', 1],
      ['corroboration', 0],
    ]);
  });

  it('never tells an outdated value as a fact', () => {
    const brief = smallWarBrief();
    const facts = brief.facts.map((entry) => entry.value);
    expect(facts).not.toContain('$59');
    expect(texts({ ...brief, facts: [], contradictions: [] })).not.toContain('$59');
  });

  it('is the same for the same input', () => {
    expect(smallWarBrief()).toEqual(smallWarBrief());
  });
});

describe('grounding', () => {
  const invented = finding('Spare parts are kept for ten years.', 'product/value', {
    statement: 'Spare parts are kept for 25 years.',
    relevance: 0.99,
  });

  it('leaves out a statement with a number that no quote holds, and counts it', () => {
    const brief = smallWarBrief({ ...smallSynthesis, findings: [...smallSynthesis.findings, invented] });
    expect(texts(brief)).not.toContain('25 years');
    expect(brief.rejected).toBe(1);
    expect(findGroundingFaults(brief)).toEqual([]);
  });

  it('leaves out a fact whose value stands in none of its quotes', () => {
    const wrong = fact('It shines for 40 hours.', 'runtime', '50 hours');
    const brief = smallWarBrief({ ...smallSynthesis, facts: [...smallSynthesis.facts, wrong] });
    expect(brief.facts.map((entry) => entry.value)).not.toContain('50 hours');
  });

  it('throws for a brief that was tampered with, naming the place', () => {
    const brief = smallWarBrief();
    const [first, ...rest] = brief.facts;
    const tampered = { ...brief, facts: first === undefined ? rest : [{ ...first, value: '$39' }, ...rest] };
    expect(findGroundingFaults(tampered)).toMatchObject([
      { path: 'facts[0].value', fault: 'number_without_source', detail: '39' },
    ]);
    expect(() => assertNoInventedNumbers(tampered)).toThrow(/facts\[0\]\.value/u);
    try {
      assertNoInventedNumbers(tampered);
    } catch (error) {
      expect(isRaptorFlowError(error, 'internal')).toBe(true);
    }
  });

  it('finds a sentence without a citation, and a citation that does not hold', () => {
    const brief = smallWarBrief();
    const bare = { ...brief, about: brief.about.map((sentence) => ({ ...sentence, citations: [] })) };
    expect(findGroundingFaults(bare).map((fault) => fault.fault)).toEqual(['no_citation']);
    const moved = { citations: [{ ...cite('A Lantern costs $49.'), id: 'c1', start: 0 }] };
    expect(findBrokenCitations(moved, smallDocuments)).toMatchObject([
      { fault: 'quote_not_found', detail: 'c1' },
    ]);
  });

  it('tells a reason without its figure where the figure stands in no quote', () => {
    const [row] = smallSynthesis.contradictions;
    if (row === undefined) return expect.unreachable();
    const reason = 'the one of 3 November 2026 is newer';
    const brief = smallWarBrief({ ...smallSynthesis, contradictions: [{ ...row, reason }] });
    expect(brief.contradictions[0]?.reason).toBe('The other is marked: outdated.');
    expect(findGroundingFaults(brief)).toEqual([]);
  });

  it('keeps the brief of a product without competitors and personas whole', () => {
    const brief = smallWarBrief();
    expect(brief.competitors.map((competitor) => competitor.name)).toEqual(smallBrief.competitors);
    expect(brief.competitors[0]?.pricing[0]?.text).toBe('Glowworm costs $89 and shines for 30 hours.');
  });
});
