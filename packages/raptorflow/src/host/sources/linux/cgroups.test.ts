import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFakeClock, type FakeClock } from '../../../kernel/testing/index.ts';
import type { HostSource } from '../../host-source.ts';
import type { HostReading } from '../../sample.ts';
import { procTree, statText, type ProcTree } from '../../testing/proc-tree.ts';
import { linuxSource } from '../linux.ts';

const mebibyte = 2 ** 20;
const unified = '31 23 0:28 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw';

let tree: ProcTree;
let clock: FakeClock;
let source: HostSource;

beforeEach(() => {
  tree = procTree();
  clock = createFakeClock();
  source = linuxSource({ cpu: true, memory: true, disk: false, network: false }, { clock, root: tree.root });
});
afterEach(() => {
  source.close();
  tree.dispose();
});

async function readAfter(ms: number): Promise<HostReading> {
  await clock.advance(ms);
  return source.read();
}

function group(path: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) tree.write(`sys/fs/cgroup/${path}${name}`, text);
}

function versionTwo(path = '/'): void {
  tree.write('proc/self/mountinfo', unified);
  tree.write('proc/self/cgroup', `0::${path}`);
}

describe('in a container of version 2', () => {
  it('percent of processor time are of the quota, exactly', async () => {
    versionTwo();
    group('', { 'cpu.max': '150000 100000', 'cpu.stat': 'usage_usec 1000000\nuser_usec 1' });
    await source.open();
    group('', { 'cpu.stat': 'usage_usec 1150000\nuser_usec 1' });
    const { cpu } = await readAfter(200);
    expect(cpu).toMatchObject({ percent: 50, cores: 1.5 });
    expect(cpu?.perCore).toHaveLength(2);
  });

  it('memory is of its limit, without the caches that would be given up', async () => {
    versionTwo();
    group('', {
      'memory.max': String(512 * mebibyte),
      'memory.current': String(300 * mebibyte),
      'memory.stat': `anon 1\ninactive_file ${44 * mebibyte}\nactive_file 2`,
      'memory.swap.max': String(64 * mebibyte),
      'memory.swap.current': String(16 * mebibyte),
    });
    await source.open();
    expect((await readAfter(200)).memory).toEqual({
      totalBytes: 512 * mebibyte,
      usedBytes: 256 * mebibyte,
      availableBytes: 256 * mebibyte,
      percent: 50,
      swapTotalBytes: 64 * mebibyte,
      swapUsedBytes: 16 * mebibyte,
    });
  });

  it('without limits, figures are the machine’s', async () => {
    versionTwo();
    group('', {
      'cpu.max': 'max 100000',
      'cpu.stat': 'usage_usec 1',
      'memory.max': 'max',
      'memory.current': '1',
    });
    await source.open();
    tree.write(
      'proc/stat',
      statText([
        [10, 10],
        [10, 10],
      ]),
    );
    const { cpu, memory } = await readAfter(200);
    expect(cpu).toEqual({ percent: 50, perCore: [50, 50], cores: 2 });
    expect(memory?.totalBytes).toBe(8 * 2 ** 30);
  });

  it('a limit wider than the machine is none', async () => {
    versionTwo();
    group('', {
      'cpu.max': '400000 100000',
      'cpu.stat': 'usage_usec 1',
      'memory.max': String(2 ** 40),
      'memory.current': '1',
    });
    await source.open();
    expect((await readAfter(200)).cpu?.cores).toBe(2);
    expect((await readAfter(200)).memory?.totalBytes).toBe(8 * 2 ** 30);
  });

  it('the tightest limit of all groups around the process counts, with that group’s use', async () => {
    versionTwo('/outer/inner');
    group('outer/', { 'cpu.max': '50000 100000', 'cpu.stat': 'usage_usec 0' });
    group('outer/inner/', { 'cpu.max': '100000 100000', 'cpu.stat': 'usage_usec 0' });
    await source.open();
    group('outer/', { 'cpu.stat': 'usage_usec 25000' });
    expect((await readAfter(100)).cpu).toMatchObject({ percent: 50, cores: 0.5 });
  });

  it('cores that may not be used do not count', async () => {
    versionTwo();
    group('', { 'cpuset.cpus.effective': '1' });
    await source.open();
    tree.write(
      'proc/stat',
      statText([
        [100, 0],
        [10, 30],
      ]),
    );
    expect((await readAfter(200)).cpu).toEqual({ percent: 25, perCore: [25], cores: 1 });
  });

  it('a limit that changes is followed within half a minute', async () => {
    versionTwo();
    group('', { 'cpu.max': '100000 100000', 'cpu.stat': 'usage_usec 0' });
    await source.open();
    group('', { 'cpu.max': '50000 100000' });
    await readAfter(30_000);
    expect((await readAfter(200)).cpu?.cores).toBe(0.5);
    group('', { 'cpu.max': 'max 100000' });
    await readAfter(30_000);
    expect((await readAfter(200)).cpu?.cores).toBe(2);
  });

  it('a use that cannot be read for a moment is left out rather than the machine’s', async () => {
    versionTwo();
    group('', { 'cpu.max': '100000 100000', 'cpu.stat': 'usage_usec 0' });
    await source.open();
    group('', { 'cpu.stat': 'nonsense' });
    expect((await readAfter(200)).cpu).toBeUndefined();
  });
});

describe('in a container of version 1', () => {
  const mounts = [
    '32 31 0:29 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro - cgroup cgroup rw,cpu,cpuacct',
    '35 31 0:32 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory',
    '36 31 0:33 / /sys/fs/cgroup/unified ro - cgroup2 cgroup2 rw',
  ].join('\n');

  it('limits are found where the mount shows the container’s own group as root', async () => {
    tree.write('proc/self/mountinfo', mounts);
    tree.write('proc/self/cgroup', '5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/');
    group('cpu,cpuacct/', {
      'cpu.cfs_quota_us': '50000',
      'cpu.cfs_period_us': '100000',
      'cpuacct.usage': '0',
    });
    group('memory/', {
      'memory.limit_in_bytes': String(100 * mebibyte),
      'memory.usage_in_bytes': String(60 * mebibyte),
      'memory.memsw.limit_in_bytes': String(150 * mebibyte),
      'memory.memsw.usage_in_bytes': String(65 * mebibyte),
      'memory.stat': `inactive_file 1\ntotal_inactive_file ${35 * mebibyte}`,
    });
    await source.open();
    group('cpu,cpuacct/', { 'cpuacct.usage': '75000000' });
    const { cpu, memory } = await readAfter(200);
    expect(cpu).toMatchObject({ percent: 75, cores: 0.5 });
    expect(memory).toMatchObject({
      totalBytes: 100 * mebibyte,
      usedBytes: 25 * mebibyte,
      swapTotalBytes: 50 * mebibyte,
      swapUsedBytes: 5 * mebibyte,
    });
  });

  it('no quota and the largest of limits are none', async () => {
    tree.write('proc/self/mountinfo', mounts);
    tree.write('proc/self/cgroup', '5:cpu,cpuacct:/\n4:memory:/');
    group('cpu,cpuacct/', { 'cpu.cfs_quota_us': '-1', 'cpu.cfs_period_us': '100000', 'cpuacct.usage': '0' });
    group('memory/', { 'memory.limit_in_bytes': '9223372036854771712', 'memory.usage_in_bytes': '1' });
    await source.open();
    const { cpu, memory } = await readAfter(200);
    expect([cpu?.cores, memory?.totalBytes]).toEqual([2, 8 * 2 ** 30]);
  });
});
