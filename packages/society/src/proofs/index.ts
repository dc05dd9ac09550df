export { createLoopProof, type BegunLoop, type LoopProof } from './loop-proof.ts';
