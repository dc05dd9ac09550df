import { describe, expect, it } from 'vitest';

import { assignableRoles, grantedRoleOf } from './roles.ts';

describe('roles that somebody may give', () => {
  it('go up to their own, to members who are not above them, and are an admin’s to give', () => {
    expect(assignableRoles('owner', 'owner')).toEqual(['owner', 'admin', 'member', 'viewer']);
    expect(assignableRoles('admin', 'viewer')).toEqual(['admin', 'member', 'viewer']);
    expect(assignableRoles('admin', 'owner')).toEqual([]);
    expect(assignableRoles('member', 'viewer')).toEqual([]);
  });

  it('are read from a choice, a member’s for anything else', () => {
    expect([grantedRoleOf('admin'), grantedRoleOf('owner')]).toEqual(['admin', 'member']);
  });
});
