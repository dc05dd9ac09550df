import { expect, it } from 'vitest';
import { scopeOf } from './addressed-scope.ts';

it('shows the workspace to everybody, and the installation to its operator unless asked otherwise', () => {
  expect(scopeOf(false, 'installation')).toEqual({ scope: 'workspace', search: {} });
  expect(scopeOf(true, undefined)).toEqual({ scope: 'installation', search: {} });
  expect(scopeOf(true, 'nonsense')).toEqual({ scope: 'installation', search: {} });
  expect(scopeOf(true, 'workspace')).toEqual({ scope: 'workspace', search: { scope: 'workspace' } });
});
