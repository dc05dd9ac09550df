/** The one error body of every route, sockets included. */
import { z } from 'zod';

/** What an error carries: a stable snake_case code, a message that says what to do, and details for programs. */
export const errorEnvelopeSchema = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      details: z.record(z.string(), z.unknown()).default({}),
    }),
    correlation_id: z.string().nullable(),
  })
  .meta({ id: 'ErrorEnvelope', description: 'The body of every answer that is not a success.' });

export type ErrorEnvelope = z.infer<typeof errorEnvelopeSchema>;
