/** Signals: what published threat intelligence tells a workspace. */
import { z } from 'zod';

import {
  countSchema,
  identifierSchema,
  pageQuerySchema,
  pageSchema,
  timestampSchema,
  workspaceQuerySchema,
} from './primitives.ts';
import { defineRoutes } from './route.ts';

/** Largest document of threat intelligence, in bytes. It is read as it comes, so that memory does not limit it. */
export const threatDocumentBytesMax = 256 * 1024 * 1024;

/** How much a signal matters. */
export const signalSeveritySchema = z.enum(['critical', 'high', 'medium', 'low']);

/** The formats that are read: STIX 2.1 bundles and the catalogue of known exploited vulnerabilities. */
export const threatFormatSchema = z.enum(['stix', 'kev']);

/** A signal. `severity_basis` says what its severity was read from: CVSS, another field of the standard, or words. */
export const signalSchema = z
  .object({
    id: identifierSchema,
    workspace_id: identifierSchema,
    source: z.string(),
    title: z.string(),
    content: z.string(),
    severity: signalSeveritySchema,
    severity_basis: z.enum(['cvss', 'field', 'words']),
    industry: z.string().nullable(),
    tags: z.array(z.string()),
    published_at: timestampSchema.nullable(),
    url: z.string().nullable(),
    reference: z.string(),
    ingested_at: timestampSchema,
    expires_at: timestampSchema,
  })
  .meta({ id: 'Signal' });
export type Signal = z.infer<typeof signalSchema>;

/** What became of the items of a document: each is ingested, skipped or failed, and failed ones are dead letters. */
export const threatReportSchema = z
  .object({
    run_id: z.string(),
    format: threatFormatSchema,
    read: countSchema,
    ingested: countSchema,
    converted: countSchema,
    skipped: countSchema,
    failed: countSchema,
    failures: z.object({ read: countSchema, convert: countSchema, store: countSchema }),
    skips: z.record(z.string(), countSchema),
  })
  .meta({ id: 'ThreatReport' });
export type ThreatReport = z.infer<typeof threatReportSchema>;

/** Routes of signals. */
export const signalRoutes = defineRoutes({
  ingest: {
    method: 'POST',
    path: '/api/v1/signals/ingest',
    role: 'member',
    tag: 'signals',
    summary:
      'Store the signals of a STIX 2.1 bundle or a catalogue of known exploited vulnerabilities, sent as the body; an item is stored once. A document with a name that was cut off goes on where it was.',
    query: workspaceQuerySchema.extend({
      format: z.enum(['auto', 'stix', 'kev']).default('auto'),
      name: z
        .string()
        .regex(
          /^[A-Za-z0-9_.-]{1,50}$/,
          'Give 1 to 50 letters, digits, _, . or -, such as a hash of the document.',
        )
        .optional(),
    }),
    response: threatReportSchema,
    encoding: 'bytes',
    bodyBytesMax: threatDocumentBytesMax,
  },
  list: {
    method: 'GET',
    path: '/api/v1/signals',
    role: 'viewer',
    tag: 'signals',
    summary: "List the workspace's signals, those ingested last first.",
    query: pageQuerySchema.extend({
      severity: signalSeveritySchema.optional(),
      since: z.iso.datetime({ offset: true, error: 'Give a time such as 2026-01-31T12:00:00Z.' }).optional(),
    }),
    response: pageSchema(signalSchema),
  },
});
