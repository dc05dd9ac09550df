import { describe, expect, test } from 'vitest';
import { includesRole, requireRole, workspaceRoles } from './role.ts';

describe('roles', () => {
  test('include those below them and no other', () => {
    for (const [place, role] of workspaceRoles.entries()) {
      expect(workspaceRoles.filter((least) => includesRole(role, least))).toEqual(
        workspaceRoles.slice(place),
      );
    }
  });

  test('that are too low are refused with what is needed', () => {
    expect(() => requireRole('member', 'admin')).toThrow(
      expect.objectContaining({ code: 'forbidden', details: { role: 'member', required_role: 'admin' } }),
    );
    expect(() => requireRole('owner', 'viewer')).not.toThrow();
  });
});
