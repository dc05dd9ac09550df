import type { PlatformRules, RuleFinding } from '../content.ts';

// https://github.com/Medium/medium-api-docs, read on 2026-11-21.
const tagLengthMax = 25;

/** Medium stories. */
export const mediumRules: PlatformRules = {
  platform: 'medium',
  name: 'Medium',
  guardian: 'GRD-MED',
  wantsCallToAction: false,
  limits: [
    {
      platform: 'medium',
      rule: 'title_length',
      field: 'title',
      unit: 'utf16',
      hard: 100,
      note: 'Longer titles are ignored.',
      source: {
        title: 'Medium API documentation: Creating a post',
        url: 'https://github.com/Medium/medium-api-docs',
      },
      checkedOn: '2026-11-21',
    },
    {
      platform: 'medium',
      rule: 'tags',
      field: 'tags',
      unit: 'items',
      soft: 3,
      hard: 5,
      note: 'The interface uses the first three, the editor takes five.',
      source: {
        title: 'Medium API documentation: Creating a post',
        url: 'https://github.com/Medium/medium-api-docs',
      },
      checkedOn: '2026-11-21',
    },
  ],
  inspect: (content) => {
    const findings: RuleFinding[] = [];
    if (content.canonicalUrl === undefined) {
      findings.push({
        rule: 'canonical_link',
        severity: 'warning',
        message: 'No canonical link is set; if this text also appears elsewhere, name the original address.',
        field: 'text',
      });
    } else if (!/^https:\/\/\S+$/u.test(content.canonicalUrl)) {
      findings.push({
        rule: 'canonical_link',
        severity: 'rejection',
        message: 'The canonical link must be one https address.',
        field: 'text',
      });
    }
    for (const tag of content.tags ?? []) {
      if (tag.length > tagLengthMax) {
        findings.push({
          rule: 'tag_length',
          severity: 'warning',
          message: `The tag “${tag}” is longer than ${tagLengthMax} characters and would be ignored.`,
          field: 'tags',
        });
      }
    }
    return findings;
  },
};
