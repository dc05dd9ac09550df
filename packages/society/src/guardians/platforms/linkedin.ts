import type { PlatformRules } from '../content.ts';

/** LinkedIn posts. */
export const linkedinRules: PlatformRules = {
  platform: 'linkedin',
  name: 'LinkedIn',
  guardian: 'GRD-LI',
  wantsCallToAction: true,
  limits: [
    {
      platform: 'linkedin',
      rule: 'text_length',
      field: 'text',
      unit: 'utf16',
      hard: 3_000,
      note: 'Post text.',
      source: {
        title: 'Microsoft Learn: LinkedIn Posts API',
        url: 'https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'linkedin',
      rule: 'hashtags',
      field: 'hashtags',
      unit: 'items',
      soft: 5,
      note: 'More hashtags look like spam.',
      source: { title: 'RaptorFlow’s own rule', url: null },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: () => [],
};
