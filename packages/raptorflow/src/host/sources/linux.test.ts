import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../kernel/testing/index.ts';
import type { HostSource } from '../host-source.ts';
import type { HostReading } from '../sample.ts';
import {
  diskText,
  memoryText,
  networkText,
  procTree,
  statText,
  type ProcTree,
} from '../testing/proc-tree.ts';
import { linuxSource } from './linux.ts';

const everything = { cpu: true, memory: true, disk: true, network: true };
const gibibyte = 2 ** 30;

let tree: ProcTree;
let clock: FakeClock;
let source: HostSource;

beforeEach(() => {
  tree = procTree();
  clock = createFakeClock();
  source = linuxSource(everything, { clock, root: tree.root });
});
afterEach(() => {
  source.close();
  tree.dispose();
});

async function readAfter(ms: number): Promise<HostReading> {
  await clock.advance(ms);
  return source.read();
}

describe('on Linux, processors', () => {
  it('are busy by what their ticks moved since the reading before, in all and each', async () => {
    tree.write(
      'proc/stat',
      statText([
        [100, 900],
        [500, 500],
      ]),
    );
    await source.open();
    tree.write(
      'proc/stat',
      statText([
        [105, 915],
        [520, 500],
      ]),
    );
    expect((await readAfter(200)).cpu).toEqual({ percent: 62.5, perCore: [25, 100], cores: 2 });
    expect((await readAfter(200)).cpu).toEqual({ percent: 0, perCore: [0, 0], cores: 2 });
  });

  it('are not busy when ticks go back, and begin at nothing when they come online', async () => {
    await source.open();
    tree.write(
      'proc/stat',
      statText([
        [10, 10],
        [10, 10],
        [5_000, 0],
      ]),
    );
    expect((await readAfter(200)).cpu?.perCore).toEqual([50, 50, 0]);
    tree.write(
      'proc/stat',
      statText([
        [5, 5],
        [20, 10],
      ]),
    );
    expect((await readAfter(200)).cpu).toEqual({ percent: 100, perCore: [0, 100], cores: 2 });
  });

  it('have the load of the machine', async () => {
    await source.open();
    expect((await readAfter(200)).load).toEqual({
      oneMinute: 0.52,
      fiveMinutes: 1.08,
      fifteenMinutes: 12.25,
    });
  });
});

describe('on Linux, memory', () => {
  it('is in use where it cannot be had without taking it from somebody', async () => {
    await source.open();
    expect((await readAfter(200)).memory).toEqual({
      totalBytes: 8 * gibibyte,
      usedBytes: 2 * gibibyte,
      availableBytes: 6 * gibibyte,
      percent: 25,
      swapTotalBytes: 2 * gibibyte,
      swapUsedBytes: gibibyte / 2,
    });
  });

  it('of old kernels is available where it is free', async () => {
    tree.write('proc/meminfo', memoryText(''));
    await source.open();
    expect((await readAfter(200)).memory?.availableBytes).toBe(gibibyte);
  });
});

describe('on Linux, traffic', () => {
  it('of disks is that of whole disks alone, per second', async () => {
    await source.open();
    tree.write('proc/diskstats', diskText(800, 1_600));
    expect((await readAfter(500)).disk).toEqual({
      readBytesPerSecond: 800 * 512 * 2,
      writtenBytesPerSecond: 1_600 * 512 * 2,
      readsPerSecond: 200,
      writesPerSecond: 400,
    });
  });

  it('of disks goes by their names where /sys does not tell', async () => {
    tree.remove('sys');
    await source.open();
    tree.write('proc/diskstats', diskText(800, 0));
    expect((await readAfter(1_000)).disk?.readBytesPerSecond).toBe(800 * 512);
  });

  it('of the network is that of cards where there are any', async () => {
    await source.open();
    tree.write(
      'proc/net/dev',
      networkText({ lo: [9e9, 9e9], eth0: [12_345_678_901, 2_000], docker0: [7, 7] }),
    );
    expect((await readAfter(1_000)).network).toEqual({
      receivedBytesPerSecond: 12_345_678_901,
      sentBytesPerSecond: 2_000,
    });
  });

  it('of the network is that of virtual interfaces where there is no card, as in a container', async () => {
    tree.remove('sys');
    await source.open();
    tree.write('proc/net/dev', networkText({ lo: [9e9, 9e9], eth0: [1_000, 2_000] }));
    const { network } = await readAfter(1_000);
    expect(network).toEqual({ receivedBytesPerSecond: 1_000, sentBytesPerSecond: 2_000 });
  });

  it('does not leap when an interface comes with counts, goes, or begins anew', async () => {
    tree.remove('sys');
    tree.write('proc/net/dev', networkText({ eth0: [5_000, 0] }));
    await source.open();
    tree.write('proc/net/dev', networkText({ eth0: [5_100, 0], veth1: [1e12, 1e12] }));
    expect((await readAfter(1_000)).network?.receivedBytesPerSecond).toBe(100);
    tree.write('proc/net/dev', networkText({ eth0: [50, 0] }));
    expect((await readAfter(1_000)).network?.receivedBytesPerSecond).toBe(50);
    tree.write('proc/net/dev', networkText({ eth0: [50, 0], veth1: [1e12, 1e12] }));
    expect((await readAfter(1_000)).network?.receivedBytesPerSecond).toBe(0);
  });

  it('is read whole when the kernel hands it out in several pieces', async () => {
    tree.remove('sys');
    const many = (bytes: number): string =>
      networkText(
        Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`veth${at}`, [bytes, 0] as const])),
      );
    tree.write('proc/net/dev', many(0));
    await source.open();
    tree.write('proc/net/dev', many(10));
    expect((await readAfter(1_000)).network?.receivedBytesPerSecond).toBe(2_000);
  });
});

describe('on Linux, a kernel file', () => {
  it('that is gone for a while is left out, and found again', async () => {
    await source.open();
    source.close();
    tree.remove('proc/diskstats');
    await source.open();
    expect((await readAfter(200)).disk).toBeUndefined();
    tree.write('proc/diskstats', diskText(0, 0));
    expect((await readAfter(200)).disk).toBeDefined();
  });

  it('/proc/stat must be there', async () => {
    tree.remove('proc');
    await expect(source.open()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
