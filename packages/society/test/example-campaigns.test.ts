/** The example campaigns through the offline model: what a marketer would underline is found, and nothing else is claimed. */
import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { createModelCatalog } from '@raptorflow/runtime';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseBrief, type CampaignBrief } from '../src/campaigns/brief.ts';
import { composeWarBrief } from '../src/campaigns/cognition.ts';
import { citedTexts, findBrokenCitations, findGroundingFaults } from '../src/campaigns/grounding.ts';
import { renderPackage } from '../src/campaigns/package.ts';
import { composeQuest } from '../src/campaigns/quest.ts';
import type { WarBrief } from '../src/campaigns/war-brief.ts';
import type { SourceDocument, SourceMediaType } from '../src/evidence/index.ts';
import { platformRules, reviewContent } from '../src/guardians/index.ts';
import { offlineMark, type AskModel } from '../src/guilds/ask-model.ts';
import { contentOf, createAsset, type Asset } from '../src/guilds/muse/index.ts';
import {
  researchCodes,
  researcherByCode,
  synthesise,
  type ResearchReport,
} from '../src/guilds/research/index.ts';

interface Expected {
  facts: { id: string; document: string; must_contain: string[] }[];
  must_not_appear: { id: string; strings: string[] }[];
  unanswerable: string[];
  answerable: { question: string; must_contain: string[] }[];
  contradictions: { id: string; values: string[]; resolved: boolean; preferred?: string }[];
}

interface Told {
  readonly text: string;
  readonly documents: readonly string[];
}

const folder = new URL('../../../examples/campaigns/', import.meta.url);
const mediaTypes: Readonly<Record<string, SourceMediaType>> = {
  '.csv': 'text/csv',
  '.html': 'text/html',
  '.md': 'text/markdown',
  '.txt': 'text/plain',
};
const recallMin = 0.9;
const moment = '2026-11-21T10:00:00.000Z';

/** Asks the offline model as a run does: the task's JSON, checked by the question's schema. */
function offlineAsk(): AskModel {
  const { provider, modelId } = createModelCatalog({}).resolve('offline');
  return async (_step, { task, sources, instructions, schema }) => {
    const answer = await provider.generate({
      modelId,
      messages: [{ role: 'user', content: instructions }],
      maxOutputTokens: 100_000,
      sources,
      ...(task === undefined ? {} : { task }),
    });
    return schema.parse(JSON.parse(answer.text));
  };
}

/** Everything a brief tells as true: sentences, and facts that nothing contradicts, with their documents. */
function told(brief: WarBrief): readonly Told[] {
  const documentOf = new Map(brief.citations.map((citation) => [citation.id, citation.documentId]));
  const documents = (ids: readonly string[]): string[] => ids.flatMap((id) => documentOf.get(id) ?? []);
  return [
    ...citedTexts({ ...brief, facts: [], contradictions: [] }).map((entry) => ({
      text: entry.text,
      documents: documents(entry.citations),
    })),
    ...brief.facts.map((fact) => ({
      text: `${fact.subject} ${fact.attribute} ${fact.value} ${fact.statement}`,
      documents: documents(fact.citations),
    })),
  ];
}

const holdsAll = (text: string, parts: readonly string[]): boolean =>
  parts.every((part) => text.includes(part));

