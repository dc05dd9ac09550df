import { redisContract } from './redis-contract.ts';

redisContract('redis');
