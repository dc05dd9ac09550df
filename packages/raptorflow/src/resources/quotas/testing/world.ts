import { createFakeClock, type FakeClock } from '../../../kernel/testing/index.ts';
import { createQuotas } from '../create-quotas.ts';
import type { QuotaDraft, QuotaSubject } from '../definition.ts';
import type { QuotasDeps, QuotasOptions } from '../options.ts';
import type { QuotaNotice, Quotas } from '../quotas.ts';

/** A service of quotas in a test, on a clock that stands still. */
export interface QuotaWorld {
  readonly quotas: Quotas;
  readonly clock: FakeClock;
  readonly notices: QuotaNotice[];
}

/** Starts a service with these quotas. */
export async function quotaWorld(
  quotas: readonly QuotaDraft[],
  deps: QuotasDeps = {},
  options: QuotasOptions = {},
): Promise<QuotaWorld> {
  const clock = createFakeClock();
  const notices: QuotaNotice[] = [];
  const service = createQuotas(
    { quotas, ...options },
    { clock, onNotice: (notice) => void notices.push(notice), ...deps },
  );
  await service.start();
  return { quotas: service, clock, notices };
}

/** A quota of a test: hard, held, of a workspace. */
export function draftOf(id: string, more: Partial<QuotaDraft> = {}): QuotaDraft {
  return {
    id,
    name: `Quota ${id}`,
    scope: 'workspace',
    resource: 'places',
    kind: 'hard',
    period: 'held',
    limit: 10,
    action: 'block',
    ...more,
  };
}

/** Somebody in a test. */
export const ada: QuotaSubject = Object.freeze({ resource: 'places', workspaceId: 'w1', userId: 'ada' });
