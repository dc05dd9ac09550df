import type { ResourceHandle } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';

/** The same resources, which keep all handles: tests throw theirs away, and a collection of garbage in between would prove them lost. */
export function keepingHandles(resources: Resources, kept: ResourceHandle[] = []): Resources {
  const register = resources.register.bind(resources);
  resources.register = (options) => {
    const handle = register(options);
    kept.push(handle);
    return handle;
  };
  return resources;
}
