export { createLoopProof, type BegunLoop, type LoopProof } from './loop-proof.ts';
export { createOverspendProof, type OverspendProof, type Overspending } from './overspend-proof.ts';
