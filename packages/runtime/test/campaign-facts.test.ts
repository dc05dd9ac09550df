import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import {
  citationHolds,
  createTextEngine,
  type AnswerQuestionsResult,
  type Citation,
  type Claim,
  type ClaimTopic,
  type Fact,
  type Entity,
  type FillBriefResult,
  type FindContradictionsResult,
  type FindVoicesResult,
  type SourceMediaType,
  type SourceText,
  type SubjectHint,
} from '../src/models/offline/index.ts';

interface Expected {
  facts: { id: string; statement: string; document: string; must_contain: string[] }[];
  must_not_appear: { id: string; strings: string[] }[];
  unanswerable: string[];
  answerable: { question: string; must_contain: string[] }[];
  contradictions: { id: string; values: string[]; resolved: boolean; preferred?: string }[];
}

interface Brief {
  product: string;
  competitors: string[];
  documents: string[];
  deadline: string;
}

const mediaTypes: Readonly<Record<string, SourceMediaType>> = {
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.md': 'text/markdown',
  '.txt': 'text/plain',
};

/** Topics any campaign would ask for; none of them knows what these two are about. */
const topics: ClaimTopic[] = [
  {
    id: 'prices',
    label: 'Prices',
    queries: ['price plan per month', 'cost fee discount', 'trial contract minimum'],
  },
  {
    id: 'features',
    label: 'What it does',
    queries: ['features included supported', 'available option edition'],
  },
  { id: 'setup', label: 'Getting started', queries: ['installation setup time', 'delivery time'] },
  {
    id: 'data',
    label: 'Where and how it is kept',
    queries: ['data stored region', 'privacy security audit'],
  },
  { id: 'pains', label: 'Pains', queries: ['problem complaint annoying', 'too expensive', 'lost failed'] },
  { id: 'proof', label: 'Proof', queries: ['survey test result median', 'percent less', 'award certified'] },
  {
    id: 'origin',
    label: 'Licence and origin',
    queries: ['released licence founded', 'company founded investors'],
  },
  { id: 'environment', label: 'Environment', queries: ['CO2 waste recycled environment', 'law ordinance'] },
];

interface Findings {
  brief: Brief;
  sources: SourceText[];
  expected: Expected;
  facts: Fact[];
  claims: Claim[];
  voices: FindVoicesResult;
  contradictions: FindContradictionsResult;
  answers: AnswerQuestionsResult;
  /** From the documents alone, nobody having named a subject. */
  filled: FillBriefResult;
  named: Entity[];
  json: string;
  durationMs: number;
}

async function study(name: string): Promise<Findings> {
  const folder = new URL(`../../../examples/campaigns/${name}/`, import.meta.url);
  const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8');
  const brief = parse(read('brief.yaml')) as Brief;
  const expected = parse(read('expected.yaml')) as Expected;
  const sources = brief.documents.map((path) => ({
    documentId: path,
    title: basename(path, extname(path)),
    mediaType: mediaTypes[extname(path)] ?? 'text/plain',
    text: read(path),
  }));
  const subjects: SubjectHint[] = [
    { name: brief.product, role: 'own' },
    ...brief.competitors.map((competitor) => ({ name: competitor, role: 'competitor' as const })),
  ];
  const base = { sources, subjects };
  const started = performance.now();
  const engine = createTextEngine();
  const questions = [...expected.answerable.map((entry) => entry.question), ...expected.unanswerable].map(
    (text, index) => ({ id: `q${index}`, text }),
  );
  const facts = await engine.run({ task: 'find_facts', ...base });
  const claims = await engine.run({ task: 'find_claims', ...base, topics, limitPerTopic: 10 });
  const voices = await engine.run({ task: 'find_voices', ...base });
  const contradictions = await engine.run({ task: 'find_contradictions', ...base });
  const answers = await engine.run({ task: 'answer_questions', ...base, questions });
  const others = [
    await engine.run({ task: 'find_entities', ...base }),
    await engine.run({ task: 'rank_terms', ...base }),
    await engine.run({
      task: 'check_text',
      ...base,
      text: facts.facts
        .slice(0, 20)
        .map((fact) => fact.plain)
        .join('\n'),
    }),
  ];
  const filled = await engine.run({ task: 'fill_brief', sources });
  const { entities: named } = await engine.run({ task: 'find_entities', sources });
  const durationMs = performance.now() - started;
  const json = JSON.stringify([facts, claims, voices, contradictions, answers, others, filled, named]);
  return {
    brief,
    sources,
    expected,
    facts: facts.facts,
    claims: claims.topics.flatMap((topic) => topic.claims),
    voices,
    contradictions,
    answers,
    filled,
    named,
    json,
    durationMs,
  };
}

const flat = (text: string): string => text.replaceAll(/&nbsp;|\s+/gu, ' ');
const numbers = (text: string): string[] => flat(text).match(/\d+(?:[.,]\d+)*/gu) ?? [];

interface Finding {
  text: string;
  citations: Citation[];
}

function findings(found: Findings): Finding[] {
  return [
    ...found.facts.map((fact) => ({
      text: fact.claim,
      citations: [...fact.citations, ...fact.contradictions.map((other) => other.citation)],
    })),
    ...found.claims.map((claim) => ({
      text: claim.text,
      citations: [claim.citation, ...claim.alsoIn],
    })),
    ...found.voices.voices.map((voice) => ({ text: voice.text, citations: [voice.citation] })),
  ];
}

