import { isRaptorFlowError } from 'raptorflow/kernel';
import { describe, expect, it } from 'vitest';
import { cite, finding, smallBrief, smallDocuments } from '../../testing/small-campaign.ts';
import { offlineMark, type AskModel, type AskRequest } from '../ask-model.ts';
import {
  countCitations,
  isWithoutSource,
  markByContradictions,
  mergeFindings,
  researchCodes,
  researcherByCode,
  synthesise,
  type ResearchContext,
  type ResearchReport,
} from './index.ts';

interface Asked {
  readonly step: string;
  readonly request: AskRequest<unknown>;
}

/** A context whose model answers from a script by step; what was asked is kept. */
function scripted(
  answers: Readonly<Record<string, unknown>>,
  more: Partial<ResearchContext> = {},
): { context: ResearchContext; asked: Asked[] } {
  const asked: Asked[] = [];
  const ask: AskModel = async (step, request) => {
    asked.push({ step, request });
    return request.schema.parse(answers[step]);
  };
  const context: ResearchContext = {
    brief: smallBrief,
    documents: smallDocuments,
    ask,
    model: offlineMark,
    signal: new AbortController().signal,
    ...more,
  };
  return { context, asked };
}

const run = (code: string, context: ResearchContext): Promise<ResearchReport> => {
  const researcher = researcherByCode[code];
  return researcher === undefined ? expect.unreachable() : researcher(context);
};
const quote = (text: string): { documentId: string; quote: string } => ({
  documentId: cite(text).documentId,
  quote: text,
});

describe('researchers', () => {
  it('are nineteen, and the twentieth works on their reports', () => {
    expect(researchCodes).toHaveLength(19);
    expect(researchCodes).not.toContain('RES-020');
  });

  it('keep claims whose quotes stand in the documents, and count the others as rejected', async () => {
    const { context } = scripted({
      'RES-019:find_claims': {
        topics: [
          {
            id: 'offer/promise',
            claims: [
              {
                text: 'Spare parts are kept for ten years.',
                citation: quote('Spare parts are kept for ten years.'),
              },
              {
                text: 'Spare parts are kept for 20 years.',
                citation: quote('Spare parts are kept for ten years.'),
              },
              {
                text: 'Repairs are free.',
                citation: { documentId: 'doc_notes', quote: 'Repairs are free of charge.' },
              },
              { text: 'From nowhere.', citation: { documentId: 'doc_else', quote: 'From nowhere at all.' } },
            ],
          },
          {
            id: 'a topic nobody asked for',
            claims: [{ text: 'x', citation: quote('It shines for 40 hours.') }],
          },
        ],
      },
    });
    const report = await run('RES-019', context);
    expect(report.findings.map((entry) => entry.statement)).toEqual(['Spare parts are kept for ten years.']);
    expect(report.findings[0]).toMatchObject({ id: 'RES-019.1', kind: 'offer', standing: 'stated' });
    expect(report.rejected).toBe(3);
    expect(countCitations(report)).toBe(1);
  });

  it('ask the offline model for its task and tell a generative one the same in words', async () => {
    const { context, asked } = scripted({ 'RES-017:find_claims': { topics: [] } });
    const report = await run('RES-017', context);
    const [first] = asked;
    expect(first?.request.task?.kind).toBe('find_claims');
    expect(first?.request.instructions).toContain('blinded by glare');
    expect(first?.request.instructions).toContain('copied word for word');
    expect(report.unanswered.map((row) => row.question)).toEqual([
      'Does Mira (Nurse who rides home at night) really have this pain: blinded by glare?',
      'Does Mira (Nurse who rides home at night) really have this pain: theft at the station?',
    ]);
  });

  it('keep the words and the name of whoever spoke', async () => {
    const { context } = scripted({
      'RES-004:find_voices': {
        voices: [
          {
            text: 'Cars blinded me with glare every evening',
            speaker: 'Mira Holt',
            role: 'nurse',
            kind: 'pain',
            sentiment: -0.6,
            subject: 'Lantern',
            citation: quote('Cars blinded me with glare every evening'),
          },
          {
            text: 'I loved it 100 times.',
            kind: 'praise',
            citation: quote('It shone the whole night shift'),
          },
        ],
      },
    });
    const report = await run('RES-004', context);
    expect(report.findings).toMatchObject([
      { kind: 'pain', topic: 'voice/Lantern', speaker: { name: 'Mira Holt', role: 'nurse', stance: 'pain' } },
    ]);
    expect(report.rejected).toBe(1);
  });

  it('answer the questions of the brief, or say why not', async () => {
    const { context } = scripted({
      'RES-013:answer_questions': {
        answers: [
          {
            id: 'q1',
            answered: true,
            confidence: 0.9,
            answer: 'It shines for 40 hours.',
            citation: quote('It shines for 40 hours.'),
          },
          { id: 'q2', answered: false, confidence: 0.1, reason: 'No document names a maker.' },
        ],
      },
    });
    const report = await run('RES-013', context);
    expect(report.answers).toMatchObject([
      { question: 'How long does Lantern shine?', answer: 'It shines for 40 hours.' },
    ]);
    expect(report.unanswered).toEqual([
      { question: 'Who makes the battery?', reason: 'No document names a maker.' },
    ]);
  });

  it('take an answer with an invented quote for no answer', async () => {
    const { context } = scripted({
      'RES-013:answer_questions': {
        answers: [
          {
            id: 'q1',
            answered: true,
            confidence: 1,
            answer: '50 hours.',
            citation: { documentId: 'doc_notes', quote: 'It shines for 50 hours.' },
          },
        ],
      },
    });
    const report = await run('RES-013', context);
    expect(report.answers).toEqual([]);
    expect(report.unanswered.map((row) => row.question)).toEqual(smallBrief.questions);
    expect(report.rejected).toBe(1);
  });

  it('name the connector they lack, ask no model and invent nothing', async () => {
    for (const code of ['RES-002', 'RES-005', 'RES-006', 'RES-007', 'RES-010', 'RES-014', 'RES-016']) {
      const { context, asked } = scripted({});
      const report = await run(code, context);
      expect(asked).toEqual([]);
      expect(report.findings).toEqual([]);
      expect(report.needsConnectors).toHaveLength(1);
      expect(isWithoutSource(report)).toBe(true);
    }
  });

  it('work without documents, and stop when they are cancelled', async () => {
    const { context, asked } = scripted({}, { documents: [] });
    for (const code of researchCodes) expect((await run(code, context)).findings).toEqual([]);
    expect(asked).toEqual([]);
    const cancelled = scripted({}, { signal: AbortSignal.abort() });
    await expect(run('RES-001', cancelled.context)).rejects.toSatisfy((error: unknown) =>
      isRaptorFlowError(error, 'cancelled'),
    );
  });
});

