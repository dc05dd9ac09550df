export { blankNonProse, findGaps, inspectClaims } from './claims.ts';
export type {
  ContentField,
  ContentUnderReview,
  CountedField,
  LimitUnit,
  Measure,
  PictureSize,
  PlatformId,
  PlatformLimit,
  PlatformRules,
  Review,
  RuleFinding,
  TextField,
  Verdict,
} from './content.ts';
export { findCallToAction, findSentences, fleschReadingEase, inspectReadability } from './readability.ts';
export { platformIds, platformLimits, platformRules, reviewContent, verdictOf } from './review.ts';
export {
  findHashtags,
  findLinks,
  findMentions,
  measureText,
  weighForThreads,
  weighForX,
  type Span,
} from './text-measures.ts';
