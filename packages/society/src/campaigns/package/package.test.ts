import { array, assert, integer, property, string, tuple } from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { SourceDocument } from '../../evidence/index.ts';
import { reviewContent } from '../../guardians/index.ts';
import { offlineMark } from '../../guilds/ask-model.ts';
import { contentOf, createAsset } from '../../guilds/muse/index.ts';
import {
  smallBrief,
  smallDocuments,
  smallMoment,
  smallSynthesis,
  smallWarBrief,
} from '../../testing/small-campaign.ts';
import { renderPackage, type PackageInput } from '../package.ts';
import { composeQuest } from '../quest.ts';
import { CitationLinks } from './citation-links.ts';
import { appendixCharactersMax, markQuotes } from './html-appendix.ts';
import { escapeHtml, escapeMarkdown, html } from './markup.ts';

async function inputOf(brief: typeof smallBrief = smallBrief): Promise<PackageInput> {
  const warBrief = smallWarBrief();
  const assets = await Promise.all(
    brief.channels.map(async (channel) => {
      const asset = await createAsset(channel, {
        brief,
        warBrief,
        model: offlineMark,
        signal: new AbortController().signal,
        ask: async () => expect.unreachable(),
      });
      const reviews = asset.variants.map((variant) => ({
        variantId: variant.id,
        review: reviewContent(contentOf(channel, variant, warBrief, brief)),
      }));
      return { asset, reviews };
    }),
  );
  return {
    campaign: { id: 'cmp_small', createdAt: smallMoment },
    brief,
    warBrief,
    quest: composeQuest({ brief, warBrief, campaignId: 'cmp_small', generatedAt: smallMoment }),
    assets,
    documents: smallDocuments,
    runs: [
      {
        id: 'run_1',
        runType: 'research',
        key: 'cmp_small:research:RES-001',
        state: { status: 'completed' },
        costMicroUsd: 12_345,
        inputTokens: 1_200,
        outputTokens: 300,
        startedAt: '2026-11-21T10:00:00.000Z',
        completedAt: '2026-11-21T10:00:01.250Z',
      },
    ],
    model: offlineMark,
    costUsd: '0.012345',
    packedAt: '2026-11-21T10:00:09.000Z',
  };
}

let input: PackageInput;
beforeAll(async () => {
  input = await inputOf();
});

