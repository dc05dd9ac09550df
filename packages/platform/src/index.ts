export {
  briefToWire,
  readCampaignFolder,
  readSampleCampaigns,
  type CampaignFolder,
  type FolderDocument,
} from './campaign-folder.ts';
export type { Profile } from './compose/profile.ts';
export type { ProgramDeps } from './compose/program.ts';
export { examineRedis, type RedisFinding } from './compose/redis-examination.ts';
export { startServer, type RunningServer } from './compose/server.ts';
export { startWorker, type RunningWorker } from './compose/worker.ts';
export { readConfig, type Config, type ConfigSources } from './config.ts';
export { createLog, type LogOptions } from './logging.ts';
export type { RedisConfig } from './redis-address.ts';
export { readSignedHead, verifyAuditExport } from '@raptorflow/runtime';
