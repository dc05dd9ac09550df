export {
  createRaptorMini,
  readRaptorConfig,
  type RaptorMini,
  type RaptorMiniDeps,
} from './create-raptor-mini.ts';
export type { RaptorMiniOptions, RaptorMiniStatus } from './options.ts';
