import { afterEach, expect, it, vi } from 'vitest';
import { proofSize } from './proof-size.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

it('is the size of the gate, unless the variable says another one', () => {
  expect(proofSize('SOME_KILLS', 4)).toBe(4);
  vi.stubEnv('SOME_KILLS', '200');
  expect(proofSize('SOME_KILLS', 4)).toBe(200);
});

it.each(['', '0', '-1', '1.5', 'many'])('refuses "%s", with which a test would show nothing', (text) => {
  vi.stubEnv('SOME_KILLS', text);
  expect(() => proofSize('SOME_KILLS', 4)).toThrow('SOME_KILLS');
});