describe.each(['kilnwatch', 'frostpannier'])('the campaign %s', (name) => {
  let expected: Expected;
  let brief: CampaignBrief;
  let documents: readonly SourceDocument[];
  let reports: readonly ResearchReport[];
  let warBrief: WarBrief;
  let assets: readonly Asset[];

  beforeAll(async () => {
    const read = (path: string): string => readFileSync(new URL(`${name}/${path}`, folder), 'utf8');
    expected = parse(read('expected.yaml')) as Expected;
    brief = parseBrief(read('brief.yaml'));
    documents = brief.documents.map((path) => ({
      documentId: path,
      title: basename(path),
      mediaType: mediaTypes[extname(path)] ?? 'text/plain',
      text: read(path),
    }));
    const context = {
      brief,
      documents,
      ask: offlineAsk(),
      model: offlineMark,
      signal: new AbortController().signal,
    };
    reports = await Promise.all(
      researchCodes.map((code) => researcherByCode[code]?.(context) ?? expect.unreachable()),
    );
    const synthesis = await synthesise(context, reports);
    warBrief = composeWarBrief({
      campaignId: name,
      generatedAt: moment,
      brief,
      documents,
      synthesis,
      model: offlineMark,
    });
    assets = await Promise.all(
      brief.channels.map((channel) => createAsset(channel, { ...context, warBrief })),
    );
  });

  it('finds at least nine of ten facts that a marketer would underline, each with its document', () => {
    const sentences = told(warBrief);
    const missing = expected.facts.filter(
      (fact) =>
        !sentences.some(
          (entry) => entry.documents.includes(fact.document) && holdsAll(entry.text, fact.must_contain),
        ),
    );
    expect(
      1 - missing.length / expected.facts.length,
      missing.map((fact) => fact.id).join(', '),
    ).toBeGreaterThanOrEqual(recallMin);
  });

  it('tells nothing that is outdated, a rumour, a draft, or about somebody else', () => {
    const sentences = told(warBrief);
    const copies = assets.flatMap((asset) =>
      asset.variants.flatMap((variant) => [
        variant.text,
        ...Object.values(variant.lines).map((line) => line.text),
      ]),
    );
    const wrong = expected.must_not_appear.filter(
      ({ strings }) =>
        sentences.some((entry) => holdsAll(entry.text, strings)) ||
        copies.some((copy) => holdsAll(copy, strings)),
    );
    expect(wrong).toEqual([]);
  });

  it('cites every sentence by a quote that stands in its document, and invents no number', () => {
    expect(citedTexts(warBrief).length).toBeGreaterThan(150);
    expect(findBrokenCitations(warBrief, documents)).toEqual([]);
    expect(findGroundingFaults(warBrief)).toEqual([]);
    expect(warBrief.rejected).toBe(0);
  });

  it('answers what the documents answer and leaves the rest open', () => {
    for (const { question, must_contain: parts } of expected.answerable) {
      if (!brief.questions.includes(question)) continue;
      const answer = warBrief.answers.find((entry) => entry.question === question)?.answer.text ?? '';
      expect(holdsAll(answer, parts), `${question} → ${answer}`).toBe(true);
    }
    const open = warBrief.unanswered.map((row) => row.question);
    const unanswerable = expected.unanswerable.filter((question) => brief.questions.includes(question));
    expect(open).toEqual(expect.arrayContaining(unanswerable));
  });

  it('shows contradictions with both sides, and believes one only where the documents say so', () => {
    for (const { values, resolved, preferred } of expected.contradictions) {
      const found = warBrief.contradictions.find((row) =>
        values.every((value) =>
          // A count stands beside the thing counted: "31", "integrations".
          row.statements.some(({ value: given }) => `${given} ${row.attribute}`.includes(value)),
        ),
      );
      expect(found, values.join(' / ')).toBeDefined();
      expect(found?.preferred !== null).toBe(resolved);
      const believed = `${found?.statements[found.preferred ?? -1]?.value ?? ''} ${found?.attribute ?? ''}`;
      expect(believed).toContain(preferred ?? '');
    }
  });

  it('says which agents lack a source, and lets none of them invent one', () => {
    expect(reports).toHaveLength(19);
    expect(warBrief.connectors.length).toBeGreaterThan(5);
    for (const report of reports.filter((entry) => entry.findings.length === 0)) {
      expect(report.needsConnectors.length + report.answers.length + report.terms.length).toBeGreaterThan(0);
    }
  });

  it('makes assets that their guardians let pass, within the limits of each platform', () => {
    for (const asset of assets) {
      expect(asset.variants).toHaveLength(2);
      for (const variant of asset.variants) {
        const review = reviewContent(contentOf(asset.channel, variant, warBrief, brief));
        expect(review.findings.filter((finding) => finding.severity === 'rejection')).toEqual([]);
        expect(variant.citations.length, platformRules[asset.channel].name).toBeGreaterThan(0);
      }
    }
  });

  it('packs everything into two files whose references all lead somewhere', () => {
    const quest = composeQuest({ brief, warBrief, campaignId: name, generatedAt: moment });
    const { html, markdown } = renderPackage({
      campaign: { id: name, createdAt: moment },
      brief,
      warBrief,
      quest,
      assets: assets.map((asset) => ({ asset, reviews: [] })),
      documents,
      runs: [],
      model: offlineMark,
      costUsd: '0.000000',
      packedAt: moment,
    });
    const ids = new Set([...html.matchAll(/ id="([^"]+)"/gu)].map((match) => match[1]));
    const lost = [...html.matchAll(/href="#([^"]+)"/gu)].filter((match) => !ids.has(match[1]));
    expect(lost).toEqual([]);
    const anchors = new Set([...markdown.matchAll(/<a id="([^"]+)">/gu)].map((match) => match[1]));
    expect([...markdown.matchAll(/\]\(#(c\d+)\)/gu)].filter((match) => !anchors.has(match[1]))).toEqual([]);
  });
});
