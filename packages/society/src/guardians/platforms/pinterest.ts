import type { PlatformRules } from '../content.ts';

// https://help.pinterest.com/en/business/article/pinterest-product-specs, read on 2026-11-21.
const pinRatio = 2 / 3;
const tolerance = 0.02;

/** Pinterest pins, which need a picture. */
export const pinterestRules: PlatformRules = {
  platform: 'pinterest',
  name: 'Pinterest',
  guardian: 'GRD-PIN',
  wantsCallToAction: false,
  limits: [
    {
      platform: 'pinterest',
      rule: 'title_length',
      field: 'title',
      unit: 'utf16',
      soft: 40,
      hard: 100,
      note: 'Pin title; the first 40 characters show in feeds.',
      source: {
        title: 'Pinterest Business Help: Review ad and pin specs',
        url: 'https://help.pinterest.com/en/business/article/pinterest-product-specs',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'pinterest',
      rule: 'description_length',
      field: 'text',
      unit: 'utf16',
      soft: 500,
      hard: 800,
      note: 'Pin description; the interface takes 800, feeds show less.',
      source: {
        title: 'Pinterest API v5: Create Pin',
        url: 'https://developers.pinterest.com/docs/api/v5/pins-create',
      },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: (content) => {
    if (content.picture === undefined) return [];
    const ratio = content.picture.widthPx / content.picture.heightPx;
    if (Math.abs(ratio - pinRatio) <= tolerance) return [];
    return [
      {
        rule: 'picture_ratio',
        severity: 'warning',
        message: `The picture is ${ratio.toFixed(2)}:1; pins are 2:3, others are cut in feeds.`,
        field: 'text',
      },
    ];
  },
};
