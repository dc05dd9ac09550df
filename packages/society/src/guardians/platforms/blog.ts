import type { PlatformRules } from '../content.ts';
import { inspectPage } from './page.ts';

/** Articles on one’s own site, as search engines show them. */
export const blogRules: PlatformRules = {
  platform: 'blog',
  name: 'Blog',
  guardian: 'LORD-006',
  wantsCallToAction: true,
  limits: [
    {
      platform: 'blog',
      rule: 'title_length',
      field: 'title',
      unit: 'utf16',
      soft: 60,
      hard: 110,
      note: 'Results cut titles by width, at about 60 characters; the figures are ours.',
      source: {
        title: 'Google Search Central: Influencing your title links',
        url: 'https://developers.google.com/search/docs/appearance/title-link',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'blog',
      rule: 'description_length',
      field: 'description',
      unit: 'utf16',
      soft: 160,
      hard: 320,
      note: 'Snippets are cut by width, at about 160 characters; the figures are ours.',
      source: {
        title: 'Google Search Central: Control your snippets',
        url: 'https://developers.google.com/search/docs/appearance/snippet',
      },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: inspectPage,
};
