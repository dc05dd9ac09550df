import { expect, it } from 'vitest';
import { procTree } from '../testing/proc-tree.ts';
import { mayHaveDriver } from './nvidia-driver.ts';

it.each(['proc/driver/nvidia/version', 'dev/nvidiactl', 'dev/dxg'])(
  '/%s shows that a GPU may be there',
  (path) => {
    const tree = procTree();
    expect(mayHaveDriver('linux', tree.root)).toBe(false);
    tree.write(path, '');
    expect(mayHaveDriver('linux', tree.root)).toBe(true);
    tree.dispose();
  },
);

it('elsewhere than on Linux a GPU may always be there', () => {
  expect([mayHaveDriver('win32', '/nowhere'), mayHaveDriver('freebsd', '/nowhere')]).toEqual([true, true]);
});