describe('the HTML package', () => {
  it('leads from every reference to a marked passage, and back', () => {
    const { html: page } = renderPackage(input);
    const ids = new Set([...page.matchAll(/ id="([^"]+)"/gu)].map((match) => match[1]));
    const targets = [...page.matchAll(/href="#([^"]+)"/gu)].map((match) => match[1]);
    expect(targets.length).toBeGreaterThan(40);
    for (const target of targets) expect(ids).toContain(target);
    for (const citation of input.warBrief.citations) expect(ids).toContain(citation.id);
  });

  it('uses every id once', () => {
    const ids = [...renderPackage(input).html.matchAll(/ id="([^"]+)"/gu)].map((match) => match[1]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('is one file: no script, no handler, nothing fetched', () => {
    const { html: page } = renderPackage(input);
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\son\w+=|javascript:|@import|url\(/iu);
    expect(page).not.toMatch(/(?:src|href)="(?!#)/u);
    expect(page).toContain("default-src 'none'");
  });

  it('shows the bill, the runs, the model and the gaps', () => {
    const { html: page } = renderPackage(input);
    for (const text of [
      '$0.012345',
      'research · RES-001',
      '1.3 s',
      'offline model',
      'Who makes the battery?',
      '[gap: link',
    ]) {
      expect(page).toContain(text);
    }
  });

  it('strikes out what is outdated and never shows it as a value', () => {
    const { html: page } = renderPackage(input);
    expect(page).toContain('<del>$59</del>');
    expect(page).not.toContain('<b>$59</b>');
  });

  it('escapes whatever a brief, a document or a model says', async () => {
    const attack = `<img src=x onerror="alert('1')">`;
    const hostile: SourceDocument = {
      documentId: 'doc_bad',
      title: attack,
      mediaType: 'text/plain',
      text: `${attack}\u0000 ${attack}`,
    };
    const rendered = renderPackage({
      ...(await inputOf({ ...smallBrief, name: attack, positioning: attack, goals: [attack] })),
      documents: [...smallDocuments, hostile],
      model: { offline: false, label: attack },
    });
    expect(rendered.html).not.toContain('<img');
    expect(rendered.html).not.toContain('\u0000');
    expect(rendered.html).toContain('&lt;img src=x');
    // The copy of an asset stands in a code block, where nothing is markup.
    expect(rendered.markdown.replaceAll(/^(`{3,})text\n[\s\S]*?\n\1$/gmu, '')).not.toContain('<img');
  });

  it('is written the same way twice, and without a plan or assets too', () => {
    expect(renderPackage(input)).toEqual(renderPackage(input));
    const bare = renderPackage({ ...input, quest: null, assets: [], runs: [], documents: [] });
    expect(bare.html).toContain('id="facts"');
    expect(bare.html).not.toContain('id="plan"');
  });

  it('shows a very long document around its quotes only', () => {
    const [notes, ...rest] = smallDocuments;
    if (notes === undefined) return expect.unreachable();
    const long = { ...notes, text: notes.text + ' filler'.repeat(appendixCharactersMax / 7 + 1) };
    const { html: page } = renderPackage({ ...input, documents: [long, ...rest] });
    expect(page.length).toBeLessThan(appendixCharactersMax);
    expect(page).toContain('<mark>It shines for 40 hours.</mark>');
  });
});

describe('marking quotes', () => {
  it('loses and adds no character, however quotes overlap', () => {
    const text = 'Line one & <two>\n  three "four" five\nsix';
    const document: SourceDocument = { documentId: 'd', title: 't', mediaType: 'text/plain', text };
    const span = tuple(integer({ min: 0, max: text.length - 1 }), integer({ min: 1, max: 20 }));
    assert(
      property(array(span, { maxLength: 8 }), (spans) => {
        const citations = spans.map(([start, length], index) => {
          const end = Math.min(text.length, start + length);
          return {
            id: `c${index + 1}`,
            documentId: 'd',
            title: 't',
            start,
            end,
            quote: text.slice(start, end),
            section: [],
          };
        });
        const marked = markQuotes(
          document,
          citations,
          { start: 0, end: text.length },
          new CitationLinks(citations),
        ).text;
        expect(marked.replaceAll(/<a [^>]*>\d+<\/a>|<\/?mark>/gu, '')).toBe(escapeHtml(text));
        for (const citation of citations) expect(marked).toContain(` id="${citation.id}"`);
      }),
    );
  });
});

describe('markup', () => {
  it('escapes every value but markup itself', () => {
    expect(html`<p title="${'"&'}">${'<b>'}${html`<i>x</i>`}${[1, null, false]}</p>`.text).toBe(
      '<p title="&quot;&amp;">&lt;b&gt;<i>x</i>1</p>',
    );
  });

  it('never lets a text out of its tag', () => {
    assert(
      property(string(), (text) => {
        expect(escapeHtml(text)).not.toMatch(/[<>"']/u);
      }),
    );
  });

  it('keeps Markdown text on one line and without syntax', () => {
    expect(escapeMarkdown('# a\n* b | [c](d) <e> `f`')).toBe('\\# a \\* b \\| \\[c\\](d) &lt;e> \\`f\\`');
    expect(escapeMarkdown('1. one')).toBe('\\1. one');
  });
});

describe('the Markdown package', () => {
  it('leads from every reference to a quote in its list of sources', () => {
    const { markdown } = renderPackage(input);
    const anchors = new Set([...markdown.matchAll(/<a id="(c\d+)">/gu)].map((match) => match[1]));
    const used = [...markdown.matchAll(/\]\(#(c\d+)\)/gu)].map((match) => match[1]);
    expect(used.length).toBeGreaterThan(30);
    for (const id of used) expect(anchors).toContain(id);
    expect(anchors.size).toBe(input.warBrief.citations.length);
  });

  it('tells the same as the HTML: facts, contradictions, gaps, plan, assets, bill', () => {
    const { markdown } = renderPackage(input);
    for (const text of [
      '## Facts',
      '~~$59~~ (outdated)',
      'What I could not answer from these documents',
      '### Budget: $1,000',
      '#### Variant A',
      '$0.012345',
      '**offline model**',
    ]) {
      expect(markdown).toContain(text);
    }
  });

  it('keeps tables whole: every row has the cells of its head', () => {
    const lines = renderPackage(input).markdown.split('\n');
    const cells = (line: string): number => line.split(/(?<!\\)\|/u).length;
    const broken = lines.filter((line, index) => {
      const before = lines[index - 1] ?? '';
      return line.startsWith('|') && before.startsWith('|') && cells(line) !== cells(before);
    });
    expect(broken).toEqual([]);
  });

  it('names the side of the brief that has nothing in it', () => {
    const empty = smallWarBrief({
      ...smallSynthesis,
      findings: [],
      facts: [],
      contradictions: [],
      answers: [],
    });
    const { markdown } = renderPackage({ ...input, warBrief: empty, quest: null, assets: [] });
    expect(markdown).toContain('The documents say nothing about this competitor.');
    expect(markdown).toContain('No passage of the documents speaks of this pain.');
  });
});
