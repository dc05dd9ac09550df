import type { PlatformRules, RuleFinding } from '../content.ts';

/** Reddit posts. */
export const redditRules: PlatformRules = {
  platform: 'reddit',
  name: 'Reddit',
  guardian: 'GRD-RED',
  wantsCallToAction: false,
  limits: [
    {
      platform: 'reddit',
      rule: 'title_length',
      field: 'title',
      unit: 'utf16',
      hard: 300,
      note: 'Post title.',
      source: {
        title: 'Reddit API: POST /api/submit',
        url: 'https://www.reddit.com/dev/api#POST_api_submit',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'reddit',
      rule: 'text_length',
      field: 'text',
      unit: 'utf16',
      hard: 40_000,
      note: 'Post body.',
      source: {
        title: 'Reddit Help: Text posts',
        url: 'https://support.reddithelp.com/hc/en-us/articles/360060422572',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'reddit',
      rule: 'hashtags',
      field: 'hashtags',
      unit: 'items',
      hard: 0,
      note: 'Reddit has no hashtags; “#” opens a heading.',
      source: {
        title: 'Reddit Help: Formatting guide',
        url: 'https://support.reddithelp.com/hc/en-us/articles/360043033952',
      },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: (content) => {
    const findings: RuleFinding[] = [];
    if (content.title === undefined || content.title.trim() === '') {
      findings.push({
        rule: 'title_missing',
        severity: 'rejection',
        message: 'A post needs a title.',
        field: 'title',
      });
    }
    findings.push({
      rule: 'community_rules',
      severity: 'warning',
      message:
        'Every community has its own rules on self-promotion: read them, say that you belong to the product, and ask the moderators where it is not clear.',
      field: 'text',
    });
    return findings;
  },
};
