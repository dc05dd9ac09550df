import { z } from 'zod';
import { claimedQuoteSchema, type ClaimedQuote, type Standing } from '../../evidence/index.ts';

/**
 * The shapes a model must answer in. They are what the offline text engine gives, less what a generative model cannot
 * know (offsets, scores); every field the engine adds is ignored or optional.
 */

const standing: z.ZodType<Standing> = z
  .enum(['stated', 'disputed', 'outdated', 'draft'])
  .default('stated')
  .describe('"outdated" or "draft" when the document itself says so, "disputed" when documents disagree.');

/** A claim as a model gives it. */
export interface AskedClaim {
  text: string;
  score?: number | undefined;
  subject?: string | undefined;
  standing: Standing;
  citation: ClaimedQuote;
  context?: ClaimedQuote | undefined;
  alsoIn?: ClaimedQuote[] | undefined;
}

/** Claims by topic. */
export const askedClaimsSchema: z.ZodType<{ topics: { id: string; claims: AskedClaim[] }[] }> = z.object({
  topics: z.array(
    z.object({
      id: z.string(),
      claims: z.array(
        z.object({
          text: z.string(),
          score: z.number().min(0).max(1).optional(),
          subject: z.string().optional(),
          standing,
          citation: claimedQuoteSchema,
          context: claimedQuoteSchema.optional(),
          alsoIn: z.array(claimedQuoteSchema).optional(),
        }),
      ),
    }),
  ),
});

/** A fact as a model gives it. */
export interface AskedFact {
  subject: string;
  attribute: string;
  value: string;
  kind: string;
  claim: string;
  standing: Standing;
  reason?: string | undefined;
  weight?: number | undefined;
  citations: ClaimedQuote[];
  context?: ClaimedQuote | undefined;
  contradictions: { value: string; claim: string; standing: Standing; citation: ClaimedQuote }[];
}

/** Values stated about subjects. */
export const askedFactsSchema: z.ZodType<{ facts: AskedFact[] }> = z.object({
  facts: z.array(
    z.object({
      subject: z.string(),
      attribute: z.string(),
      value: z.string(),
      kind: z.string().default('other'),
      claim: z.string(),
      standing,
      reason: z.string().optional(),
      weight: z.number().min(0).max(1).optional(),
      citations: z.array(claimedQuoteSchema),
      context: claimedQuoteSchema.optional(),
      contradictions: z
        .array(z.object({ value: z.string(), claim: z.string(), standing, citation: claimedQuoteSchema }))
        .default([]),
    }),
  ),
});

/** A contradiction as a model gives it. */
export interface AskedContradiction {
  subject: string;
  attribute: string;
  statements: { value: string; claim: string; marks: string[]; citation: ClaimedQuote }[];
  preferred?: number | undefined;
  reason: string;
}

/** Different values for one thing. */
export const askedContradictionsSchema: z.ZodType<{ contradictions: AskedContradiction[] }> = z.object({
  contradictions: z.array(
    z.object({
      subject: z.string(),
      attribute: z.string(),
      statements: z.array(
        z.object({
          value: z.string(),
          claim: z.string(),
          marks: z.array(z.string()).default([]),
          citation: claimedQuoteSchema,
        }),
      ),
      preferred: z.number().int().nonnegative().optional(),
      reason: z.string(),
    }),
  ),
});

/** What a person said, as a model gives it. */
export interface AskedVoice {
  text: string;
  speaker?: string | undefined;
  role?: string | undefined;
  kind: 'pain' | 'praise' | 'wish' | 'objection' | 'neutral';
  sentiment: number;
  subject?: string | undefined;
  rating?: { value: number; outOf: number } | undefined;
  citation: ClaimedQuote;
}

/** What people said. */
export const askedVoicesSchema: z.ZodType<{ voices: AskedVoice[] }> = z.object({
  voices: z.array(
    z.object({
      text: z.string().describe('The spoken or written words, unchanged.'),
      speaker: z.string().optional(),
      role: z.string().optional(),
      kind: z.enum(['pain', 'praise', 'wish', 'objection', 'neutral']),
      sentiment: z.number().min(-1).max(1).default(0),
      subject: z.string().optional().describe('The product spoken of.'),
      rating: z.object({ value: z.number(), outOf: z.number() }).optional(),
      citation: claimedQuoteSchema,
    }),
  ),
});

/** An answer as a model gives it. */
export interface AskedAnswer {
  id: string;
  answered: boolean;
  confidence: number;
  answer?: string | undefined;
  standing?: Standing | undefined;
  citation?: ClaimedQuote | undefined;
  context?: ClaimedQuote | undefined;
  supporting: ClaimedQuote[];
  reason?: string | undefined;
}

/** Answers to questions. */
export const askedAnswersSchema: z.ZodType<{ answers: AskedAnswer[] }> = z.object({
  answers: z.array(
    z.object({
      id: z.string(),
      answered: z.boolean(),
      confidence: z.number().min(0).max(1),
      answer: z.string().optional(),
      standing: z.enum(['stated', 'disputed', 'outdated', 'draft']).optional(),
      citation: claimedQuoteSchema.optional(),
      context: claimedQuoteSchema.optional(),
      supporting: z.array(claimedQuoteSchema).default([]),
      reason: z.string().optional().describe('When unanswered: what the documents lack.'),
    }),
  ),
});

/** Key terms. */
export const askedTermsSchema: z.ZodType<{
  terms: { term: string; count: number; documents: number; citation: ClaimedQuote }[];
}> = z.object({
  terms: z.array(
    z.object({
      term: z.string(),
      count: z.number().int().nonnegative().default(1),
      documents: z.number().int().nonnegative().default(1),
      citation: claimedQuoteSchema,
    }),
  ),
});
