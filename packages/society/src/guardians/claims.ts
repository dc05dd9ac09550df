import { unsupportedNumbers } from '../evidence/index.ts';
import type { ContentField, ContentUnderReview, RuleFinding } from './content.ts';
import { findHashtags, findLinks } from './text-measures.ts';

// Praise that compares with everybody needs a proof; "shortest check interval is 10 seconds" is a plain fact and stays.
const superlatives =
  /\b(?:(?:the\s+)?(?:world['’]?s|worldwide|global(?:ly)?|industry['’]?s|market)\s+(?:best|leading|leader|first|fastest|largest|biggest|number\s+one)|best[- ]in[- ]class|world[- ]class|(?:the\s+)?(?:number\s+one|no\.\s?1|#1)\b|#1(?!\d)|the\s+(?:very\s+)?(?:best|fastest|cheapest|easiest|safest|smartest|greatest|ultimate|perfect|leading|only|most\s+\p{L}+)\s+\p{L}+|unrivall?ed|unmatched|unbeatable|unparalleled|revolutionary|game[- ]changing|one[- ]of[- ]a[- ]kind)/giu;
const guarantees =
  /\b(?:guarantee[sd]?|guaranteed|risk[- ]free|no\s+risk|never\s+(?:fails?|breaks?|goes?\s+down|again\s+(?:lose|miss))|always\s+(?:works?|available|on)|(?:100|one\s+hundred)\s?(?:%|percent|per\s+cent)\s+(?:uptime|safe|secure|reliable|available|satisfaction|effective)|zero\s+downtime|instant\s+results|overnight\s+success|will\s+(?:double|triple)\s+your)/giu;
const banned =
  /\b(?:miracle|get\s+rich|act\s+now\s+or|click\s+here|you\s+won['’]t\s+believe|doctors\s+hate|once\s+in\s+a\s+lifetime|(?:100|one\s+hundred)\s?(?:%|percent)\s+free|no\s+strings\s+attached|this\s+is\s+not\s+spam|dirt[- ]cheap)/giu;
const gap = /\[gap: [^\]]+\]/gu;
const shouting =
  /(?<![\p{L}\p{N}_#@])(?:\p{Lu}{2,}[ !-]+\p{Lu}{2,}(?:[ !-]+\p{Lu}{2,})+|\p{Lu}{4,}(?:[ !-]+\p{Lu}{2,})*)(?![\p{L}\p{N}_])/gu;
// One short word in capitals is an acronym (HTTP, YAML); several in a row, or one of this length, is shouting.
const shoutedLettersMin = 7;

const normal = (text: string): string =>
  text
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s’'"“”]+/gu, ' ')
    .trim();

/** Named gaps (`[gap: link to the landing page]`) of a text. */
export function findGaps(text: string): readonly { text: string; start: number; end: number }[] {
  return [...text.matchAll(gap)].map((match) => ({
    text: match[0].slice('[gap: '.length, -1),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** The same text with gaps, links and hashtags blanked out, so that offsets stay. */
export function blankNonProse(text: string): string {
  let blanked = text;
  for (const span of [...findGaps(text), ...findLinks(text), ...findHashtags(text)]) {
    blanked = blanked.slice(0, span.start) + ' '.repeat(span.end - span.start) + blanked.slice(span.end);
  }
  return blanked;
}

function patternFindings(
  prose: string,
  field: ContentField,
  pattern: RegExp,
  describe: (words: string) => Pick<RuleFinding, 'rule' | 'severity' | 'message'> | undefined,
): RuleFinding[] {
  return [...prose.matchAll(pattern)].flatMap((match) => {
    const described = describe(match[0].trim());
    if (described === undefined) return [];
    return [{ ...described, field, span: { start: match.index, end: match.index + match[0].length } }];
  });
}

function shoutingFindings(prose: string, field: ContentField): RuleFinding[] {
  return patternFindings(prose, field, shouting, (words) => {
    if (words.length < shoutedLettersMin) return undefined;
    return {
      rule: 'all_caps',
      severity: 'warning',
      message: `“${words}” is written in capitals; write it normally.`,
    };
  });
}

/** Claims in one field: numbers, superlatives, guarantees, banned terms, capitals, gaps. */
export function inspectClaims(
  text: string,
  field: ContentField,
  evidence: ContentUnderReview['evidence'],
): readonly RuleFinding[] {
  const prose = blankNonProse(text);
  const proofs = evidence.map(normal);
  const proven = (words: string): boolean => proofs.some((proof) => proof.includes(normal(words)));
  return [
    ...unsupportedNumbers(prose, evidence).map((number): RuleFinding => ({
      rule: 'claim_without_proof',
      severity: 'rejection',
      message: `The number “${number.raw}” stands in none of the cited quotes; cite its source or remove it.`,
      field,
      span: { start: number.start, end: number.end },
    })),
    ...patternFindings(prose, field, superlatives, (words) =>
      proven(words)
        ? undefined
        : {
            rule: 'superlative_without_proof',
            severity: 'rejection',
            message: `“${words}” compares with everybody and no cited quote says so; prove it or tone it down.`,
          },
    ),
    ...patternFindings(prose, field, guarantees, (words) => ({
      rule: 'guarantee',
      severity: proven(words) ? 'warning' : 'rejection',
      message: proven(words)
        ? `“${words}” is a promise; it is cited, but check that its conditions stand beside it.`
        : `“${words}” is a promise that no cited quote makes; remove it.`,
    })),
    ...patternFindings(prose, field, banned, (words) => ({
      rule: 'banned_term',
      severity: 'rejection',
      message: `“${words}” is a term of spam and deception; remove it.`,
    })),
    ...shoutingFindings(prose, field),
    ...findGaps(text).map((missing): RuleFinding => ({
      rule: 'unfilled_gap',
      severity: 'warning',
      message: `A gap is open: ${missing.text}. Fill it before publishing.`,
      field,
      span: { start: missing.start, end: missing.end },
    })),
  ];
}