describe('the synthesis', () => {
  const first = finding('It shines for 40 hours.', 'product/value', { relevance: 0.4 });
  const second = finding('It shines for 40 hours.', 'product/value', {
    relevance: 0.9,
    agentCode: 'RES-019',
  });

  it('tells one passage once for each topic, and nothing outdated or drafted', () => {
    const outdated = finding('Lantern costs $59.', 'Lantern/pricing', { standing: 'outdated' });
    expect(mergeFindings([first, second, outdated])).toEqual([second]);
  });

  it('marks both sides of an open contradiction as disputed, and the side that is set aside as outdated', () => {
    const statements = ['A Lantern costs $49.', 'Lantern costs $59.'].map((text) => ({
      value: text,
      statement: text,
      marks: [],
      citation: cite(text),
    }));
    const rows = statements.map((statement) => finding(statement.statement, 'Lantern/pricing'));
    const contradiction = { subject: 'Lantern', attribute: 'price', statements, reason: '' };
    const standings = (preferred: number | null): string[] =>
      markByContradictions(rows, [{ ...contradiction, preferred }]).map((row) => row.standing);
    expect(standings(null)).toEqual(['disputed', 'disputed']);
    expect(standings(0)).toEqual(['stated', 'outdated']);
  });

  it('merges the reports, drops facts the documents call outdated, and lists gaps and connectors once', async () => {
    const fact = { subject: 'Lantern', attribute: 'price', kind: 'price', contradictions: [] };
    const { context } = scripted({
      'RES-020:find_facts': {
        facts: [
          {
            ...fact,
            value: '$49',
            claim: 'A Lantern costs $49.',
            citations: [quote('A Lantern costs $49.')],
          },
          {
            ...fact,
            value: '$59',
            claim: 'Lantern costs $59.',
            standing: 'outdated',
            citations: [quote('Lantern costs $59.')],
          },
          {
            ...fact,
            value: '$39',
            claim: 'A Lantern costs $39.',
            citations: [quote('A Lantern costs $49.')],
          },
        ],
      },
      'RES-020:find_contradictions': {
        contradictions: [
          {
            subject: 'Lantern',
            attribute: 'price',
            statements: [
              { value: '$49', claim: 'A Lantern costs $49.', citation: quote('A Lantern costs $49.') },
              {
                value: '$10',
                claim: 'Invented.',
                citation: { documentId: 'doc_notes', quote: 'Lantern costs $10.' },
              },
              { value: '$59', claim: 'Lantern costs $59.', citation: quote('Lantern costs $59.') },
            ],
            preferred: 2,
            reason: 'because',
          },
        ],
      },
    });
    const unanswered = [{ question: 'Who makes the battery?', reason: 'No document says it.' }];
    const needsConnectors = [{ connector: 'crm', purpose: 'It would help.' }];
    const base = {
      facts: [],
      contradictions: [],
      answers: [],
      terms: [],
      unanswered,
      needsConnectors,
      rejected: 2,
    };
    const synthesis = await synthesise(context, [
      { ...base, agentCode: 'RES-001', findings: [first] },
      { ...base, agentCode: 'RES-005', findings: [] },
    ]);
    expect(synthesis.facts.map((row) => row.value)).toEqual(['$49']);
    expect(synthesis.contradictions).toMatchObject([
      { statements: [{ value: '$49' }, { value: '$59' }], preferred: 1 },
    ]);
    expect(synthesis.unanswered).toEqual(unanswered);
    expect(synthesis.needsConnectors).toEqual(needsConnectors);
    expect(synthesis.rejected).toBe(5);
    expect(synthesis.merged).toEqual({ reports: 2, withoutSource: ['RES-005'] });
  });
});
