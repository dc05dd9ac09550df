import { isRaptorFlowError, RaptorFlowError, toRaptorFlowError } from '../kernel/index.ts';

interface SqliteFault {
  readonly errcode: number;
  readonly message: string;
}

// Primary result codes, https://sqlite.org/rescode.html; the extended code has the primary one in its low byte.
const BUSY = 5;
const LOCKED = 6;
const NOMEM = 7;
const READONLY = 8;
const IOERR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANTOPEN = 14;
const TOOBIG = 18;
const CONSTRAINT = 19;
const NOTADB = 26;

const IOERR_WRITE = 778;
const IOERR_SHMSIZE = 4_874;

/** Which rule of the schema a statement broke. */
const constraints: Readonly<Record<number, string>> = {
  275: 'check',
  787: 'foreign_key',
  1_299: 'not_null',
  1_555: 'unique',
  2_067: 'unique',
  2_579: 'unique',
};

/** Whether SQLite itself threw this. */
function isSqliteFault(value: unknown): value is Error & SqliteFault {
  return value instanceof Error && 'errcode' in value && typeof value.errcode === 'number';
}

/** What a program or SQLite threw, as an error of ours: `storage_full`, `storage_corrupt`, `constraint_violated`, `unavailable`, `exhausted`, else `internal`. */
export function toStorageError(value: unknown): RaptorFlowError {
  if (isRaptorFlowError(value) || !isSqliteFault(value)) return toRaptorFlowError(value);
  const extras = { cause: value, details: { sqlite_code: value.errcode } };
  if (isRoomMissing(value.errcode)) {
    return new RaptorFlowError(
      'storage_full',
      `The disk has no room left for the database (${value.message}); free space, then try again.`,
      extras,
    );
  }
  switch (value.errcode & 0xff) {
    case BUSY:
    case LOCKED:
      return new RaptorFlowError(
        'unavailable',
        `Another program holds the database (${value.message}); close it, then try again.`,
        extras,
      );
    case CORRUPT:
    case NOTADB:
      return new RaptorFlowError(
        'storage_corrupt',
        `The database file is damaged (${value.message}); restore a backup.`,
        extras,
      );
    case READONLY:
    case CANTOPEN:
    case IOERR:
      return new RaptorFlowError(
        'unavailable',
        `The database file cannot be used (${value.message}); check its directory and its permissions.`,
        extras,
      );
    case NOMEM:
    case TOOBIG:
      return new RaptorFlowError('exhausted', `The statement is too large (${value.message}).`, extras);
    case CONSTRAINT:
      return constraintError(value);
    default:
      return toRaptorFlowError(value);
  }
}

// A quota and a file-size limit reach SQLite as a failed write, not as a full disk.
function isRoomMissing(errcode: number): boolean {
  return (errcode & 0xff) === FULL || errcode === IOERR_WRITE || errcode === IOERR_SHMSIZE;
}

function constraintError(fault: Error & SqliteFault): RaptorFlowError {
  const constraint = constraints[fault.errcode] ?? 'other';
  // "UNIQUE constraint failed: agents.workspace_id, agents.slug"
  const [, subject = ''] = fault.message.split('constraint failed: ');
  const columns = subject === '' ? [] : subject.split(', ');
  const [table] = columns[0]?.split('.') ?? [];
  return new RaptorFlowError(
    'constraint_violated',
    `The change breaks a rule of the tables: ${fault.message}.`,
    {
      cause: fault,
      details: { constraint, columns, ...(table === undefined ? {} : { table }) },
    },
  );
}
