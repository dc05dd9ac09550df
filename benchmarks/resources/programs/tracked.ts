/** Tracks 100,000 resources, and prints by how many MiB the memory of the process grew: heap and what lies beside it, with and without the handles. */
import { createResources, type ResourceHandle } from 'raptorflow/resources';

const count = 100_000;

function mebibytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}

/** What handles take by themselves: objects of the same form that belong to nobody. */
class Form {
  readonly #host: object;
  readonly slot: number;
  readonly generation: number;

  constructor(host: object, slot: number, generation: number) {
    this.#host = host;
    this.slot = slot;
    this.generation = generation;
  }

  get host(): object {
    return this.#host;
  }
}

const forms: Form[] = Array.from({ length: count });
const beforeForms = mebibytes();
for (let index = 0; index < count; index += 1) forms[index] = new Form(forms, index, 0);
const handlesTake = mebibytes() - beforeForms;

const resources = createResources();
await resources.start();
resources.register({ type: 'lock' }).release();
const handles: ResourceHandle[] = Array.from({ length: count });
const owners = Array.from({ length: 50 }, (_, index) => `agent-${index}`);
const before = mebibytes();
for (let index = 0; index < count; index += 1) {
  handles[index] = resources.register({
    type: 'lock',
    owner: owners[index % 50] ?? '',
    workspaceId: 'w',
    runId: 'r',
  });
}
resources.leaks.scan();
const withHandles = mebibytes() - before;
const counted = Math.min(resources.summary().total, handles.length, forms.length);
console.log(JSON.stringify({ tracked: withHandles - handlesTake, withHandles, counted }));
await resources.stop();
