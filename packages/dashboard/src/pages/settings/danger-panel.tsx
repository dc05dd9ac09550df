/** What cannot be undone: leaving and deleting; and the export that one wants before. */
import type { Workspace } from '@raptorflow/contract';
import { useNavigate } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';

import { Button, buttonClasses } from '../../components/button.tsx';
import { ConfirmDialog } from '../../components/dialog.tsx';
import { TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { useLeave } from '../../data/members.ts';
import { api } from '../../data/scope.ts';
import { useDeleteWorkspace } from '../../data/workspaces.ts';

/** The panel. */
export function DangerPanel({ workspace }: { readonly workspace: Workspace }) {
  const [asked, setAsked] = useState<'leave' | 'delete' | null>(null);
  const isOwner = workspace.role === 'owner';
  const close = () => setAsked(null);
  return (
    <Panel flush title="Danger zone" className="border-bad/40">
      <ul className="divide-y divide-line">
        {isOwner ? (
          <Action
            title="Export everything"
            text="Every row that is stored of this workspace, as a file of JSON Lines."
          >
            <a href={api.exportUrl(workspace.id)} download className={buttonClasses()}>
              Export
            </a>
          </Action>
        ) : null}
        <Action
          title="Leave the workspace"
          text={
            isOwner
              ? 'The last owner cannot leave: make somebody else the owner first.'
              : 'Only an admin can let you in again.'
          }
        >
          <Button tone="danger" onClick={() => setAsked('leave')}>
            Leave
          </Button>
        </Action>
        {isOwner ? (
          <Action
            title="Delete the workspace"
            text="Campaigns, documents, runs, costs, members and keys: all of it, for good."
          >
            <Button tone="danger" onClick={() => setAsked('delete')}>
              Delete
            </Button>
          </Action>
        ) : null}
      </ul>
      <LeaveDialog open={asked === 'leave'} onClose={close} name={workspace.name} />
      {asked === 'delete' ? <DeleteDialog onClose={close} name={workspace.name} /> : null}
    </Panel>
  );
}

function Action({
  title,
  text,
  children,
}: {
  readonly title: string;
  readonly text: string;
  readonly children: ReactNode;
}) {
  return (
    <li className="flex flex-wrap items-center justify-between gap-x-4 gap-y-2 px-4 py-3">
      <div className="min-w-0 flex-1 basis-64">
        <div className="font-medium">{title}</div>
        <div className="text-muted">{text}</div>
      </div>
      {children}
    </li>
  );
}

function LeaveDialog({
  open,
  onClose,
  name,
}: {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly name: string;
}) {
  const leave = useLeave();
  const navigate = useNavigate();
  return (
    <ConfirmDialog
      open={open}
      onClose={onClose}
      title={`Leave “${name}”?`}
      action="Leave"
      busy={leave.isPending}
      error={leave.error}
      onConfirm={() => leave.mutate(undefined, { onSuccess: () => void navigate({ to: '/' }) })}
    >
      You cannot enter it any more, and the API keys that you made for it hold no longer.
    </ConfirmDialog>
  );
}

function DeleteDialog({ onClose, name }: { readonly onClose: () => void; readonly name: string }) {
  const remove = useDeleteWorkspace();
  const navigate = useNavigate();
  const [typed, setTyped] = useState('');
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Delete “${name}”?`}
      action="Delete for good"
      busy={remove.isPending || typed !== name}
      error={remove.error}
      onConfirm={() => remove.mutate(typed, { onSuccess: () => void navigate({ to: '/' }) })}
    >
      <p className="mb-3">
        Nobody can enter it from now on, and everything in it is deleted. This cannot be undone.
      </p>
      <TextField
        label={`Type “${name}” to delete it`}
        autoComplete="off"
        spellCheck={false}
        value={typed}
        onChange={(event) => setTyped(event.target.value)}
      />
    </ConfirmDialog>
  );
}
