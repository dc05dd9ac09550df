/** What a campaign may cost, before it starts. */
import { z } from 'zod';

import { countSchema, moneySchema } from './primitives.ts';

const bounds = {
  questions: countSchema,
  calls_max: countSchema.meta({ description: 'Requests at most, with repairs and retries.' }),
  first_try_usd: moneySchema.meta({ description: 'The worst case when every first answer is good.' }),
  upper_bound_usd: moneySchema.meta({
    description: 'The worst case of all: every answer repaired once, every attempt billed in full.',
  }),
};

/** Bounds of a campaign; the stages that are not named are rules and ask no model. */
export const campaignEstimateSchema = z
  .object({
    model: z.string(),
    offline: z.boolean(),
    ...bounds,
    remaining_usd: moneySchema.meta({ description: 'What is left of the workspace’s month.' }),
    fits: z.boolean().meta({ description: 'Whether the upper bound is within what is left.' }),
    note: z.string(),
    stages: z.array(z.object({ stage: z.string(), agents: countSchema, ...bounds })),
  })
  .meta({ id: 'CampaignEstimate' });
export type CampaignEstimate = z.infer<typeof campaignEstimateSchema>;
