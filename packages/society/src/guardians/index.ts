export { findGaps } from './claims.ts';
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
export { platformIds, platformLimits, platformRules, reviewContent, verdictOf } from './review.ts';
export { measureText, type Span, weighForX } from './text-measures.ts';
