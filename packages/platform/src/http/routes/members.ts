/** Members of a workspace, and invitations to it. */
import { routes } from '@raptorflow/contract';
import { requireRole, type Identity, type MadeInvitation } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { pageOf } from '../page.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { invitationToWire, memberToWire } from './members-wire.ts';

/** What the routes answer from. */
export interface MemberRouteDeps extends RegisterDeps {
  readonly identity: Pick<Identity, 'invitations' | 'workspaces'>;
  /** The link of an invitation. */
  readonly invitationUrl: (code: string) => string;
  /** Sends an invitation's link; answers whether it was sent. */
  readonly sendInvitation: (invitation: {
    readonly made: MadeInvitation;
    readonly url: string;
    readonly workspaceId: string;
    readonly invitedBy: string;
    readonly signal: AbortSignal;
  }) => Promise<boolean>;
}

/** Registers `/api/v1/members/…` and `/api/v1/invitations/…`. */
export function registerMemberRoutes(app: FastifyInstance, deps: MemberRouteDeps): void {
  const { workspaces } = deps.identity;
  registerRoutes(
    app,
    routes.members,
    {
      async leave(_input, call) {
        const { workspaceId, caller } = call;
        if (caller.key) {
          throw new RaptorFlowError(
            'forbidden',
            'An API key is no member; revoke it, or leave with your own token.',
          );
        }
        await call.audited({ action: 'member.leave', target: { kind: 'user', id: caller.userId } }, () =>
          workspaces.removeMember({ workspaceId, userId: caller.userId }),
        );
        return { left: true as const };
      },
      list: async ({ query }, call) =>
        pageOf(await workspaces.members(call.workspaceId), query, memberToWire),
      async remove({ params }, call) {
        const { workspaceId, role } = call;
        await call.audited({ action: 'member.remove', target: { kind: 'user', id: params.user_id } }, () =>
          workspaces.removeMember({ workspaceId, userId: params.user_id, by: role }),
        );
        return { removed: true as const };
      },
      async setRole({ params, body }, call) {
        const { workspaceId } = call;
        const userId = params.user_id;
        await call.audited(
          { action: 'member.set_role', target: { kind: 'user', id: userId }, details: { role: body.role } },
          () => workspaces.setMember({ workspaceId, userId, role: body.role, by: call.role, existing: true }),
        );
        const member = (await workspaces.members(workspaceId)).find((each) => each.userId === userId);
        if (member) return memberToWire(member);
        throw new RaptorFlowError('not_found', 'The member was removed meanwhile.');
      },
    },
    deps,
  );
  registerInvitationRoutes(app, deps);
}

function registerInvitationRoutes(app: FastifyInstance, deps: MemberRouteDeps): void {
  const { invitations } = deps.identity;
  registerRoutes(
    app,
    routes.invitations,
    {
      async accept({ body }, call) {
        const { userId } = call.caller;
        const { workspaceId, role } = await call.audited(
          { action: 'invitation.accept', target: { kind: 'user', id: userId } },
          () => invitations.accept(body.code, userId),
        );
        return { workspace_id: workspaceId, role };
      },
      async create({ body }, call) {
        const { workspaceId, caller, signal } = call;
        requireRole(call.role, body.role);
        const made = await call.audited(
          {
            action: 'invitation.create',
            target: { kind: 'workspace', id: workspaceId },
            details: { email: body.email, role: body.role },
          },
          () =>
            invitations.create({
              workspaceId,
              userId: caller.userId,
              email: body.email,
              role: body.role,
              ttlMs: body.lifetime_seconds * 1_000,
            }),
        );
        const url = deps.invitationUrl(made.code);
        const mailed = await deps.sendInvitation({ made, url, workspaceId, invitedBy: caller.name, signal });
        return { ...invitationToWire(made), url, mailed };
      },
      list: async ({ query }, call) =>
        pageOf(await invitations.list(call.workspaceId), query, invitationToWire),
      async revoke({ params }, call) {
        await call.audited(
          { action: 'invitation.revoke', target: { kind: 'invitation', id: params.invitation_id } },
          () => invitations.revoke(call.workspaceId, params.invitation_id),
        );
        return { revoked: true as const };
      },
    },
    deps,
  );
}
