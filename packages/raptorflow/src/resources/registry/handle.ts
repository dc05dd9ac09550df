import type { ResourceHandle } from './resource.ts';

/** What a handle needs of its registry. A resource is named by slot and generation. */
export interface HandleHost {
  idOf(slot: number, generation: number): string;
  touch(slot: number, generation: number): void;
  resize(slot: number, generation: number, sizeBytes: number): void;
  release(slot: number, generation: number): boolean;
  close(slot: number, generation: number): Promise<void>;
}

/** A handle is small, since there may be 100,000 of them, and the registry keeps none, so that one that its owner lost can be collected. */
export class SlotHandle implements ResourceHandle {
  readonly #host: HandleHost;
  readonly slot: number;
  readonly generation: number;

  constructor(host: HandleHost, slot: number, generation: number) {
    this.#host = host;
    this.slot = slot;
    this.generation = generation;
  }

  get id(): string {
    return this.#host.idOf(this.slot, this.generation);
  }

  touch(): void {
    this.#host.touch(this.slot, this.generation);
  }

  resize(sizeBytes: number): void {
    this.#host.resize(this.slot, this.generation, sizeBytes);
  }

  release(): void {
    this.#host.release(this.slot, this.generation);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#host.close(this.slot, this.generation);
  }
}
