/** Settings: the workspace, its members, the models it may call, and the server's own state. */
import type { WorkspaceMember } from '@raptorflow/contract';
import { useNavigate } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { EmptyState, ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { Facts, PageHeader, Panel } from '../../components/panel.tsx';
import { Ago } from '../../components/time.tsx';
import { useSession } from '../../data/session.ts';
import { useCreateWorkspace, useMembers, useChangeWorkspace, useWorkspace } from '../../data/workspaces.ts';
import { formatMoney } from '../../format/money.ts';
import { ModelsPanel } from './models-panel.tsx';
import { ServerPanel } from './server-panel.tsx';

/** The settings page. */
export function SettingsPage() {
  return (
    <>
      <PageHeader title="Settings" />
      <div className="space-y-4">
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <WorkspacePanel />
          <NewWorkspacePanel />
        </div>
        <MembersPanel />
        <ModelsPanel />
        <ServerPanel />
      </div>
    </>
  );
}

function WorkspacePanel() {
  const workspace = useWorkspace();
  if (workspace.isPending) {
    return (
      <Panel title="Workspace">
        <Loading />
      </Panel>
    );
  }
  if (!workspace.data) return <ErrorNotice error={workspace.error} retry={() => void workspace.refetch()} />;
  const {
    name,
    role,
    created_at: createdAt,
    time_zone: timeZone,
    monthly_budget_usd: budget,
    id,
  } = workspace.data;
  return (
    <Panel title="Workspace">
      <div className="space-y-4">
        {role === 'owner' || role === 'admin' ? <RenameForm key={name} name={name} /> : null}
        <Facts
          items={[
            ['Your role', role],
            ['Monthly budget', `${formatMoney(budget)}, a month of ${timeZone}`],
            ['Created', <Ago key="created" at={createdAt} />],
            [
              'Workspace id',
              <code key="id" className="text-xs break-all select-all">
                {id}
              </code>,
            ],
          ]}
        />
      </div>
    </Panel>
  );
}

function RenameForm({ name }: { readonly name: string }) {
  const rename = useChangeWorkspace();
  const [draft, setDraft] = useState(name);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    rename.mutate({ name: draft.trim() });
  };
  return (
    <form onSubmit={submit} className="space-y-2">
      <div className="flex items-end gap-2">
        <TextField
          label="Name"
          className="flex-1"
          required
          maxLength={120}
          value={draft}
          onChange={(event) => setDraft(event.target.value)}
        />
        <Button type="submit" busy={rename.isPending} disabled={draft.trim() === '' || draft.trim() === name}>
          Rename
        </Button>
      </div>
      {rename.error ? <ErrorNotice error={rename.error} /> : null}
      {rename.isSuccess ? <Notice tone="ok">Renamed.</Notice> : null}
    </form>
  );
}

function NewWorkspacePanel() {
  const create = useCreateWorkspace();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate(name.trim(), {
      onSuccess: ({ id }) => void navigate({ to: '/w/$workspaceId/welcome', params: { workspaceId: id } }),
    });
  };
  return (
    <Panel title="New workspace" note="its own agents, documents, campaigns and budget">
      <form id="new-workspace" onSubmit={submit} className="space-y-2">
        <div className="flex items-end gap-2">
          <TextField
            label="Name of the new workspace"
            className="flex-1"
            required
            maxLength={120}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
          <Button type="submit" busy={create.isPending} disabled={name.trim() === ''}>
            Create
          </Button>
        </div>
        {create.error ? <ErrorNotice error={create.error} /> : null}
      </form>
    </Panel>
  );
}

const memberColumns: readonly Column<WorkspaceMember>[] = [
  {
    header: 'Member',
    width: 'minmax(0, 1fr)',
    onPhone: 'title',
    cell: (row) => <MemberName member={row} />,
  },
  { header: 'Role', width: '7rem', cell: (row) => row.role },
  { header: 'Since', width: '7rem', align: 'end', cell: (row) => <Ago at={row.joined_at} /> },
];

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

function MembersPanel() {
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
