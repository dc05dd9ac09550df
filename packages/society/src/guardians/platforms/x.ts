import type { PlatformRules, RuleFinding } from '../content.ts';
import { findHashtags, weighForX } from '../text-measures.ts';

const postWeightSoft = 260;
const postWeightMax = 280;
const premiumWeightMax = 25_000;
const hashtagsSoft = 2;
const counting = {
  title: 'X Developer Docs: Counting characters',
  url: 'https://docs.x.com/fundamentals/counting-characters',
};
const premium = { title: 'X Help: About X Premium', url: 'https://help.x.com/en/using-x/x-premium' };

/** X (Twitter). The length limit depends on the account, so it is inspected here and not by the plain table. */
export const xRules: PlatformRules = {
  platform: 'x',
  name: 'X',
  guardian: 'GRD-TW',
  wantsCallToAction: true,
  limits: [
    {
      platform: 'x',
      rule: 'premium_text_length',
      field: 'text',
      unit: 'x_weighted',
      hard: premiumWeightMax,
      note: 'Accounts with X Premium may write longer posts.',
      source: premium,
      checkedOn: '2026-11-21',
    },
  ],
  inspect: (content) => {
    const findings: RuleFinding[] = [];
    const weight = weighForX(content.text);
    if (content.premium !== true && weight > postWeightMax) {
      findings.push({
        rule: 'text_length',
        severity: 'rejection',
        message: `The post weighs ${weight} characters as X counts them, ${weight - postWeightMax} over ${postWeightMax}; shorten it.`,
        field: 'text',
      });
    } else if (content.premium !== true && weight > postWeightSoft) {
      findings.push({
        rule: 'text_length_soft',
        severity: 'warning',
        message: `The post weighs ${weight} of ${postWeightMax} characters; up to ${postWeightSoft} leaves room to be quoted.`,
        field: 'text',
      });
    }
    const tags = findHashtags(content.text);
    if (tags.length > hashtagsSoft) {
      findings.push({
        rule: 'hashtags',
        severity: 'warning',
        message: `${tags.length} hashtags; X advises at most ${hashtagsSoft}.`,
        field: 'hashtags',
      });
    }
    return findings;
  },
};

/** The limits that depend on the account, for the table shown to people. */
export const xPostLimits: PlatformRules['limits'] = [
  {
    platform: 'x',
    rule: 'text_length',
    field: 'text',
    unit: 'x_weighted',
    soft: postWeightSoft,
    hard: postWeightMax,
    note: 'Links weigh 23, emoji 2, CJK and most other scripts 2 a character. The soft limit is ours.',
    source: counting,
    checkedOn: '2026-11-21',
  },
  {
    platform: 'x',
    rule: 'hashtags',
    field: 'hashtags',
    unit: 'items',
    soft: hashtagsSoft,
    note: 'X recommends no more than two hashtags a post.',
    source: {
      title: 'X Help: How to use hashtags',
      url: 'https://help.x.com/en/using-x/how-to-use-hashtags',
    },
    checkedOn: '2026-11-21',
  },
];
