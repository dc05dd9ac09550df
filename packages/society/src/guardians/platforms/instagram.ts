import type { PlatformRules } from '../content.ts';

// Width over height: 4:5 portrait to 1.91:1 landscape in the feed, 9:16 for reels (same page as the caption's limit).
const ratioMin = 4 / 5;
const ratioMax = 1.91;
const reelRatio = 9 / 16;
const tolerance = 0.005;

/** Instagram feed posts, which need a picture, and reels. */
export const instagramRules: PlatformRules = {
  platform: 'instagram',
  name: 'Instagram',
  guardian: 'GRD-IG',
  wantsCallToAction: true,
  limits: [
    {
      platform: 'instagram',
      rule: 'text_length',
      field: 'text',
      unit: 'utf16',
      hard: 2_200,
      note: 'Caption.',
      source: {
        title: 'Meta for Developers: Instagram Platform, IG User Media',
        url: 'https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'instagram',
      rule: 'hashtags',
      field: 'hashtags',
      unit: 'items',
      soft: 5,
      hard: 30,
      note: 'The publishing interface takes 30; since December 2025 the app reduces it to 5 step by step.',
      source: {
        title: 'Meta for Developers: IG User Media; @creators announcement of 18 December 2025',
        url: 'https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'instagram',
      rule: 'mentions',
      field: 'mentions',
      unit: 'items',
      hard: 20,
      note: 'Accounts mentioned in the caption.',
      source: {
        title: 'Meta for Developers: Instagram Platform, IG User Media',
        url: 'https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media',
      },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: (content) => {
    if (content.picture === undefined) return [];
    const ratio = content.picture.widthPx / content.picture.heightPx;
    if (ratio >= ratioMin - tolerance && ratio <= ratioMax + tolerance) return [];
    if (Math.abs(ratio - reelRatio) <= tolerance) return [];
    return [
      {
        rule: 'picture_ratio',
        severity: 'rejection',
        message: `The picture is ${ratio.toFixed(2)}:1; Instagram takes 4:5 to 1.91:1, or 9:16 for reels. Crop it.`,
        field: 'text',
      },
    ];
  },
};
