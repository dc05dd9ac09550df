import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { isRaptorFlowError } from 'raptorflow/kernel';
import { createQuotas, sqliteQuotaStore, type QuotaDraft, type QuotaSubject } from 'raptorflow/resources';

/** A request that fits and one that does not. */
export interface QuotaOverrun {
  /** Quotas that are made first. */
  readonly quotas?: readonly QuotaDraft[];
  readonly subject: QuotaSubject;
  readonly granted: number;
  readonly refused: number;
}

/**
 * Asks the quotas in a server's data directory for more than there is, as a process before the server did, so that usage and a violation are on
 * record. The server must not run. Answers the code of the refusal; undefined when there was none.
 */
export async function overrunQuota(
  home: string,
  { quotas: drafts = [], subject, granted, refused }: QuotaOverrun,
): Promise<string | undefined> {
  await mkdir(home, { recursive: true, mode: 0o700 });
  const quotas = createQuotas(
    { quotas: drafts },
    { store: sqliteQuotaStore({ path: join(home, 'quotas.db') }) },
  );
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
