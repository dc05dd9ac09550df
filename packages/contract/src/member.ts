/** Members of the workspace that a request means, and how they come and go. */
import { z } from 'zod';

import { identifierSchema, pageQuerySchema, pageSchema, timestampSchema } from './primitives.ts';
import { defineRoutes } from './route.ts';
import { workspaceMemberSchema, workspaceRoleSchema } from './workspace.ts';

/** The roles that an invitation or an API key may have: everything but owner. */
export const grantedRoleSchema = z.enum(['admin', 'member', 'viewer']);
export type GrantedRole = z.infer<typeof grantedRoleSchema>;

/** An open invitation. Its link is shown once, when it is made. */
export const invitationSchema = z
  .object({
    id: identifierSchema,
    email: z.string(),
    role: grantedRoleSchema,
    invited_by: identifierSchema,
    created_at: timestampSchema,
    expires_at: timestampSchema,
  })
  .meta({ id: 'Invitation' });
export type Invitation = z.infer<typeof invitationSchema>;

/** An invitation that was just made. */
export const madeInvitationSchema = invitationSchema
  .extend({
    url: z.string().meta({ description: 'The one-time link; whoever has it may enter the workspace, once.' }),
    mailed: z
      .boolean()
      .meta({ description: 'Whether it was sent by mail; else hand the link over yourself.' }),
  })
  .meta({ id: 'MadeInvitation' });
export type MadeInvitation = z.infer<typeof madeInvitationSchema>;

const userParams = z.strictObject({ user_id: identifierSchema });
const invitationParams = z.strictObject({ invitation_id: identifierSchema });

/** Routes of members. */
export const memberRoutes = defineRoutes({
  leave: {
    method: 'POST',
    path: '/api/v1/members/leave',
    role: 'viewer',
    tag: 'members',
    summary: 'Leave the workspace; its last owner cannot.',
    response: z.object({ left: z.literal(true) }),
  },
  list: {
    method: 'GET',
    path: '/api/v1/members',
    role: 'viewer',
    tag: 'members',
    summary: 'List the members of the workspace, oldest first.',
    query: pageQuerySchema,
    response: pageSchema(workspaceMemberSchema),
  },
  remove: {
    method: 'DELETE',
    path: '/api/v1/members/:user_id',
    role: 'admin',
    tag: 'members',
    summary: 'End a membership, at once; an admin cannot remove an owner.',
    params: userParams,
    response: z.object({ removed: z.literal(true) }),
  },
  setRole: {
    method: 'PATCH',
    path: '/api/v1/members/:user_id',
    role: 'admin',
    tag: 'members',
    summary: "Change a member's role; only an owner makes or unmakes owners, and one stays.",
    params: userParams,
    body: z.strictObject({ role: workspaceRoleSchema }),
    response: workspaceMemberSchema,
  },
});

/** Routes of invitations. */
export const invitationRoutes = defineRoutes({
  accept: {
    method: 'POST',
    path: '/api/v1/invitations/accept',
    role: 'user',
    countedAsAttempt: true,
    tag: 'members',
    summary: 'Accept an invitation by the code of its link; it works once.',
    body: z.strictObject({ code: z.string().min(1).max(500) }),
    response: z.object({ workspace_id: identifierSchema, role: grantedRoleSchema }),
  },
  create: {
    method: 'POST',
    path: '/api/v1/invitations',
    role: 'admin',
    answersSecret: true,
    tag: 'members',
    summary: 'Invite somebody, in place of an open invitation for the same address.',
    body: z.strictObject({
      email: z.string().min(3).max(254),
      role: grantedRoleSchema.default('member'),
      lifetime_seconds: z.number().int().min(60).max(2_592_000).default(604_800),
    }),
    response: madeInvitationSchema,
    status: 201,
  },
  list: {
    method: 'GET',
    path: '/api/v1/invitations',
    role: 'admin',
    tag: 'members',
    summary: 'List the open invitations, newest first.',
    query: pageQuerySchema,
    response: pageSchema(invitationSchema),
  },
  revoke: {
    method: 'DELETE',
    path: '/api/v1/invitations/:invitation_id',
    role: 'admin',
    tag: 'members',
    summary: 'Take an open invitation back.',
    params: invitationParams,
    response: z.object({ revoked: z.literal(true) }),
  },
});
