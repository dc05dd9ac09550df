// oxlint-disable vitest/valid-title, vitest/expect-expect -- titles and assertions are data here: they stand in the behaviours.
import { describe, it } from 'vitest';
import { storeBehaviours } from './store-behaviours.ts';
import { StoreWorld, type HistoryStoreUnderTest, type StoreBehaviour } from './world.ts';

/**
 * The contract of `HistoryStore`, as a vitest suite. Call it in a test file of yours; vitest must be installed.
 *
 * `make` is called once for each behaviour and answers a store of its own, not opened. `features` says which of the two optional doors it
 * has: behaviours that need one which is missing are left out; everything else must hold.
 */
export function historyStoreContract(
  name: string,
  make: () => Promise<HistoryStoreUnderTest>,
  features: { readonly reopen: boolean; readonly second: boolean },
): void {
  describe(`${name} keeps the contract of a history store`, () => {
    for (const behaviour of storeBehaviours) {
      if (behaviour.needs && !features[behaviour.needs]) continue;
      it(behaviour.title, () => check(behaviour, make));
    }
  });
}

async function check(behaviour: StoreBehaviour, make: () => Promise<HistoryStoreUnderTest>): Promise<void> {
  const world = new StoreWorld(await make());
  try {
    await behaviour.run(world);
  } finally {
    await world.dispose();
  }
}
