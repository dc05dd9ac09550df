import type { PlatformRules } from '../content.ts';

/** TikTok videos. */
export const tiktokRules: PlatformRules = {
  platform: 'tiktok',
  name: 'TikTok',
  guardian: 'GRD-TT',
  wantsCallToAction: true,
  limits: [
    {
      platform: 'tiktok',
      rule: 'text_length',
      field: 'text',
      unit: 'utf16',
      hard: 2_200,
      note: 'Caption, in UTF-16 units.',
      source: {
        title: 'TikTok for Developers: Content Posting API, Direct Post',
        url: 'https://developers.tiktok.com/doc/content-posting-api-reference-direct-post',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'tiktok',
      rule: 'hashtags',
      field: 'hashtags',
      unit: 'items',
      soft: 5,
      note: 'More hashtags look like spam.',
      source: { title: 'RaptorFlow’s own rule', url: null },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: (content) =>
    content.musicLicence === undefined || content.musicLicence.trim() === ''
      ? [
          {
            rule: 'music_licence',
            severity: 'warning',
            message:
              'No music licence is named; promotional videos may only use the Commercial Music Library or licensed music.',
            field: 'text',
          },
        ]
      : [],
};
