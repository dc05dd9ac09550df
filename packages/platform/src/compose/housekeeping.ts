/** What the process has open, and who may use how much: the registry of resources and the quotas. */
import { join } from 'node:path';
import type { Bus } from 'raptorflow/bus';
import { Lifecycle, type Service } from 'raptorflow/kernel';
import {
  createQuotas,
  createResources,
  defaultQuotas,
  redisQuotaStore,
  sqliteQuotaStore,
  type Quotas,
  type QuotaStore,
  type Resources,
} from 'raptorflow/resources';
import type { Config } from '../config.ts';
import { sharedPlace } from './history.ts';
import { quotaNews } from './quota-news.ts';
import type { CommonDeps } from './stores.ts';

/** The parts, started and stopped together. */
export interface Housekeeping extends Service {
  readonly resources: Resources;
  readonly quotas: Quotas;
}

/** The file of the embedded profile. */
const quotasFile = 'quotas.db';

/** Builds the registry, which the stores are given before there is anything that quotas could tell their news to. */
export function createRegistry(
  config: Config,
  { clock, log, meter }: Pick<CommonDeps, 'clock' | 'log' | 'meter'>,
): Resources {
  return createResources(
    { development: config.environment === 'development' },
    { clock, log: log.child('resources'), meter },
  );
}

/** Builds both, not started yet. */
export function createHousekeeping(
  config: Config,
  bus: Pick<Bus, 'publish'>,
  deps: CommonDeps,
): Housekeeping {
  const { clock, ids, log, meter, registry: resources, own } = deps;
  const news = quotaNews(bus, { clock, log: log.child('quotas') });
  const quotas = createQuotas(
    { quotas: defaultQuotas },
    {
      store: storeOf(config, deps),
      onNotice: news.notice,
      alert: news.approval,
      clock,
      ids,
      log: log.child('quotas'),
      meter,
    },
  );
  const lifecycle = new Lifecycle('the housekeeping', {
    start: async () => {
      await quotas.start();
      await resources.start();
    },
    stop: async (options) => {
      await resources.stop(options);
      await quotas.stop(options);
      own.ended('quotas');
    },
  });
  return {
    resources,
    quotas,
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
  };
}

function storeOf(config: Config, { thread, own }: CommonDeps): QuotaStore {
  const place = sharedPlace(config, 'quotas', own);
  return place
    ? redisQuotaStore(place)
    : sqliteQuotaStore({ path: join(config.home, quotasFile) }, { thread });
}
