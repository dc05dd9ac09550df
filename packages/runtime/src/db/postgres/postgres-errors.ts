import { isRaptorFlowError, RaptorFlowError, type ErrorCode } from 'raptorflow/kernel';

interface PostgresFault {
  readonly code: string;
  readonly message: string;
  readonly table?: string;
  readonly column?: string;
}

/** Rules of the schema, by SQLSTATE, https://www.postgresql.org/docs/current/errcodes-appendix.html. */
const constraints: Readonly<Record<string, string>> = {
  '23502': 'not_null',
  '23503': 'foreign_key',
  '23505': 'unique',
  '23514': 'check',
};

interface Translation {
  readonly code: ErrorCode;
  readonly say: (message: string) => string;
}

/** The other states that have a meaning for callers; the first prefix that fits counts. */
const translations: readonly (readonly [prefix: string, translation: Translation])[] = [
  [
    '40',
    {
      code: 'serialization_conflict',
      say: (m) => `Two transactions got into each other's way (${m}); run it again.`,
    },
  ],
  [
    '42501',
    {
      code: 'unscoped_statement',
      say: (m) => `PostgreSQL refuses what lies outside the workspace or the role (${m}).`,
    },
  ],
  [
    '53100',
    {
      code: 'storage_full',
      say: (m) => `The disk of PostgreSQL is full (${m}); free space, then try again.`,
    },
  ],
  [
    '53300',
    {
      code: 'unavailable',
      say: (m) => `PostgreSQL has no connection left (${m}); lower the pools or raise max_connections.`,
    },
  ],
  ['53', { code: 'exhausted', say: (m) => `PostgreSQL is out of a resource (${m}).` }],
  [
    'XX001',
    { code: 'storage_corrupt', say: (m) => `PostgreSQL found damaged data (${m}); restore a backup.` },
  ],
  ['XX002', { code: 'storage_corrupt', say: (m) => `PostgreSQL found a damaged index (${m}); rebuild it.` }],
  ['57014', { code: 'timeout', say: (m) => `PostgreSQL cancelled the statement (${m}).` }],
  [
    '25P02',
    {
      code: 'conflict',
      say: () => 'A statement of this transaction has failed before; let the failure end the transaction.',
    },
  ],
  [
    '25P03',
    {
      code: 'timeout',
      say: () => 'The transaction was idle for too long; await nothing else inside a transaction.',
    },
  ],
  ['08', { code: 'unavailable', say: (m) => `The connection to PostgreSQL is lost (${m}).` }],
  ['57P', { code: 'unavailable', say: (m) => `PostgreSQL is stopping or starting (${m}).` }],
  ['28', { code: 'unavailable', say: (m) => `PostgreSQL refuses the login (${m}); check DATABASE_URL.` }],
  [
    '3D000',
    { code: 'unavailable', say: (m) => `PostgreSQL has no such database (${m}); check DATABASE_URL.` },
  ],
];

/** What PostgreSQL or its driver threw, as an error of ours. */
export function toDatabaseError(value: unknown): RaptorFlowError {
  if (isRaptorFlowError(value)) return value;
  if (!(value instanceof Error)) return new RaptorFlowError('internal', String(value));
  if (!isFault(value)) return connectionError(value);
  const constraint = constraints[value.code];
  if (constraint !== undefined) return constraintError(value, constraint);
  const found = translations.find(([prefix]) => value.code.startsWith(prefix));
  const extras = { cause: value, details: { sqlstate: value.code } };
  if (!found) return new RaptorFlowError('internal', value.message, extras);
  const [, { code, say }] = found;
  return new RaptorFlowError(code, say(value.message), extras);
}

/** What waiting does not mend: a login or a database that is not there, and everything about certificates. */
const lastingStates = /^(28|3D)/;
const lastingTrouble = /SSL|TLS|CERT|SIGNED|EPROTO|certificate/;

/** The same for the first connection: retryable only if the server may just not be there yet. */
export function toConnectError(value: unknown): RaptorFlowError {
  const error = toDatabaseError(value);
  if (!error.retryable) return error;
  const { code, message, details } = error;
  const { cause } = error;
  const trouble =
    cause instanceof Error ? `${'code' in cause ? String(cause.code) : ''} ${cause.message}` : '';
  const isLasting = lastingStates.test(String(details['sqlstate'])) || lastingTrouble.test(trouble);
  return isLasting ? new RaptorFlowError(code, message, { details, cause, retryable: false }) : error;
}

// Faults of the server have a five-character state; those of the network have Node's codes, or none at all.
function isFault(value: Error): value is Error & PostgresFault {
  return 'code' in value && typeof value.code === 'string' && /^[0-9A-Z]{5}$/.test(value.code);
}

function connectionError(value: Error): RaptorFlowError {
  const isNetwork = 'code' in value || /connection|timeout|terminated|ended/i.test(value.message);
  if (!isNetwork) return new RaptorFlowError('internal', value.message, { cause: value });
  return new RaptorFlowError(
    'unavailable',
    `PostgreSQL cannot be reached (${value.message}); check DATABASE_URL and the server.`,
    {
      cause: value,
    },
  );
}

function constraintError(fault: Error & PostgresFault, constraint: string): RaptorFlowError {
  // Which columns are in the way PostgreSQL tells only where no row-level security hides rows; the table it tells always.
  const { table, column } = fault;
  const columns = column === undefined || table === undefined ? [] : [`${table}.${column}`];
  return new RaptorFlowError(
    'constraint_violated',
    `The change breaks a rule of the tables: ${fault.message}.`,
    {
      cause: fault,
      details: { constraint, columns, ...(table === undefined ? {} : { table }) },
    },
  );
}
