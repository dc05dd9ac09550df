import type { PlatformRules, RuleFinding } from '../content.ts';
import { findLinks } from '../text-measures.ts';

// https://developers.facebook.com/docs/sharing/webmasters/images, read on 2026-11-21.
const previewWidthPxMin = 600;
const previewHeightPxMin = 315;
const previewRatio = 1.91;

/** Facebook page posts. */
export const facebookRules: PlatformRules = {
  platform: 'facebook',
  name: 'Facebook',
  guardian: 'GRD-FB',
  wantsCallToAction: true,
  limits: [
    {
      platform: 'facebook',
      rule: 'text_length',
      field: 'text',
      unit: 'utf16',
      soft: 477,
      hard: 63_206,
      note: 'The maximum of a post; text beyond the soft limit is folded behind “See more”.',
      source: {
        title: 'Meta for Developers: Pages API, posts',
        url: 'https://developers.facebook.com/docs/pages-api/posts',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'facebook',
      rule: 'hashtags',
      field: 'hashtags',
      unit: 'items',
      soft: 3,
      note: 'More hashtags look like spam.',
      source: { title: 'RaptorFlow’s own rule', url: null },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: (content) => {
    if (content.picture === undefined || findLinks(content.text).length === 0) return [];
    const { widthPx, heightPx } = content.picture;
    const findings: RuleFinding[] = [];
    if (widthPx < previewWidthPxMin || heightPx < previewHeightPxMin) {
      findings.push({
        rule: 'link_preview_size',
        severity: 'warning',
        message: `The preview picture is ${widthPx} × ${heightPx}; below ${previewWidthPxMin} × ${previewHeightPxMin} it is shown small.`,
        field: 'text',
      });
    }
    if (Math.abs(widthPx / heightPx - previewRatio) > 0.1) {
      findings.push({
        rule: 'link_preview_ratio',
        severity: 'warning',
        message: 'The preview picture is cropped: use a ratio close to 1.91:1.',
        field: 'text',
      });
    }
    return findings;
  },
};
