import type { PlatformRules } from '../content.ts';

/** Threads posts. */
export const threadsRules: PlatformRules = {
  platform: 'threads',
  name: 'Threads',
  guardian: 'GRD-THR',
  wantsCallToAction: true,
  limits: [
    {
      platform: 'threads',
      rule: 'text_length',
      field: 'text',
      unit: 'threads_weighted',
      hard: 500,
      note: 'Emoji count their UTF-8 bytes.',
      source: {
        title: 'Meta for Developers: Threads API, overview of limits',
        url: 'https://developers.facebook.com/docs/threads/overview',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'threads',
      rule: 'hashtags',
      field: 'hashtags',
      unit: 'items',
      hard: 1,
      note: 'One topic tag a post.',
      source: {
        title: 'Meta for Developers: Threads API, topic tags',
        url: 'https://developers.facebook.com/docs/threads/create-posts',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'threads',
      rule: 'links',
      field: 'links',
      unit: 'items',
      hard: 5,
      note: 'Posts with more links fail since 22 December 2025.',
      source: {
        title: 'Meta for Developers: Threads API, link limit',
        url: 'https://developers.facebook.com/docs/threads/create-posts/text-attachments',
      },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: () => [],
};
