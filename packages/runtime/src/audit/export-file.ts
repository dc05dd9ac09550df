import { RaptorFlowError } from 'raptorflow/kernel';
import type { z } from 'zod';
import type { AuditRow } from './chain.ts';
import type { ChainSource } from './problem.ts';
import {
  exportRecordSchema,
  headFromRecord,
  headRecordSchema,
  keyFromRecord,
  rowFromRecord,
  rowRecordSchema,
  type ExportRecord,
} from './record.ts';
import { trustedKeys, type SignedHead } from './signing.ts';
import { verifyChain, type AuditVerification } from './verification.ts';

/** What an export is held against. */
export interface ExportTrust {
  /** The id of the key that is known to be the installation's; without it the one that the file names is believed. */
  readonly keyId?: string | undefined;
  /** A head that was kept elsewhere. */
  readonly earlier?: SignedHead | undefined;
}

/** What the verification of a file found. */
export interface ExportVerification extends AuditVerification {
  /** The key that everything else rests on. */
  readonly trustedKeyId: string;
}

/**
 * Verifies an export without a database. `open` reads the file's lines from the beginning; it is called more than once, and memory does
 * not grow with the file. Throws `malformed_input` for a file that is no export.
 */
export async function verifyAuditExport(
  open: () => AsyncIterable<string>,
  trust: ExportTrust = {},
): Promise<ExportVerification> {
  const { first, head } = await frameOf(open);
  const trustedKeyId = trust.keyId ?? first.signing_key_id;
  const keys = trustedKeys(trustedKeyId, first.keys.map(keyFromRecord));
  const source: ChainSource = {
    workspaceId: first.workspace_id,
    head: async () => head,
    async *rows(after, to) {
      let place = 0;
      for await (const row of rowsOf(open())) {
        place += 1;
        if (place > to) return;
        if (place > after) yield row;
      }
    },
  };
  return { ...(await verifyChain(source, { keys, earlier: trust.earlier })), trustedKeyId };
}

/** A head that `audit head` or an export wrote. Throws `malformed_input`. */
export function readSignedHead(text: string): SignedHead {
  return headFromRecord(parse(headRecordSchema, text.trim(), 'the signed head'));
}

async function frameOf(
  open: () => AsyncIterable<string>,
): Promise<{ first: ExportRecord; head: SignedHead | null }> {
  let first: ExportRecord | undefined;
  let end = '';
  for await (const line of open()) {
    first ??= parse(exportRecordSchema, line, 'line 1');
    if (line.trim() !== '') end = line;
  }
  if (first === undefined) throw noExport('it is empty');
  // A file that was cut off has no head, and the verification says so.
  return { first, head: end.includes('"type":"audit_head"') ? readSignedHead(end) : null };
}

async function* rowsOf(lines: AsyncIterable<string>): AsyncIterable<AuditRow> {
  let number = 0;
  for await (const line of lines) {
    number += 1;
    if (number === 1 || line.trim() === '' || line.includes('"type":"audit_head"')) continue;
    yield rowFromRecord(parse(rowRecordSchema, line, `line ${number}`));
  }
}

function parse<Schema extends z.ZodType>(schema: Schema, text: string, where: string): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw noExport(`${where} is no JSON`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw noExport(`${where}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is not right'}`);
}

function noExport(why: string): RaptorFlowError {
  return new RaptorFlowError(
    'malformed_input',
    `This is no export of an audit log: ${why}. "raptorflow audit export" writes one.`,
  );
}
