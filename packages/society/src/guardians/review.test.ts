import { describe, expect, it } from 'vitest';
import type { ContentUnderReview, PlatformId, Review } from './content.ts';
import { platformIds, platformLimits, platformRules, reviewContent } from './review.ts';

const review = (platform: PlatformId, text: string, more: Partial<ContentUnderReview> = {}): Review =>
  reviewContent({ platform, text, evidence: [], language: 'und', ...more });
const rules = (result: Review, severity?: 'warning' | 'rejection'): string[] =>
  result.findings.filter((f) => severity === undefined || f.severity === severity).map((f) => f.rule);
/** A text of exactly this many plain characters that asks for an action and has no long word or sentence to warn of. */
const filled = (length: number): string =>
  `Try it. ${'ab cd '.repeat(Math.ceil(length / 6))}`.slice(0, length - 1) + 'x';

describe('the table of limits', () => {
  it('names a source page or ourselves, and the day it was read, for every limit', () => {
    for (const limit of platformLimits) {
      expect(limit.checkedOn).toMatch(/^\d{4}-\d{2}-\d{2}$/u);
      expect(limit.source.url ?? 'https://').toMatch(/^https:\/\//u);
      expect(limit.source.title.length).toBeGreaterThan(5);
      expect(limit.hard ?? limit.soft).toBeTypeOf('number');
    }
  });

  it('has rules for every platform under its own id', () => {
    expect(platformIds).toHaveLength(13);
    for (const id of platformIds) expect(platformRules[id].platform).toBe(id);
  });
});

describe('X', () => {
  it('passes 260, warns from 261 to 280 and rejects 281', () => {
    expect(review('x', filled(260)).verdict).toBe('PASSED');
    expect(rules(review('x', filled(261)))).toEqual(['text_length_soft']);
    expect(review('x', filled(279)).verdict).toBe('WARNING');
    expect(review('x', filled(280)).verdict).toBe('WARNING');
    expect(rules(review('x', filled(281)), 'rejection')).toEqual(['text_length']);
  });

  it('says how much must go', () => {
    expect(review('x', filled(290)).findings[0]?.message).toContain('10 over 280');
  });

  it('judges by weight and not by characters', () => {
    const text = `Try it. ${'漢'.repeat(137)}`;
    expect(text.length).toBeLessThan(150);
    expect(rules(review('x', text), 'rejection')).toEqual(['text_length']);
    expect(rules(review('x', `Try it: https://example.com/${'x'.repeat(400)}`))).toEqual([]);
  });

  it('lets premium accounts write up to 25,000', () => {
    expect(review('x', filled(25_000), { premium: true }).verdict).toBe('PASSED');
    expect(rules(review('x', filled(25_001), { premium: true }), 'rejection')).toEqual([
      'premium_text_length',
    ]);
  });

  it('warns of a third hashtag', () => {
    expect(rules(review('x', 'Try it. #a1 #b1'))).toEqual([]);
    expect(rules(review('x', 'Try it. #a1 #b1 #c1'))).toEqual(['hashtags']);
  });
});

describe('length limits of the other platforms', () => {
  it.each([
    ['linkedin', 3_000],
    ['instagram', 2_200],
    ['tiktok', 2_200],
    ['threads', 500],
    ['facebook', 63_206],
  ] as const)('%s takes %i and rejects one more', (platform, limit) => {
    expect(rules(review(platform, filled(limit)), 'rejection')).toEqual([]);
    expect(rules(review(platform, filled(limit + 1)), 'rejection')).toEqual(['text_length']);
  });

  it('counts a LinkedIn post in UTF-16 units, so that no reading of "character" is exceeded', () => {
    expect(rules(review('linkedin', '👾'.repeat(1_501)), 'rejection')).toEqual(['text_length']);
    expect(rules(review('linkedin', '👾'.repeat(1_500)), 'rejection')).toEqual([]);
  });

  it('counts a YouTube description in bytes', () => {
    const title = 'A title';
    expect(rules(review('youtube', 'ä'.repeat(2_500), { title }), 'rejection')).toEqual([]);
    expect(rules(review('youtube', 'ä'.repeat(2_501), { title }), 'rejection')).toEqual([
      'description_length',
    ]);
  });

  it('limits titles', () => {
    expect(rules(review('reddit', 'Text', { title: 'x'.repeat(300) }), 'rejection')).toEqual([]);
    expect(rules(review('reddit', 'Text', { title: 'x'.repeat(301) }), 'rejection')).toEqual([
      'title_length',
    ]);
    expect(rules(review('youtube', 'Try it', { title: 'x'.repeat(100) }), 'rejection')).toEqual([]);
    expect(rules(review('youtube', 'Try it', { title: 'x'.repeat(101) }), 'rejection')).toEqual([
      'title_length',
    ]);
    expect(rules(review('pinterest', 'Text', { title: 'x'.repeat(101) }), 'rejection')).toEqual([
      'title_length',
    ]);
    expect(rules(review('medium', 'Text', { title: 'x'.repeat(101) }), 'rejection')).toEqual([
      'title_length',
    ]);
  });
});

describe('platform rules beyond length', () => {
  it('counts hashtags: Instagram 30, Threads 1, none on Reddit', () => {
    const tags = (count: number): string => Array.from({ length: count }, (_, i) => `#tag${i}`).join(' ');
    expect(rules(review('instagram', `Try it ${tags(5)}`))).toEqual([]);
    expect(rules(review('instagram', `Try it ${tags(30)}`))).toEqual(['hashtags_soft']);
    expect(rules(review('instagram', `Try it ${tags(31)}`), 'rejection')).toEqual(['hashtags']);
    expect(rules(review('threads', `Try it ${tags(1)}`))).toEqual([]);
    expect(rules(review('threads', `Try it ${tags(2)}`), 'rejection')).toEqual(['hashtags']);
    expect(rules(review('reddit', tags(1), { title: 'T' }), 'rejection')).toEqual(['hashtags']);
  });

  it('rejects a sixth link on Threads and counts the same link once', () => {
    const links = (count: number): string =>
      Array.from({ length: count }, (_, i) => `https://a${i}.io`).join(' ');
    expect(rules(review('threads', `Try it ${links(5)} https://a0.io`), 'rejection')).toEqual([]);
    expect(rules(review('threads', `Try it ${links(6)}`), 'rejection')).toEqual(['links']);
  });

  it('checks the ratio of pictures', () => {
    const picture = (widthPx: number, heightPx: number): Partial<ContentUnderReview> => ({
      picture: { widthPx, heightPx },
    });
    expect(rules(review('instagram', 'Try it', picture(1080, 1350)))).toEqual([]);
    expect(rules(review('instagram', 'Try it', picture(1910, 1000)))).toEqual([]);
    expect(rules(review('instagram', 'Try it', picture(1080, 1920)))).toEqual([]);
    expect(rules(review('instagram', 'Try it', picture(1080, 1500)))).toEqual(['picture_ratio']);
    expect(rules(review('instagram', 'Try it', picture(2000, 1000)))).toEqual(['picture_ratio']);
    expect(rules(review('pinterest', 'Text', picture(1000, 1500)))).toEqual([]);
    expect(rules(review('pinterest', 'Text', picture(1000, 1000)))).toEqual(['picture_ratio']);
    expect(rules(review('facebook', 'Try it: https://a.io', picture(300, 157)))).toEqual([
      'link_preview_size',
    ]);
  });

  it('asks for a music licence on TikTok', () => {
    expect(rules(review('tiktok', 'Try it'))).toEqual(['music_licence']);
    expect(rules(review('tiktok', 'Try it', { musicLicence: 'Commercial Music Library' }))).toEqual([]);
  });

  it('asks for a canonical link on Medium and takes only https', () => {
    expect(rules(review('medium', 'Text'))).toEqual(['canonical_link']);
    expect(review('medium', 'Text', { canonicalUrl: 'https://a.io/x' }).verdict).toBe('PASSED');
    expect(review('medium', 'Text', { canonicalUrl: 'http://a.io' }).verdict).toBe('REJECTED');
  });

  it('refuses angle brackets and too many tags on YouTube', () => {
    expect(rules(review('youtube', 'Try a < b', { title: 'T' }), 'rejection')).toEqual(['angle_brackets']);
    const tags = Array.from({ length: 51 }, () => 'a'.repeat(9));
    expect(rules(review('youtube', 'Try it', { title: 'T', tags: tags.slice(0, 50) }), 'rejection')).toEqual(
      [],
    );
    expect(rules(review('youtube', 'Try it', { title: 'T', tags }), 'rejection')).toEqual(['tags_length']);
  });

  it('always reminds of the community on Reddit', () => {
    expect(rules(review('reddit', 'Text', { title: 'T' }))).toEqual(['community_rules']);
  });
});

describe('e-mail and pages', () => {
  const footer = '\n\nUnsubscribe: https://a.io/u\n[gap: postal address of the sender]';
  it('needs a subject, a preheader and a way to unsubscribe', () => {
    expect(rules(review('email', 'Try it.'), 'rejection')).toEqual([
      'subject_missing',
      'unsubscribe_missing',
    ]);
    const mail = review('email', `Try it.${footer}`, { subject: 'A subject', preheader: 'What it says' });
    expect(rules(mail)).toEqual(['unfilled_gap']);
  });

  it('limits the subject at 60 softly and 150 hard, and refuses a pretended reply', () => {
    const mail = (subject: string): string[] =>
      rules(review('email', `Try it.${footer}`, { subject, preheader: 'P' }));
    expect(mail('x'.repeat(60))).not.toContain('subject_length_soft');
    expect(mail('x'.repeat(61))).toContain('subject_length_soft');
    expect(mail('x'.repeat(151))).toContain('subject_length');
    expect(mail('Re: your order')).toContain('deceptive_subject');
  });

  it('wants a title, a description and one first heading on pages', () => {
    expect(rules(review('blog', '# A\n\nTry it.'))).toEqual(['title_missing', 'description_missing']);
    const page = { title: 'T', description: 'D' };
    expect(rules(review('landing_page', '# A\n\n# B\n\nTry it.', page))).toEqual(['headings']);
    expect(rules(review('blog', '# A\n\nTry it.', { ...page, title: 'x'.repeat(61) }))).toEqual([
      'title_length_soft',
    ]);
    expect(review('blog', '# A\n\nTry it.', page).verdict).toBe('PASSED');
  });
});
