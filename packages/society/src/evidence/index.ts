export {
  citationHolds,
  claimedQuoteSchema,
  distinctCitations,
  proveStatement,
  verifyQuote,
  type ClaimedQuote,
  type ClaimedStatement,
  type ProvenStatement,
} from './citations.ts';
export { findNumbers, unsupportedNumbers, type NumberMention } from './numbers.ts';
export { contentStems, Relatedness, sharedStems, type Relation } from './similarity.ts';
export type { Citation, SourceDocument, SourceMediaType, Standing } from './source.ts';
