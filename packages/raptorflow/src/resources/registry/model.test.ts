import fc from 'fast-check';
import { expect, it } from 'vitest';
import { modelIds, ResourcesModel } from '../testing/model.ts';

const id = fc.constantFrom(...modelIds);
const command: fc.Arbitrary<(model: ResourcesModel) => unknown> = fc.oneof(
  fc.tuple(id, fc.boolean()).map(
    ([one, closes]) =>
      (model: ResourcesModel) =>
        model.register(one, closes),
  ),
  id.map((one) => (model: ResourcesModel) => model.touch(one)),
  id.map((one) => (model: ResourcesModel) => model.release(one)),
  fc.constant((model: ResourcesModel) => model.useOldHandles()),
  fc.integer({ min: 1, max: 1_500 }).map((ms) => (model: ResourcesModel) => model.clock.advance(ms)),
  fc.constant((model: ResourcesModel) => model.scan()),
  fc.boolean().map((force) => (model: ResourcesModel) => model.cleanup(force)),
);

it('a resource is in the state that its history says, whatever is done in which order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 60 }), async (commands) => {
      const model = new ResourcesModel();
      for (const run of commands) {
        await run(model);
        expect(model.seen()).toEqual(model.expected());
      }
    }),
    { numRuns: 150 },
  );
});
