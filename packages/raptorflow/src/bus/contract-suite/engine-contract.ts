// oxlint-disable vitest/valid-title, vitest/expect-expect -- titles and assertions are data here: they stand in the behaviours.
import { describe, it } from 'vitest';
import { claimBehaviours } from './claim-behaviours.ts';
import { deadLetterBehaviours } from './dead-letter-behaviours.ts';
import { fairnessBehaviours } from './fairness-behaviours.ts';
import { groupBehaviours } from './group-behaviours.ts';
import { lifecycleBehaviours } from './lifecycle-behaviours.ts';
import { loopBehaviours } from './loop-behaviours.ts';
import { orderBehaviours } from './order-behaviours.ts';
import { publishBehaviours } from './publish-behaviours.ts';
import { readBehaviours } from './read-behaviours.ts';
import { retentionBehaviours } from './retention-behaviours.ts';
import { retryBehaviours } from './retry-behaviours.ts';
import { subscribeBehaviours } from './subscribe-behaviours.ts';
import { traceBehaviours } from './trace-behaviours.ts';
import { upcastBehaviours } from './upcast-behaviours.ts';
import { World, type Behaviour, type EngineFeatures, type EngineUnderTest } from './world.ts';

const chapters: readonly (readonly [string, readonly Behaviour[]])[] = [
  ['publishing', publishBehaviours],
  ['subscribing', subscribeBehaviours],
  ['groups', groupBehaviours],
  ['retries and deadlines', retryBehaviours],
  ['claims', claimBehaviours],
  ['order and priority', orderBehaviours],
  ['fairness', fairnessBehaviours],
  ['loops', loopBehaviours],
  ['older versions', upcastBehaviours],
  ['dead letters', deadLetterBehaviours],
  ['retention', retentionBehaviours],
  ['reading', readBehaviours],
  ['tracing', traceBehaviours],
  ['life and death', lifecycleBehaviours],
];

/**
 * The contract of `BusEngine`, as a vitest suite: what the bus promises, checked on the engine that `make` builds. Call it in a
 * test file of yours; vitest must be installed.
 *
 * `make` is called once for each behaviour and answers a store of its own. Behaviours that need a feature which the store lacks are left
 * out; everything else must hold. Time is a clock that the suite moves, so an engine must take its time from `EngineHost.clock`.
 */
export function busEngineContract(
  name: string,
  make: () => Promise<EngineUnderTest>,
  features: EngineFeatures,
): void {
  describe(`${name} keeps the contract of a bus engine`, () => {
    for (const [chapter, behaviours] of chapters) {
      describe(chapter, () => {
        for (const behaviour of behaviours) {
          if (behaviour.needs && !features[behaviour.needs]) continue;
          it(behaviour.title, () => check(behaviour, make));
        }
      });
    }
  });
}

async function check(behaviour: Behaviour, make: () => Promise<EngineUnderTest>): Promise<void> {
  const world = new World(await make());
  try {
    await behaviour.run(world);
  } finally {
    await world.dispose();
  }
}
