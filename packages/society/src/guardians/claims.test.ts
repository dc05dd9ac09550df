import { describe, expect, it } from 'vitest';
import type { ContentUnderReview } from './content.ts';
import { findGaps, inspectClaims } from './claims.ts';
import { findCallToAction, findSentences, fleschReadingEase } from './readability.ts';
import { reviewContent } from './review.ts';

const claims = (text: string, evidence: readonly string[] = []): string[] =>
  inspectClaims(text, 'text', evidence).map((finding) => `${finding.severity}:${finding.rule}`);

describe('claims', () => {
  it('rejects a number that no cited quote holds, and names its place', () => {
    const text = 'Cuts false alarms by 83 percent.';
    expect(inspectClaims(text, 'text', [])).toMatchObject([
      { rule: 'claim_without_proof', severity: 'rejection', span: { start: 21, end: 23 } },
    ]);
    expect(claims(text, ['reduced false alarms by 83 percent compared with a single probe'])).toEqual([]);
  });

  it('does not read numbers in links, hashtags and gaps', () => {
    expect(claims('See https://a.io/2026 #web3 [gap: price for 5 users]')).toEqual(['warning:unfilled_gap']);
  });

  it('rejects superlatives that compare with everybody unless a cited quote says so', () => {
    for (const text of [
      'The best monitor',
      'The fastest monitor in the world',
      'A world-class tool',
      'the #1 choice',
      'An unmatched experience',
      'the only tool you need',
      'the most reliable monitor',
    ]) {
      expect(claims(text)).toContain('rejection:superlative_without_proof');
    }
    expect(claims('“The prettiest status pages.” The shortest check interval is small.')).toEqual([]);
    expect(claims('The best translation we know', ['Status pages, the best translation we know.'])).toEqual(
      [],
    );
  });

  it('rejects guarantees without a source and warns of those with one', () => {
    expect(claims('Guaranteed results, never goes down.')).toEqual([
      'rejection:guarantee',
      'rejection:guarantee',
    ]);
    expect(claims('It is guaranteed for a year.', ['Repairs are guaranteed for a year.'])).toEqual([
      'warning:guarantee',
    ]);
    expect(claims('risk-free')).toEqual(['rejection:guarantee']);
  });

  it('rejects terms of spam', () => {
    expect(claims('Click here for a miracle')).toEqual(['rejection:banned_term', 'rejection:banned_term']);
  });

  it('warns of shouting and leaves acronyms alone', () => {
    expect(claims('AMAZING offer')).toEqual(['warning:all_caps']);
    expect(claims('BUY IT NOW')).toEqual(['warning:all_caps']);
    expect(claims('STOP LOSING SLEEP')).toEqual(['warning:all_caps']);
    expect(claims('Checks HTTP, YAML and SMTP; made by HTTPS fans of gRPC.')).toEqual([]);
  });

  it('finds gaps with their names', () => {
    const text = 'Try it: [gap: link to the landing page]';
    expect(findGaps(text)).toEqual([{ text: 'link to the landing page', start: 8, end: text.length }]);
  });
});

describe('readability and call to action', () => {
  it('scores short words easier than long ones', () => {
    const easy = fleschReadingEase('The cat sat on the mat. It was warm.');
    const hard = fleschReadingEase(
      'Organisational interoperability necessitates comprehensive standardisation initiatives.',
    );
    expect(easy).toBeGreaterThan(90);
    expect(hard).toBeLessThan(0);
  });

  it('warns of a sentence of more than thirty words and only in English', () => {
    const text = `Try it. ${'word '.repeat(31)}.`;
    const base: ContentUnderReview = { platform: 'linkedin', text, evidence: [] };
    expect(reviewContent(base).findings.map((f) => f.rule)).toEqual(['long_sentence']);
    expect(reviewContent({ ...base, language: 'de' }).findings).toEqual([]);
  });

  it('takes a line break for the end of a sentence', () => {
    const text = 'One line\nAnother. And a third';
    expect(findSentences(text).map((sentence) => text.slice(sentence.start, sentence.end))).toEqual([
      'One line',
      'Another.',
      'And a third',
    ]);
  });

  it('finds the sentence that asks for an action', () => {
    expect(findCallToAction('Alarms you believe.\n→ Try it: https://a.io')?.text).toBe(
      '→ Try it: https://a.io',
    );
    expect(findCallToAction('Read any good books lately?')).toBeUndefined();
    expect(findCallToAction('The trial starts today. https://a.io')).toBeUndefined();
  });

  it('warns where nothing asks for an action, except where that is bad manners', () => {
    const content = (platform: ContentUnderReview['platform']): string[] =>
      reviewContent({ platform, text: 'A statement.', title: 'T', evidence: [] }).findings.map((f) => f.rule);
    expect(content('linkedin')).toEqual(['call_to_action_missing']);
    expect(content('reddit')).toEqual(['community_rules']);
  });
});
