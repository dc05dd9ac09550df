import type { Severity } from './signal.ts';

/** Words that tell of each severity, worst first, in the forms that texts use. A bare `update` or `warning` tells nothing. */
const wordsOf: readonly (readonly [Severity, RegExp])[] = [
  [
    'critical',
    /\b(?:0-days?|zero-days?|exploit(?:s|ed|ing|ation)?|ransomware|breach(?:es|ed)?|compromised?|compromises)\b/giu,
  ],
  ['high', /\b(?:vulnerabilit(?:y|ies)|malware|attack(?:s|ed|ers?|ing)?|threats?|cve-\d{4}-\d{4,})\b/giu],
  [
    'medium',
    /\b(?:advisor(?:y|ies)|patch(?:es|ed)?|(?:security|emergency|critical|software|firmware) (?:updates?|warnings?))\b/giu,
  ],
];

/** Words that turn what follows into its opposite, within a few words of the same clause. */
const negation =
  /(?:\b(?:no|not|never|none|non|without|neither|nor|cannot|free of|free from|unable to)\b|n[’']t\b)(?:[\s-]+[\w’'-]+){0,4}[\s-]*$/iu;
const clauseEnd = /[.;:!?\n]|,\s*(?:but|and yet|however)\b|\b(?:but|however|although)\b/iu;
const beforeCharsMax = 120;

/** The severity that the words of a text tell of; a word that is negated tells nothing. `low` when none tells anything. */
export function severityOfWords(text: string): Severity {
  for (const [severity, words] of wordsOf) {
    for (const match of text.matchAll(words)) {
      if (!isNegated(text, match.index)) return severity;
    }
  }
  return 'low';
}

function isNegated(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - beforeCharsMax), at);
  const clause = before.split(clauseEnd).at(-1) ?? '';
  return negation.test(clause);
}

/** Industries of STIX 2.1, `industry-sector-ov`, and how texts name them. */
const industries: readonly (readonly [string, RegExp])[] = [
  ['healthcare', /\b(?:health-?care|hospitals?|medical)\b/iu],
  ['financial-services', /\b(?:financial[ -]services|banks?|banking|finance)\b/iu],
  ['energy', /\b(?:energy|power grid|oil and gas)\b/iu],
  ['utilities', /\b(?:utilities|water systems?)\b/iu],
  ['government', /\b(?:governments?|government-\w+|ministr(?:y|ies))\b/iu],
  ['defense', /\b(?:defen[sc]e industr(?:y|ies|ial)|defen[sc]e|military)\b/iu],
  ['education', /\b(?:education|universit(?:y|ies)|schools?)\b/iu],
  ['telecommunications', /\b(?:telecommunications?|telecoms?)\b/iu],
  ['manufacturing', /\b(?:manufacturing|manufacturers?)\b/iu],
  ['retail', /\b(?:retail|retailers?|e-commerce)\b/iu],
  ['transportation', /\b(?:transportation|railways?|shipping|logistics)\b/iu],
  ['pharmaceuticals', /\b(?:pharmaceuticals?)\b/iu],
  ['technology', /\b(?:technology)\b/iu],
];

/** The industry that labels name, or else the text; null when neither does. */
export function industryOf(labels: readonly string[], text: string): string | null {
  const named = new Set(
    labels.map((label) =>
      label
        .toLowerCase()
        .replaceAll('_', '-')
        .replace(/^(?:sector|industry)[:=]/u, ''),
    ),
  );
  for (const [industry] of industries) if (named.has(industry)) return industry;
  for (const [industry, words] of industries) if (words.test(text)) return industry;
  return null;
}
