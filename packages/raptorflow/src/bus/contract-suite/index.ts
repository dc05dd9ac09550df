export { busEngineContract } from './engine-contract.ts';
export type { EngineFeatures, EngineUnderTest } from './world.ts';
