export {
  briefToWire,
  readCampaignFolder,
  readSampleCampaigns,
  type CampaignFolder,
  type FolderDocument,
} from './campaign-folder.ts';
export { startServer, type RunningServer, type ServerDeps } from './compose/server.ts';
export { readConfig, type Config, type ConfigSources } from './config.ts';
export { createLog, type LogOptions } from './logging.ts';
