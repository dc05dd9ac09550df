import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isRaptorFlowError } from 'raptorflow/kernel';
import {
  createQuotas,
  redisQuotaStore,
  sqliteQuotaStore,
  type QuotaDraft,
  type QuotaStore,
  type QuotaSubject,
} from 'raptorflow/resources';

/** A request that fits and one that does not. */
export interface QuotaOverrun {
  /** Quotas that are made first. */
  readonly quotas?: readonly QuotaDraft[];
  readonly subject: QuotaSubject;
  readonly granted: number;
  readonly refused: number;
}

/** Where quotas are kept: a data directory, or a Redis with the prefix of its quotas. */
export type QuotaPlace = string | { readonly url: string; readonly prefix: string };

/**
 * Asks quotas for more than there is, as a process before the server did, so that usage and a violation are on record. On a data directory, the
 * server must not run. Answers the code of the refusal; undefined when there was none.
 */
export async function overrunQuota(
  place: QuotaPlace,
  { quotas: drafts = [], subject, granted, refused }: QuotaOverrun,
): Promise<string | undefined> {
  const quotas = createQuotas({ quotas: drafts }, { store: await storeAt(place) });
  await quotas.start();
  try {
    await quotas.acquire(granted, subject);
    await quotas.acquire(refused, subject);
    return undefined;
  } catch (error) {
    if (isRaptorFlowError(error)) return error.code;
    throw error;
  } finally {
    await quotas.stop();
  }
}

async function storeAt(place: QuotaPlace): Promise<QuotaStore> {
  if (typeof place !== 'string') return redisQuotaStore(place);
  await mkdir(place, { recursive: true, mode: 0o700 });
  return sqliteQuotaStore({ path: join(place, 'quotas.db') });
}
