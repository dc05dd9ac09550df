export { createRaptorMini, type RaptorMini, type RaptorMiniDeps } from './create-raptor-mini.ts';
export type { RaptorMiniOptions, RaptorMiniStatus } from './options.ts';