function everyCitation(value: unknown, seen: Citation[] = []): Citation[] {
  if (Array.isArray(value)) for (const item of value) everyCitation(item, seen);
  else if (value !== null && typeof value === 'object') {
    if ('quote' in value && 'documentId' in value) seen.push(value as Citation);
    for (const item of Object.values(value)) everyCitation(item, seen);
  }
  return seen;
}

describe.each(['kilnwatch', 'frostpannier'])('the offline engine on the campaign %s', (name) => {
  let found: Findings;
  beforeAll(async () => {
    found = await study(name);
  });

  test('finds at least 90 % of the facts a marketer would underline', () => {
    const all = findings(found).flatMap(({ text, citations }) =>
      citations.map(({ documentId, quote }) => ({ documentId, text: flat(`${text} ${quote}`) })),
    );
    const missed = found.expected.facts.filter(
      (fact) =>
        !all.some(
          (finding) =>
            finding.documentId === fact.document &&
            fact.must_contain.every((part) => finding.text.includes(part)),
        ),
    );
    const recall = 1 - missed.length / found.expected.facts.length;
    expect(found.expected.facts.length).toBeGreaterThanOrEqual(60);
    expect(recall, `missed: ${missed.map((fact) => fact.id).join(', ')}`).toBeGreaterThanOrEqual(0.9);
  });

  test('tells nothing outdated, drafted or foreign as a fact', () => {
    const told = [
      ...found.facts
        .filter((fact) => fact.standing === 'stated')
        .map((fact) => flat(`${fact.claim} = ${fact.value}`)),
      ...found.claims.filter((claim) => claim.standing === 'stated').map((claim) => flat(claim.text)),
      ...found.voices.voices.map((voice) => flat(voice.text)),
      ...found.answers.answers
        .filter((answer) => answer.standing === 'stated')
        .map((answer) => flat(answer.answer ?? '')),
    ];
    const wrong = found.expected.must_not_appear.filter((entry) =>
      told.some((text) => entry.strings.every((part) => text.includes(part))),
    );
    expect(wrong.map((entry) => entry.id)).toEqual([]);
  });

  test('quotes nothing that is not in its source at the offsets it gives', () => {
    const citations = everyCitation(JSON.parse(found.json));
    expect(citations.length).toBeGreaterThan(300);
    expect(citations.filter((citation) => !citationHolds(citation, found.sources))).toEqual([]);
  });

  test('gives no number that is not in its quote', () => {
    const invented: string[] = [];
    for (const fact of found.facts) {
      const source = numbers(`${fact.citations[0]?.quote ?? ''} ${fact.context?.quote ?? ''}`);
      invented.push(...numbers(`${fact.claim} ${fact.value}`).filter((number) => !source.includes(number)));
    }
    for (const claim of found.claims) {
      const source = numbers(`${claim.citation.quote} ${claim.context?.quote ?? ''}`);
      invented.push(...numbers(claim.text).filter((number) => !source.includes(number)));
    }
    expect(invented).toEqual([]);
  });

  test('answers what the documents answer and says honestly what they do not', () => {
    for (const [index, entry] of found.expected.answerable.entries()) {
      const answer = found.answers.answers[index];
      expect(answer?.answered, entry.question).toBe(true);
      for (const part of entry.must_contain)
        expect(flat(answer?.answer ?? ''), entry.question).toContain(part);
    }
    const rest = found.answers.answers.slice(found.expected.answerable.length);
    expect(rest.filter((answer) => answer.answered).map((answer) => answer.question)).toEqual([]);
    expect(rest.every((answer) => (answer.reason ?? '').length > 10 && answer.answer === undefined)).toBe(
      true,
    );
  });

  test('finds the contradictions and prefers a side only where the text does', () => {
    for (const entry of found.expected.contradictions) {
      const match = found.contradictions.contradictions.find((candidate) =>
        entry.values.every((value) =>
          candidate.statements.some((statement) =>
            flat(`${statement.value} ${statement.claim}`).includes(value),
          ),
        ),
      );
      expect(match, entry.id).toBeDefined();
      const preferred = match?.preferred === undefined ? undefined : match.statements[match.preferred];
      expect(preferred !== undefined, entry.id).toBe(entry.resolved);
      if (entry.preferred !== undefined)
        expect(flat(`${preferred?.value} ${preferred?.claim}`), entry.id).toContain(entry.preferred);
    }
  });

  test('fills a brief from dropped files with the right product, competitors, budget and deadline', () => {
    const { filled, named, brief } = found;
    expect(filled.product?.value).toBe(brief.product);
    expect(filled.positioning?.value).toContain(brief.product);
    expect(filled.competitors.map((competitor) => competitor.value).toSorted()).toEqual(
      brief.competitors.toSorted(),
    );
    expect(filled.deadline?.value).toBe(brief.deadline);
    expect(filled.audience.length).toBeGreaterThan(0);
    expect(filled.missing).toEqual(['channels']);
    const roles = new Map(named.map((entity) => [entity.name, entity.role]));
    expect(roles.get(brief.product)).toBe('own');
    for (const competitor of brief.competitors) expect(roles.get(competitor)).toBe('competitor');
  });

  test('gives the same bytes twice and is done long before a campaign has to be', async () => {
    const again = await study(name);
    expect(again.json).toBe(found.json);
    expect(Math.min(again.durationMs, found.durationMs)).toBeLessThan(8_000);
  });
});
