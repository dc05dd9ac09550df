import { redisContract } from './redis-contract.ts';

redisContract('redis, polling', { idle: 'polling', polling: { pauseMsMin: 10, pauseMsMax: 200 } });
