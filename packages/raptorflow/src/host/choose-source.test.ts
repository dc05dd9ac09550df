import { expect, it } from 'vitest';
import { createFakeClock } from '../kernel/testing/index.ts';
import { chooseSource } from './choose-source.ts';
import { procTree } from './testing/proc-tree.ts';

const parts = { cpu: true, memory: true, disk: true, network: true };
const clock = createFakeClock();

it('Linux is read from /proc', async () => {
  const tree = procTree();
  const choice = await chooseSource(parts, { clock, root: tree.root, platform: 'linux' });
  expect([choice.source.name, choice.reason]).toEqual(['linux', undefined]);
  choice.source.close();
  tree.dispose();
});

it('without /proc, Linux is read through Node, which says why', async () => {
  const { source, reason } = await chooseSource(parts, { clock, root: '/nowhere', platform: 'linux' });
  expect(source.name).toBe('node-os');
  expect(reason).toContain('/nowhere/proc/stat cannot be read');
  expect((await source.read()).memory).toBeDefined();
});

it.each(['darwin', 'win32'])('%s is read through systeminformation', async (platform) => {
  const { source } = await chooseSource(parts, { clock, root: '', platform });
  expect(source.name).toBe('systeminformation');
  source.close();
});

it('an unknown platform is read through Node, which is said', async () => {
  const { source, reason } = await chooseSource(parts, { clock, root: '', platform: 'sunos' });
  expect([source.name, reason]).toEqual(['node-os', 'The platform sunos is known to Node alone.']);
});
