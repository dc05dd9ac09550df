import { inspectClaims } from './claims.ts';
import type {
  ContentUnderReview,
  CountedField,
  Measure,
  PlatformId,
  PlatformLimit,
  PlatformRules,
  Review,
  RuleFinding,
  Verdict,
} from './content.ts';
import { blogRules } from './platforms/blog.ts';
import { emailRules } from './platforms/email.ts';
import { facebookRules } from './platforms/facebook.ts';
import { instagramRules } from './platforms/instagram.ts';
import { landingPageRules } from './platforms/landing-page.ts';
import { linkedinRules } from './platforms/linkedin.ts';
import { mediumRules } from './platforms/medium.ts';
import { pinterestRules } from './platforms/pinterest.ts';
import { redditRules } from './platforms/reddit.ts';
import { threadsRules } from './platforms/threads.ts';
import { tiktokRules } from './platforms/tiktok.ts';
import { xPostLimits, xRules } from './platforms/x.ts';
import { youtubeRules } from './platforms/youtube.ts';
import { findCallToAction, inspectReadability } from './readability.ts';
import { findHashtags, findLinks, findMentions, measureText } from './text-measures.ts';

/** The rules of every platform, by its id. */
export const platformRules: Readonly<Record<PlatformId, PlatformRules>> = Object.freeze({
  x: xRules,
  linkedin: linkedinRules,
  instagram: instagramRules,
  facebook: facebookRules,
  youtube: youtubeRules,
  tiktok: tiktokRules,
  pinterest: pinterestRules,
  medium: mediumRules,
  reddit: redditRules,
  threads: threadsRules,
  email: emailRules,
  blog: blogRules,
  landing_page: landingPageRules,
});

/** Every id of a platform, in the order of the table. */
export const platformIds: readonly PlatformId[] = Object.freeze([
  'x',
  'linkedin',
  'instagram',
  'facebook',
  'youtube',
  'tiktok',
  'pinterest',
  'medium',
  'reddit',
  'threads',
  'email',
  'blog',
  'landing_page',
]);

/** Every limit with its source and the day it was read. */
export const platformLimits: readonly PlatformLimit[] = Object.freeze([
  ...xPostLimits,
  ...platformIds.flatMap((platform) => platformRules[platform].limits),
]);

const countItems: Readonly<Record<CountedField, (content: ContentUnderReview) => number>> = {
  tags: (content) => content.tags?.length ?? 0,
  hashtags: (content) => findHashtags(content.text).length,
  mentions: (content) => findMentions(content.text).length,
  links: (content) => new Set(findLinks(content.text).map((span) => span.text)).size,
};

const measureLimit = (content: ContentUnderReview, limit: PlatformLimit): number =>
  limit.unit === 'items'
    ? countItems[limit.field](content)
    : measureText(content[limit.field] ?? '', limit.unit);

const unitNames = {
  x_weighted: 'weighted characters',
  threads_weighted: 'characters as Threads counts them',
  utf16: 'characters',
  utf8_bytes: 'bytes',
  graphemes: 'characters',
  items: '',
} as const;

function limitFinding(limit: PlatformLimit, value: number): RuleFinding | undefined {
  const exceeded =
    limit.hard !== undefined && value > limit.hard
      ? ({ bound: limit.hard, severity: 'rejection' } as const)
      : limit.soft !== undefined && value > limit.soft
        ? ({ bound: limit.soft, severity: 'warning' } as const)
        : undefined;
  if (exceeded === undefined) return undefined;
  const unit = unitNames[limit.unit];
  const what = unit === '' ? `${value} ${limit.field}` : `The ${limit.field} has ${value} ${unit}`;
  return {
    rule: exceeded.severity === 'warning' ? `${limit.rule}_soft` : limit.rule,
    severity: exceeded.severity,
    message: `${what}; ${exceeded.severity === 'warning' ? 'better at most' : 'at most'} ${exceeded.bound}.`,
    field: limit.field,
  };
}

function competitorFindings(content: ContentUnderReview): readonly RuleFinding[] {
  return (content.competitors ?? []).flatMap((name): RuleFinding[] => {
    const start = content.text.toLowerCase().indexOf(name.toLowerCase());
    if (name === '' || start < 0) return [];
    return [
      {
        rule: 'competitor_named',
        severity: 'warning',
        message: `“${name}” is named; a comparison must be true today and provable, so check it again before publishing.`,
        field: 'text',
        span: { start, end: start + name.length },
      },
    ];
  });
}

/** The verdict that follows from findings: any rejection rejects, any warning warns. */
export function verdictOf(findings: readonly Pick<RuleFinding, 'severity'>[]): Verdict {
  if (findings.some((finding) => finding.severity === 'rejection')) return 'REJECTED';
  return findings.length > 0 ? 'WARNING' : 'PASSED';
}

/**
 * Applies the platform's rules and the rules for every platform (claims, capitals, banned terms, gaps, readability, call
 * to action). The same content always gives the same verdict; nothing is asked of a model.
 */
export function reviewContent(content: ContentUnderReview): Review {
  const rules = platformRules[content.platform];
  const measures: Measure[] = [];
  const findings: RuleFinding[] = [];
  if (content.text.trim() === '') {
    findings.push({
      rule: 'text_missing',
      severity: 'rejection',
      message: 'The text is empty.',
      field: 'text',
    });
  }
  const limits = content.platform === 'x' ? [...xPostLimits, ...rules.limits] : rules.limits;
  for (const limit of limits) {
    const value = measureLimit(content, limit);
    measures.push({
      rule: limit.rule,
      field: limit.field,
      value,
      unit: limit.unit,
      soft: limit.soft,
      hard: limit.hard,
    });
    // X's post limits depend on the account and are judged by its own inspection.
    const finding = xPostLimits.includes(limit) ? undefined : limitFinding(limit, value);
    if (finding !== undefined) findings.push(finding);
  }
  findings.push(...rules.inspect(content));
  for (const field of ['subject', 'title', 'preheader', 'description', 'text'] as const) {
    const value = content[field];
    if (value !== undefined) findings.push(...inspectClaims(value, field, content.evidence));
  }
  findings.push(...competitorFindings(content));
  if ((content.language ?? 'en').toLowerCase().startsWith('en'))
    findings.push(...inspectReadability(content.text));
  if (rules.wantsCallToAction && findCallToAction(content.text) === undefined) {
    findings.push({
      rule: 'call_to_action_missing',
      severity: 'warning',
      message: 'Nothing asks the reader to act; end with one action, for example “Try it …” or “Read …”.',
      field: 'text',
    });
  }
  return {
    platform: content.platform,
    guardian: rules.guardian,
    verdict: verdictOf(findings),
    findings,
    measures,
  };
}
