/** Assets: what Muse drafted for a channel, how it was debated, and what the Guardians said. */
import { z } from 'zod';

import { citationSchema } from './document.ts';
import { countSchema, identifierSchema, timestampSchema } from './primitives.ts';

/** A Guardian's word. */
export const verdictResultSchema = z.enum(['PASSED', 'WARNING', 'REJECTED']);
export type VerdictResult = z.infer<typeof verdictResultSchema>;

/** One rule's finding. `start` and `end` index the variant's text (UTF-16 code units) where the rule points at a place. */
export const findingSchema = z
  .object({
    rule: z.string(),
    severity: z.enum(['warning', 'error']),
    message: z.string(),
    field: z
      .string()
      .nullable()
      .meta({ description: 'The part it speaks of: text, title, subject, hashtags.' }),
    start: countSchema.nullable(),
    end: countSchema.nullable(),
    source_url: z.string().nullable().meta({ description: "The platform's own page that states the rule." }),
  })
  .meta({ id: 'Finding' });
export type Finding = z.infer<typeof findingSchema>;

/** What one Guardian said about one variant. */
export const verdictSchema = z
  .object({
    guardian_code: z.string(),
    guardian_name: z.string(),
    variant_id: identifierSchema,
    result: verdictResultSchema,
    findings: z.array(findingSchema),
    checked_at: timestampSchema,
  })
  .meta({ id: 'Verdict' });
export type Verdict = z.infer<typeof verdictSchema>;

/** One wording. `gaps` names what the documents do not give; nothing is invented in its place. */
export const variantSchema = z
  .object({
    id: identifierSchema,
    label: z.string(),
    lines: z
      .array(z.object({ name: z.enum(['title', 'subject', 'preheader', 'description']), text: z.string() }))
      .meta({ description: 'What stands outside the body: the subject of a mail, the title of an article.' }),
    text: z.string(),
    character_count: countSchema,
    citations: z.array(citationSchema),
    gaps: z.array(z.string()),
  })
  .meta({ id: 'Variant' });
export type Variant = z.infer<typeof variantSchema>;

/** What one panel member said in one round. `score` is null when named rules judged instead of a model. */
export const debateVoiceSchema = z.object({
  agent_code: z.string(),
  agent_name: z.string(),
  score: z.number().min(1).max(10).nullable(),
  result: verdictResultSchema,
  findings: z.array(findingSchema),
});
export type DebateVoice = z.infer<typeof debateVoiceSchema>;

/** One round of the debate, with the text as it stood in it. */
export const debateRoundSchema = z
  .object({
    round: z.number().int().positive(),
    variant_id: identifierSchema,
    text: z.string(),
    panel: z.array(debateVoiceSchema),
    changes: z.array(z.string()).meta({ description: 'What the next version changes.' }),
    outcome: z.enum(['accepted', 'revised', 'kept_after_last_round']),
  })
  .meta({ id: 'DebateRound' });
export type DebateRound = z.infer<typeof debateRoundSchema>;

/** One piece of work for one channel. */
export const assetSchema = z
  .object({
    id: identifierSchema,
    campaign_id: identifierSchema,
    channel: z.string(),
    title: z.string(),
    agent_code: z.string(),
    model: z.string(),
    status: z.enum(['draft', 'checked', 'approved', 'rejected']),
    verdict: verdictResultSchema
      .nullable()
      .meta({ description: 'That of its best variant; null until checked.' }),
    variants: z.array(variantSchema),
    verdicts: z.array(verdictSchema),
    debate: z.array(debateRoundSchema),
    created_at: timestampSchema,
    updated_at: timestampSchema,
  })
  .meta({ id: 'Asset' });
export type Asset = z.infer<typeof assetSchema>;
