import { maskSecretsIn, parseOptions, RaptorFlowError } from 'raptorflow/kernel';
import { z } from 'zod';
import type { JsonObject, JsonValue } from '../models/model.ts';
import { canonicalJson } from './canonical-json.ts';

/** The chain of what concerns the installation and no single workspace: sign-ins, its configuration, its operator's doings. */
export const installationChain = 'installation';

/**
 * What a row tells of: `event`, something that has happened; `intent`, something that is about to be done; `outcome`, how that
 * ended. An intent without an outcome was interrupted: nobody knows whether it took effect.
 */
export const auditPhases = ['event', 'intent', 'outcome'] as const;
/** See {@link auditPhases}. */
export type AuditPhase = (typeof auditPhases)[number];

/** Who acts. `operator` is whoever acts with the installation's role, `system` the program itself. */
export const auditActorKinds = ['user', 'agent', 'api_key', 'operator', 'system'] as const;
/** See {@link auditActorKinds}. */
export type AuditActorKind = (typeof auditActorKinds)[number];

/** How it went. `refused`: it was not tried, because a rule forbids it. */
export const auditOutcomes = ['ok', 'failed', 'refused'] as const;
/** See {@link auditOutcomes}. */
export type AuditOutcome = (typeof auditOutcomes)[number];

/** Who acted. */
export interface AuditActor {
  readonly kind: AuditActorKind;
  readonly id: string;
}

/** What was acted on. */
export interface AuditTarget {
  readonly kind: string;
  readonly id: string;
}

/** What is to be recorded. What is left out is null. */
export interface AuditEntry {
  /** The workspace whose chain it goes to, or `installationChain`. */
  readonly workspaceId: string;
  /** Dotted, as `tool.call` or `member.added`. */
  readonly action: string;
  readonly phase: AuditPhase;
  /** An outcome names its intent: the id of that row. */
  readonly intentId?: string | null;
  readonly actor: AuditActor;
  readonly target?: AuditTarget | null;
  readonly outcome?: AuditOutcome | null;
  readonly correlationId?: string | null;
  readonly agentId?: string | null;
  readonly agentRunId?: string | null;
  readonly campaignId?: string | null;
  /** Whatever else helps; secrets are masked and what is too large is cut before it is written. */
  readonly details?: JsonObject;
}

/** An entry as it is written: checked, masked, with an id. */
export interface PreparedEntry extends Required<Omit<AuditEntry, 'details'>> {
  readonly id: string;
  /** Canonical JSON of the details. */
  readonly payload: string;
}

const controls = /^\P{Cc}+$/u;
const name = z.string().max(200).regex(controls, 'must be text without control characters');
const reference = name.nullable().default(null);
const entrySchema = z.strictObject({
  workspaceId: name,
  action: z
    .string()
    .max(100)
    .regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$/, 'must be dotted words such as "member.added"'),
  phase: z.enum(auditPhases),
  intentId: reference,
  actor: z.strictObject({ kind: z.enum(auditActorKinds), id: name }),
  target: z
    .strictObject({ kind: name, id: z.string().max(1_000).regex(controls) })
    .nullable()
    .default(null),
  outcome: z.enum(auditOutcomes).nullable().default(null),
  correlationId: reference,
  agentId: reference,
  agentRunId: reference,
  campaignId: reference,
  details: z.custom<JsonObject>((value) => typeof value === 'object' && value !== null).default({}),
});

/** Checks and masks an entry and cuts its details to `detailsBytesMax`. Throws `invalid_options`. */
export function prepareEntry(entry: AuditEntry, id: string, detailsBytesMax: number): PreparedEntry {
  const { details, ...rest } = parseOptions('audit.append', entrySchema, entry);
  if ((rest.phase === 'outcome') !== (rest.intentId !== null)) {
    throw new RaptorFlowError(
      'invalid_options',
      'An outcome names the intent that it ends in intentId, and nothing else does.',
      { details: { action: rest.action, phase: rest.phase } },
    );
  }
  return { ...rest, id, payload: boundedPayload(details, detailsBytesMax) };
}

/** Masked and canonical; a text that is too large is cut, and the row says so and how large it was. */
function boundedPayload(details: JsonObject, bytesMax: number): string {
  const payload = canonicalJson(maskSecretsIn(wellFormed(details)) as JsonObject);
  const bytes = Buffer.byteLength(payload);
  if (bytes <= bytesMax) return payload;
  // Text inside JSON is written with escapes, at worst six characters for each.
  const excerpt = payload.slice(0, Math.max(0, Math.floor(bytesMax / 6) - 20)).toWellFormed();
  return canonicalJson({ cut: { bytes, excerpt } });
}

// RFC 8785 knows no halves of characters, and PostgreSQL stores none.
function wellFormed(value: JsonObject): JsonObject {
  return JSON.parse(
    JSON.stringify(value, (_name, each: JsonValue) =>
      typeof each === 'string' ? each.toWellFormed() : each,
    ),
  ) as JsonObject;
}
