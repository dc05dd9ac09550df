import { redisEngine, type BusEngine } from 'raptorflow/bus';
import { openBus, type OwnBus } from './own-bus.ts';
import { withRedis, type Appendfsync, type MeasuredRedis } from './private-redis.ts';

/** The one place where the Redis engine comes in. */
export function redisEngineAt(url: string): BusEngine {
  return redisEngine({ url });
}

/** Runs a measurement with a bus of ours on a new, empty Redis. */
export function withRedisBus<Result>(
  appendfsync: Appendfsync,
  work: (bus: OwnBus, redis: MeasuredRedis) => Promise<Result>,
): Promise<Result> {
  return withRedis(appendfsync, async (redis) => {
    const bus = await openBus(redisEngineAt(redis.server.url));
    try {
      return await work(bus, redis);
    } finally {
      await bus.stop();
    }
  });
}
