import { randomUUID } from 'node:crypto';
import { startRedis, type RedisServer } from '@raptorflow/rig';
import { redisEngine, type BusEngine, type RedisEngineOptions } from 'raptorflow/bus';
import { busEngineContract } from 'raptorflow/bus/contract-suite';
import { afterAll, beforeAll } from 'vitest';

/** The engine's way to fall silent as a killed process does; it is of use to tests only. */
type MortalEngine = BusEngine & { abandon(): Promise<void> };

/** Runs the contract of engines against a real Redis, with these options for each engine. */
export function redisContract(name: string, options: RedisEngineOptions = {}): void {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis({ appendfsync: 'everysec' });
  });
  afterAll(() => server.stop());
  busEngineContract(
    name,
    async () => {
      const prefix = randomUUID();
      const make = () => redisEngine({ ...options, url: server.url, prefix }) as MortalEngine;
      let present = make();
      return {
        engine: present,
        reopen: () => {
          present = make();
          return present;
        },
        // The process falls silent, as if it were killed; Redis keeps what it held until others notice.
        crash: () => {
          void present.abandon();
          present = make();
          return present;
        },
        dispose: async () => undefined,
      };
    },
    { durable: true, crashes: true },
  );
}
