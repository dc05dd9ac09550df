/** The workspace itself: its name, its time zone, and what it is. */
import type { Workspace } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { ChoiceField } from '../../components/choice-field.tsx';
import { ErrorNotice, Loading, Notice } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { Facts, Panel } from '../../components/panel.tsx';
import { Ago } from '../../components/time.tsx';
import { useChangeWorkspace, useWorkspace } from '../../data/workspaces.ts';
import { formatMoney } from '../../format/money.ts';
import { includesRole } from './roles.ts';

/** The panel. */
export function WorkspacePanel() {
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
        {includesRole(role, 'admin') ? (
          <ChangeForm key={`${name} ${timeZone}`} workspace={workspace.data} />
        ) : null}
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

const timeZones = ['UTC', ...Intl.supportedValuesOf('timeZone')].map((value) => ({ value }));

function ChangeForm({ workspace }: { readonly workspace: Workspace }) {
  const change = useChangeWorkspace();
  const [name, setName] = useState(workspace.name);
  const [timeZone, setTimeZone] = useState(workspace.time_zone);
  const changed = {
    ...(name.trim() === workspace.name ? {} : { name: name.trim() }),
    ...(timeZone.trim() === workspace.time_zone ? {} : { time_zone: timeZone.trim() }),
  };
  const isReady = name.trim() !== '' && timeZone.trim() !== '' && Object.keys(changed).length > 0;
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    change.mutate(changed);
  };
  return (
    <form onSubmit={submit} className="space-y-3">
      <TextField
        label="Name"
        required
        maxLength={120}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <ChoiceField
        label="Time zone"
        hint="The budget month turns at its midnight; a change counts from the next month on."
        value={timeZone}
        choices={timeZones}
        onChange={setTimeZone}
      />
      <Button type="submit" busy={change.isPending} disabled={!isReady}>
        Save
      </Button>
      {change.error ? <ErrorNotice error={change.error} /> : null}
      {change.isSuccess ? <Notice tone="ok">Saved.</Notice> : null}
    </form>
  );
}
