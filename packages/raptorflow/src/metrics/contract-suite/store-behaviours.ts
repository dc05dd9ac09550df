import { expect } from 'vitest';
import { describedSeries, plain, someBlock, someFrame, type StoreBehaviour } from './world.ts';

const everything = { from: 0, to: Number.MAX_SAFE_INTEGER };
const shard = { source: 'a', stepMs: 10_000, shard: 0 };
const series = { source: 'a', stepMs: 10_000, numbers: [0] };

/** What a store of histories promises. */
export const storeBehaviours: readonly StoreBehaviour[] = [
  {
    title: 'series are found by metric, by source, and by both; describing again replaces',
    async run(world) {
      const store = await world.open();
      const [one, two, three] = [
        describedSeries(0, { tags: { route: '/ä "\\n', empty: '' } }),
        describedSeries(1, { metric: 'depth', kind: 'gauge' }),
        describedSeries(0, { source: 'b:1' }),
      ];
      await store.describe([one, two, three]);
      expect(await store.listSeries({ metric: 'calls', source: 'a' })).toEqual([one]);
      expect(await store.listSeries({ metric: 'calls' })).toHaveLength(2);
      expect(await store.listSeries({ source: 'b:1' })).toEqual([three]);
      expect(await store.listSeries({ metric: 'nothing' })).toEqual([]);
      await store.describe([{ ...one, seenAt: 2_000 }]);
      expect(await store.listSeries({ metric: 'calls', source: 'a' })).toEqual([{ ...one, seenAt: 2_000 }]);
      expect(await store.listSeries({})).toHaveLength(3);
    },
  },
  {
    title:
      'frames come back by shard and time, oldest first, byte for byte; the lower end of a range is outside of it',
    async run(world) {
      const store = await world.open();
      const frames = [30_000, 10_000, 20_000].map((at) => someFrame(at));
      const others = [
        someFrame(20_000, { shard: 1 }),
        someFrame(20_000, { stepMs: 60_000 }),
        someFrame(20_000, { source: 'b' }),
      ];
      await store.append([...frames, ...others]);
      expect(plain(await store.readFrames({ ...shard, ...everything }))).toEqual(
        plain([10_000, 20_000, 30_000].map((at) => someFrame(at))),
      );
      const some = await store.readFrames({ ...shard, from: 10_000, to: 20_000 });
      expect(plain(some)).toEqual(plain([someFrame(20_000)]));
      const times = await store.readFrames({ ...shard, from: 10_000, to: 30_000, timesOnly: true });
      expect(times.map(({ at, bytes }) => [at, bytes.length])).toEqual([
        [20_000, 0],
        [30_000, 0],
      ]);
      expect(plain(await store.readFrames({ ...shard, source: 'b', ...everything }))).toEqual(
        plain(others.slice(2)),
      );
      expect(await store.readFrames({ ...shard, source: 'nobody', ...everything })).toEqual([]);
    },
  },
  {
    title: 'a frame that is appended again replaces the one before',
    async run(world) {
      const store = await world.open();
      await store.append([someFrame(10_000)]);
      const changed = someFrame(10_000, { bytes: Uint8Array.of(1, 2, 3) });
      await store.append([changed]);
      expect(plain(await store.readFrames({ ...shard, ...everything }))).toEqual(plain([changed]));
    },
  },
  {
    title: 'sealing puts blocks in the place of the frames up to a moment, and can be repeated',
    async run(world) {
      const store = await world.open();
      const frames = [10_000, 20_000, 30_000].map((at) => someFrame(at));
      await store.append([...frames, someFrame(10_000, { shard: 1 })]);
      const blocks = [someBlock(10_000, 20_000), someBlock(10_000, 20_000, { number: 5 })];
      for (let time = 0; time < 2; time += 1) await store.seal({ ...shard, through: 20_000, blocks });
      expect(plain(await store.readFrames({ ...shard, ...everything }))).toEqual(plain(frames.slice(2)));
      expect(await store.readFrames({ ...shard, shard: 1, ...everything })).toHaveLength(1);
      expect(plain(await store.readBlocks({ ...series, numbers: [5, 0], ...everything }))).toEqual(
        plain(blocks.toReversed()),
      );
    },
  },
  {
    title: 'blocks are found when any of their time lies in the range',
    async run(world) {
      const store = await world.open();
      const blocks = [someBlock(30_000, 39_000), someBlock(10_000, 19_000), someBlock(20_000, 29_000)];
      await store.seal({ ...shard, through: 0, blocks });
      const read = async (from: number, to: number): Promise<number[]> =>
        (await store.readBlocks({ ...series, from, to })).map((block) => block.from);
      expect(await read(0, 50_000)).toEqual([10_000, 20_000, 30_000]);
      expect(await read(19_000, 20_000)).toEqual([20_000]);
      expect(await read(18_999, 19_500)).toEqual([10_000]);
      expect(await read(39_000, 99_000)).toEqual([]);
      expect(await read(0, 9_999)).toEqual([]);
    },
  },
  {
    title: 'what is older than a moment goes, of one resolution only, and what touches the moment stays',
    async run(world) {
      const store = await world.open();
      await store.append([10_000, 20_000, 30_000].map((at) => someFrame(at)));
      await store.append([someFrame(10_000, { stepMs: 60_000 })]);
      await store.seal({
        ...shard,
        through: 0,
        blocks: [someBlock(1_000, 9_000), someBlock(10_000, 20_000)],
      });
      await store.describe([describedSeries(0, { seenAt: 100 }), describedSeries(1, { seenAt: 200 })]);
      let removed = 0;
      for (let now = -1; now !== 0; removed += now)
        now = await store.remove([{ stepMs: 10_000, before: 20_000 }], 200);
      expect(removed).toBe(3);
      expect((await store.readFrames({ ...shard, ...everything })).map(({ at }) => at)).toEqual([
        20_000, 30_000,
      ]);
      expect((await store.readBlocks({ ...series, ...everything })).map(({ from }) => from)).toEqual([
        10_000,
      ]);
      expect(await store.readFrames({ ...shard, stepMs: 60_000, ...everything })).toHaveLength(1);
      expect((await store.listSeries({})).map(({ number }) => number)).toEqual([1]);
    },
  },
  {
    title:
      'usage grows with what is stored, shrinks when it is removed, and knows the oldest of each resolution',
    async run(world) {
      const store = await world.open();
      const empty = await store.usage();
      expect(empty).toMatchObject({ series: 0, resolutions: [] });
      const frames = Array.from({ length: 200 }, (_, index) => someFrame(10_000 * (index + 1)));
      await store.append(frames);
      await store.seal({
        ...shard,
        stepMs: 60_000,
        through: 0,
        blocks: [someBlock(5, 7, { stepMs: 60_000 })],
      });
      await store.describe([describedSeries(0)]);
      const full = await store.usage();
      expect(full.series).toBe(1);
      expect(full.resolutions.toSorted((a, b) => a.stepMs - b.stepMs)).toEqual([
        { stepMs: 10_000, frames: 200, blocks: 0, oldestAt: 10_000 },
        { stepMs: 60_000, frames: 0, blocks: 1, oldestAt: 7 },
      ]);
      expect(full.bytes - empty.bytes).toBeGreaterThanOrEqual(200 * 300);
      for (let now = 1; now > 0;) now = await store.remove([{ stepMs: 10_000, before: 1e9 }], 0);
      expect((await store.usage()).bytes).toBeLessThan(full.bytes - 100 * 300);
    },
  },
  {
    title: 'closing twice, or what was never opened, does no harm',
    async run(world) {
      const store = await world.open();
      await store.append([someFrame(10_000)]);
      await store.close();
      await store.close();
    },
  },
  {
    title: 'everything is there again after the store was closed and opened',
    needs: 'reopen',
    async run(world) {
      const store = await world.open();
      await store.describe([describedSeries(0)]);
      await store.append([someFrame(10_000)]);
      await store.seal({ ...shard, through: 0, blocks: [someBlock(1_000, 2_000)] });
      const again = await world.reopen(store);
      expect(await again.listSeries({})).toEqual([describedSeries(0)]);
      expect(plain(await again.readFrames({ ...shard, ...everything }))).toEqual(plain([someFrame(10_000)]));
      expect(plain(await again.readBlocks({ ...series, ...everything }))).toEqual(
        plain([someBlock(1_000, 2_000)]),
      );
    },
  },
  {
    title: 'what one process writes another one reads',
    needs: 'second',
    async run(world) {
      const [mine, theirs] = [await world.open(), await world.second()];
      await mine.describe([describedSeries(0)]);
      await mine.append([someFrame(10_000)]);
      await theirs.describe([describedSeries(0, { source: 'b' })]);
      await theirs.append([someFrame(10_000, { source: 'b' })]);
      for (const store of [mine, theirs]) {
        expect(await store.listSeries({ metric: 'calls' })).toHaveLength(2);
        expect(await store.readFrames({ ...shard, ...everything })).toHaveLength(1);
        expect(await store.readFrames({ ...shard, source: 'b', ...everything })).toHaveLength(1);
      }
    },
  },
];
