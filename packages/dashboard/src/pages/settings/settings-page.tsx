/** Settings: the workspace, who is in it and what calls it, the models it may call, and the server's own state. */
import { useNavigate } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { PageHeader, Panel } from '../../components/panel.tsx';
import { useCreateWorkspace, useWorkspace } from '../../data/workspaces.ts';
import { AliasesPanel } from './aliases-panel.tsx';
import { ApiKeysPanel } from './api-keys-panel.tsx';
import { DangerPanel } from './danger-panel.tsx';
import { InvitationsPanel, MembersPanel } from './members-panel.tsx';
import { ModelsPanel } from './models-panel.tsx';
import { includesRole } from './roles.ts';
import { ServerPanel } from './server-panel.tsx';
import { WorkspacePanel } from './workspace-panel.tsx';

/** The settings page. */
export function SettingsPage() {
  const { data: workspace } = useWorkspace();
  const role = workspace?.role ?? 'viewer';
  return (
    <>
      <PageHeader title="Settings" />
      <div className="space-y-4">
        <div className="grid items-start gap-4 lg:grid-cols-2">
          <WorkspacePanel />
          <NewWorkspacePanel />
        </div>
        <MembersPanel />
        {includesRole(role, 'admin') ? (
          <>
            <InvitationsPanel />
            <ApiKeysPanel />
          </>
        ) : null}
        <AliasesPanel />
        <ModelsPanel />
        <ServerPanel />
        {workspace ? <DangerPanel workspace={workspace} /> : null}
      </div>
    </>
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
