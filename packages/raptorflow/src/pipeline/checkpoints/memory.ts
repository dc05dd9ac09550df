import type { Checkpoint, CheckpointStore } from '../checkpoint.ts';

/** Checkpoints that live as long as their process: a run that failed goes on, a process that died begins anew. */
export function memoryCheckpoints(): CheckpointStore {
  const kept = new Map<string, Checkpoint>();
  return {
    load: async (id) => kept.get(id) ?? null,
    save: async (checkpoint) => void kept.set(checkpoint.id, structuredClone(checkpoint)),
    forget: async (id) => void kept.delete(id),
    close: async () => undefined,
  };
}
