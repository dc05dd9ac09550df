/** Who is in the workspace, as what, and who is invited. */
import type { Invitation, WorkspaceMember, WorkspaceRole } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { EmptyState, ErrorNotice, messageOf, Notice } from '../../components/feedback.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { CopyLine } from '../../components/payload.tsx';
import { Ago, Until } from '../../components/time.tsx';
import {
  useInvitations,
  useInvite,
  useRemoveMember,
  useRevokeInvitation,
  useSetRole,
} from '../../data/members.ts';
import { useSession } from '../../data/session.ts';
import { useMembers, useWorkspace } from '../../data/workspaces.ts';
import { assignableRoles, grantedRoleOf, grantedRoles } from './roles.ts';

const memberColumns: readonly Column<WorkspaceMember>[] = [
  { header: 'Member', width: 'minmax(0, 1fr)', onPhone: 'title', cell: (row) => <MemberName member={row} /> },
  { header: 'Role', width: '9rem', cell: (row) => <RoleCell member={row} /> },
  { header: 'Since', width: '7rem', align: 'end', cell: (row) => <Ago at={row.joined_at} /> },
  { header: 'Actions', width: '6rem', align: 'end', cell: (row) => <RemoveButton member={row} /> },
];

/** The members with their roles. */
export function MembersPanel() {
  const members = useMembers();
  return (
    <Panel flush title="Members">
      <DataTable
        label="Members"
        columns={memberColumns}
        listing={members}
        keyOf={(row) => row.user_id}
        empty={
          <EmptyState icon="person" title="No members">
            Whoever signs in to this workspace is listed here.
          </EmptyState>
        }
      />
    </Panel>
  );
}

/** The roles that whoever looks may give to a member. */
function useAssignable(member: WorkspaceMember): readonly WorkspaceRole[] {
  return assignableRoles(useWorkspace().data?.role ?? 'viewer', member.role);
}

function MemberName({ member }: { readonly member: WorkspaceMember }) {
  const { user } = useSession();
  return (
    <>
      <span className="font-medium">{member.display_name}</span>
      <span className="text-muted">
        {member.email === null ? '' : ` ${member.email}`}
        {member.user_id === user.id ? ' (you)' : ''}
      </span>
    </>
  );
}

function RoleCell({ member }: { readonly member: WorkspaceMember }) {
  const setRole = useSetRole();
  const roles = useAssignable(member);
  if (roles.length === 0) return member.role;
  return (
    <SelectField
      label={`Role of ${member.display_name}`}
      hideLabel
      options={roles.map((role) => [role, role] as const)}
      value={member.role}
      disabled={setRole.isPending}
      problem={setRole.error ? messageOf(setRole.error) : undefined}
      onChange={(event) => {
        const next = roles.find((role) => role === event.target.value);
        if (next !== undefined) setRole.mutate({ userId: member.user_id, role: next });
      }}
    />
  );
}

function RemoveButton({ member }: { readonly member: WorkspaceMember }) {
  const { user } = useSession();
  const remove = useRemoveMember();
  const [isAsked, setAsked] = useState(false);
  const roles = useAssignable(member);
  // Whoever wants to go leaves, below.
  if (roles.length === 0 || member.user_id === user.id) return null;
  return (
    <>
      <Button tone="danger" onClick={() => setAsked(true)} aria-label={`Remove ${member.display_name}`}>
        Remove
      </Button>
      <ConfirmDialog
        open={isAsked}
        onClose={() => setAsked(false)}
        title={`Remove ${member.display_name}?`}
        action="Remove"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate(member.user_id, { onSuccess: () => setAsked(false) })}
      >
        They cannot enter this workspace any more, from now on, and the API keys that they made hold no
        longer.
      </ConfirmDialog>
    </>
  );
}

const invitationColumns: readonly Column<Invitation>[] = [
  { header: 'Address', width: 'minmax(0, 1fr)', onPhone: 'title', cell: (row) => row.email },
  { header: 'Role', width: '6rem', cell: (row) => row.role },
  { header: 'Good until', width: '8rem', align: 'end', cell: (row) => <Until at={row.expires_at} /> },
  { header: 'Actions', width: '7rem', align: 'end', cell: (row) => <TakeBackButton invitation={row} /> },
];

/** Inviting, and the invitations that are open; for admins. */
export function InvitationsPanel() {
  const invitations = useInvitations();
  return (
    <Panel flush title="Invitations" note="a link works once, for seven days">
      <div className="border-b border-line p-4">
        <InviteForm />
      </div>
      <DataTable
        label="Invitations"
        columns={invitationColumns}
        listing={invitations}
        keyOf={(row) => row.id}
        empty={<p className="px-4 py-3 text-muted">No invitation is open.</p>}
      />
    </Panel>
  );
}

function TakeBackButton({ invitation }: { readonly invitation: Invitation }) {
  const revoke = useRevokeInvitation();
  return (
    <Button
      onClick={() => revoke.mutate(invitation.id)}
      busy={revoke.isPending}
      aria-label={`Take back the invitation of ${invitation.email}`}
    >
      Take back
    </Button>
  );
}

function InviteForm() {
  const invite = useInvite();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState('member');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    invite.mutate({ email: email.trim(), role: grantedRoleOf(role) }, { onSuccess: () => setEmail('') });
  };
  return (
    <form onSubmit={submit} className="space-y-3">
      <div className="flex flex-wrap items-end gap-2">
        <TextField
          label="Address"
          type="email"
          className="flex-1 basis-56"
          required
          autoComplete="off"
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <SelectField
          label="As"
          className="w-28"
          options={grantedRoles}
          value={role}
          onChange={(event) => setRole(event.target.value)}
        />
        <Button type="submit" busy={invite.isPending} disabled={email.trim() === ''}>
          Invite
        </Button>
      </div>
      {invite.error ? <ErrorNotice error={invite.error} /> : null}
      {invite.data ? (
        <Notice tone="ok">
          <p className="mb-2">
            {invite.data.mailed
              ? `The link was sent to ${invite.data.email}.`
              : `Give this link to ${invite.data.email}; it is shown only now.`}
          </p>
          <CopyLine label="the invitation link" text={invite.data.url} />
        </Notice>
      ) : null}
    </form>
  );
}
