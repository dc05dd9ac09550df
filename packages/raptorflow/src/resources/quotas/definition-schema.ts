import { z } from 'zod';
import { listIssues, RaptorFlowError } from '../../kernel/index.ts';
import { isTimeZone } from '../../schedule/index.ts';
import {
  quotaActions,
  quotaKinds,
  quotaPeriods,
  quotaScopes,
  type QuotaChange,
  type QuotaDefinition,
  type QuotaDraft,
} from './definition.ts';

/** Sums of two amounts stay exact. */
export const amountMax: number = 2 ** 52;

const identifier = z.string().regex(/^[\w.-]{1,100}$/u, 'may hold 1 to 100 letters, digits and _ . -');
const name = z
  .string()
  .regex(/^[^\p{Cc}]{1,200}$/u, 'may hold 1 to 200 characters, none of them a control character');
const amount = z.int().min(0).max(amountMax);

const fields = {
  name,
  description: z.string().max(1_000).default(''),
  scope: z.enum(quotaScopes),
  resource: identifier,
  kind: z.enum(quotaKinds),
  period: z.enum(quotaPeriods),
  timeZone: z.string().refine(isTimeZone, 'must be a time zone of the IANA database').default('UTC'),
  limit: amount,
  burstLimit: amount.nullable().default(null),
  action: z.enum(quotaActions),
  workspaceId: name.nullable().default(null),
  userId: name.nullable().default(null),
  enabled: z.boolean().default(true),
  tags: z
    .record(z.string().min(1).max(100), z.string().max(200))
    .refine((tags) => Object.keys(tags).length <= 20, 'may hold at most 20 tags')
    .default({}),
} as const;

const draftSchema = z.strictObject({ id: identifier.optional(), ...fields });

/** A quota that keeps all rules, without what its maker adds. */
export type CheckedQuota = Omit<QuotaDefinition, 'id' | 'createdAt' | 'updatedAt' | 'epoch'> & {
  readonly id?: string | undefined;
};

/** A rule between fields: what it says when it is broken. */
const rules: readonly (readonly [
  field: keyof CheckedQuota,
  message: string,
  isBroken: (quota: CheckedQuota) => boolean,
])[] = [
  [
    'burstLimit',
    'belongs to soft and burst quotas only',
    ({ kind, burstLimit }) => burstLimit !== null && kind !== 'soft' && kind !== 'burst',
  ],
  [
    'burstLimit',
    'must be above limit',
    ({ limit, burstLimit }) => burstLimit !== null && burstLimit <= limit,
  ],
  [
    'burstLimit',
    'is needed by a burst quota',
    ({ kind, burstLimit }) => kind === 'burst' && burstLimit === null,
  ],
  [
    'burstLimit',
    'is needed by a soft quota that blocks; otherwise nothing would ever be blocked',
    ({ kind, action, burstLimit }) => kind === 'soft' && action === 'block' && burstLimit === null,
  ],
  [
    'action',
    'must not be warn: only a soft quota lets pass what does not fit',
    ({ kind, action }) => kind !== 'soft' && action === 'warn',
  ],
  [
    'period',
    'must be one that ends: a burst is paid back, and a dynamic limit learns, from period to period',
    ({ kind, period }) =>
      (kind === 'burst' || kind === 'dynamic') && (period === 'held' || period === 'forever'),
  ],
  ['limit', 'must be above 0 for a burst quota', ({ kind, limit }) => kind === 'burst' && limit === 0],
  [
    'scope',
    'must not be global when the quota is for one workspace; take the scope workspace',
    ({ scope, workspaceId }) => scope === 'global' && workspaceId !== null,
  ],
];

/** Checks a quota that is to be made. Throws `invalid_input` with every refused field. */
export function parseQuota(draft: QuotaDraft): CheckedQuota {
  const parsed = draftSchema
    .superRefine((quota, context) => {
      for (const [field, message, isBroken] of rules) {
        if (isBroken(quota)) context.addIssue({ code: 'custom', path: [field], message });
      }
    })
    .safeParse(draft);
  if (parsed.success) return parsed.data;
  const issues = listIssues(parsed.error);
  const lines = issues.map(({ path, message }) => (path ? `${path} ${message}` : message));
  throw new RaptorFlowError('invalid_input', `The quota is not accepted: ${lines.join('; ')}.`, {
    details: { issues },
  });
}

/** The quota with a change. Throws `invalid_input`. */
export function changedQuota(quota: QuotaDefinition, change: QuotaChange, now: number): QuotaDefinition {
  const { createdAt, updatedAt: _before, epoch, ...draft } = quota;
  const { id, workspaceId } = quota;
  const checked = parseQuota({ ...draft, ...definedOf(change), id, workspaceId });
  const isOther =
    checked.scope !== quota.scope || checked.period !== quota.period || checked.timeZone !== quota.timeZone;
  return { ...checked, id, createdAt, updatedAt: now, epoch: isOther ? epoch + 1 : epoch };
}

function definedOf(change: QuotaChange): QuotaChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** A name of somebody or something, as identifiers of subjects are. */
export const subjectIdPattern: RegExp = /^[^\p{Cc}]{1,200}$/u;
