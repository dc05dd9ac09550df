/** One place where one rule does not hold, and why. An exemption that exempts nothing is itself a violation. */
export interface Exemption {
  readonly rule: string;
  /** A file, or a folder that ends with `/`. */
  readonly path: string;
  /** Only the violation about this name (a class, an option object, a function). */
  readonly name?: string;
  readonly reason: string;
}

/** Every exemption of the repository. */
export const exemptions: readonly Exemption[] = [
  {
    rule: 'option-fields',
    path: 'packages/raptorflow/src/bus/',
    name: 'SubscribeOptions',
    reason: 'The names of a subscription are the public interface of the bus, and flat there.',
  },
  {
    rule: 'option-fields',
    path: 'packages/raptorflow/src/bus/',
    name: 'ResolvedSubscribeOptions',
    reason: 'The same fields with their defaults.',
  },
  {
    rule: 'option-fields',
    path: 'packages/raptorflow/src/bus/',
    name: 'subscribeOptionsSchema',
    reason: 'The same fields as they are checked.',
  },
  {
    rule: 'public-methods',
    path: 'packages/raptorflow/src/bus/',
    name: 'RaptorBus',
    reason: 'The facade behind createBus: its calls are the public interface of the bus.',
  },
  {
    rule: 'option-fields',
    path: 'packages/raptorflow/src/resilience/',
    name: 'PeriscopeOptions',
    reason: 'The facade of the room: its options are the public interface, and flat there.',
  },
  {
    rule: 'option-fields',
    path: 'packages/raptorflow/src/pipeline/',
    name: 'PipelineOptions',
    reason: 'The names of createPipeline are fixed by what the product promises, and flat there.',
  },
  {
    rule: 'option-fields',
    path: 'packages/raptorflow/src/pipeline/',
    name: 'pipelineOptionsSchema',
    reason: 'The same fields as they are checked.',
  },
  {
    rule: 'file-lines',
    path: 'packages/contract/src/index.ts',
    reason: 'The list of everything that the wire has; nothing else stands in it.',
  },
  {
    rule: 'imports',
    path: 'packages/raptorflow/src/storage/sqlite-worker.ts',
    reason:
      'The worker loads the program whose address its owner passes; owners write the address with new URL, which is checked.',
  },
  {
    rule: 'clock',
    path: 'packages/client/src/timers.ts',
    reason:
      "The client may not import the kernel; this file is its clock, and is injected like the kernel's.",
  },
  {
    rule: 'option-fields',
    path: 'packages/raptorflow/src/resources/',
    name: 'RegisterOptions',
    reason: 'What is said about a resource is a record whose names the product promises, and flat there.',
  },
  {
    rule: 'environment',
    path: 'packages/raptorflow/src/resources/leases/process-marker.ts',
    reason:
      'Nothing is configured there: child processes get the environment of this one and a mark by which they are known.',
  },
  {
    rule: 'imports',
    path: 'packages/raptorflow/src/resources/leases/reaper-program.ts',
    reason:
      'A small process beside every owner of children: through the door it would load zod, too, which doubles its start and its memory.',
  },
];
