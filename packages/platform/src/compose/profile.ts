/** Which stores an installation works on, told where people and programs ask. */
import { isRaptorFlowError, RaptorFlowError } from 'raptorflow/kernel';
import type { Config } from '../config.ts';
import { redisVariable } from '../redis-address.ts';

/** What is kept where. */
export interface Profile {
  /** `distributed` when everything is on servers, so that any number of processes can work on it; else `embedded`. */
  readonly profile: 'embedded' | 'distributed';
  readonly stores: { readonly events: 'sqlite' | 'redis'; readonly relational: 'sqlite' | 'postgres' };
}

/** The profile of a configuration. */
export function profileOf(config: Pick<Config, 'redis' | 'databaseUrl'>): Profile {
  const events = config.redis === undefined ? 'sqlite' : 'redis';
  const relational = config.databaseUrl === undefined ? 'sqlite' : 'postgres';
  const shared = events === 'redis' && relational === 'postgres';
  return { profile: shared ? 'distributed' : 'embedded', stores: { events, relational } };
}

/** Throws `invalid_configuration` unless several processes can work on these stores. */
export function requireDistributed(config: Config): void {
  if (profileOf(config).profile === 'distributed') return;
  const missing = [
    ...(config.redis === undefined ? ['REDIS_URL'] : []),
    ...(config.databaseUrl === undefined ? ['DATABASE_URL'] : []),
  ];
  throw new RaptorFlowError(
    'invalid_configuration',
    `A worker beside the server needs REDIS_URL and DATABASE_URL, the same as the server's: without both, events or rows lie in files that one process owns. ${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set; "raptorflow up" works without.`,
    { details: { missing } },
  );
}

/** Puts the variable that names a store before what its start said, where that does not name it itself. */
export function namingVariable(config: Config, store: 'events' | 'relational'): (error: unknown) => never {
  const variable = store === 'relational' ? 'DATABASE_URL' : config.redis && redisVariable(config.redis);
  return (error) => {
    if (!isRaptorFlowError(error) || variable === undefined || error.message.includes(variable)) {
      throw error;
    }
    throw new RaptorFlowError(error.code, `${variable}: ${error.message}`, {
      cause: error,
      details: error.details,
    });
  };
}
