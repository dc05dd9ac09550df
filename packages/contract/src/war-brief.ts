/** The war brief: facts first, prose below, every sentence with its source, and what stayed unanswered. */
import { z } from 'zod';

import { citationSchema } from './document.ts';
import { identifierSchema, timestampSchema } from './primitives.ts';

/** How far a statement can be trusted, by the words of its own document. */
export const standingSchema = z.enum(['stated', 'disputed', 'outdated', 'draft']);
export type Standing = z.infer<typeof standingSchema>;

/** A value that another source contradicts. */
export const contradictionSchema = z.object({
  value: z.string(),
  explanation: z.string().nullable(),
  citations: z.array(citationSchema).min(1),
});
export type Contradiction = z.infer<typeof contradictionSchema>;

/** One row of the fact table. */
export const factSchema = z
  .object({
    id: identifierSchema,
    category: z.string().meta({ description: 'For example product, competitor, price, pain, proof.' }),
    subject: z.string().nullable(),
    attribute: z.string().nullable(),
    claim: z.string(),
    value: z.string().nullable(),
    citations: z.array(citationSchema).min(1),
    contradictions: z.array(contradictionSchema),
    standing: standingSchema,
  })
  .meta({ id: 'Fact' });
export type Fact = z.infer<typeof factSchema>;

/** One sentence of the brief. `gap` names something missing and is the only kind without a source. */
export const briefSentenceSchema = z
  .object({
    text: z.string(),
    kind: z.enum(['quote', 'synthesis', 'gap']),
    heading: z.string().nullable().meta({
      description: 'What it stands under within its section; equal for neighbours that belong together.',
    }),
    speaker: z.string().nullable().meta({ description: 'Who said it, where a person did.' }),
    citations: z.array(citationSchema),
  })
  .meta({ id: 'BriefSentence' });
export type BriefSentence = z.infer<typeof briefSentenceSchema>;

/** One section of prose. */
export const briefSectionSchema = z
  .object({
    id: identifierSchema,
    title: z.string(),
    sentences: z.array(briefSentenceSchema),
  })
  .meta({ id: 'BriefSection' });
export type BriefSection = z.infer<typeof briefSectionSchema>;

/** A question that these documents do not answer. */
export const unansweredSchema = z
  .object({ question: z.string(), reason: z.string() })
  .meta({ id: 'Unanswered' });
export type Unanswered = z.infer<typeof unansweredSchema>;

/** The brief whole. */
export const warBriefSchema = z
  .object({
    campaign_id: identifierSchema,
    generated_at: timestampSchema,
    model: z.string().meta({ description: '"offline" when the offline engine wrote it.' }),
    confidence: z.number().min(0).max(1),
    facts: z.array(factSchema),
    sections: z.array(briefSectionSchema),
    unanswered: z.array(unansweredSchema),
    connectors: z.array(z.object({ name: z.string(), purpose: z.string() })).meta({
      description: 'Sources outside the documents that this installation lacks, and what each would add.',
    }),
    sources: z.array(
      z.object({ document_id: identifierSchema, title: z.string(), citation_count: z.number().int() }),
    ),
  })
  .meta({ id: 'WarBrief' });
export type WarBrief = z.infer<typeof warBriefSchema>;
