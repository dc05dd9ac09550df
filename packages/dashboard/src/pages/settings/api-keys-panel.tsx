/** API keys: made and shown once, listed by what they begin with, revoked. */
import type { ApiKey, ApiKeyScope, MadeApiKey } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { type Column, DataTable } from '../../components/data-table.tsx';
import { ConfirmDialog, Dialog } from '../../components/dialog.tsx';
import { EmptyState, ErrorNotice, Notice } from '../../components/feedback.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { Panel } from '../../components/panel.tsx';
import { CopyLine } from '../../components/payload.tsx';
import { Ago, Until } from '../../components/time.tsx';
import { useApiKeys, useCreateApiKey, useRevokeApiKey } from '../../data/members.ts';
import { grantedRoleOf, grantedRoles } from './roles.ts';

const columns: readonly Column<ApiKey>[] = [
  { header: 'Name', width: 'minmax(0, 1fr)', onPhone: 'title', cell: (row) => <KeyName apiKey={row} /> },
  { header: 'May', width: '10rem', cell: (row) => mayText(row) },
  {
    header: 'Ends',
    width: '8rem',
    cell: (row) => (row.expires_at === null ? 'does not end' : <Until at={row.expires_at} />),
  },
  {
    header: 'Last used',
    width: '7rem',
    align: 'end',
    cell: (row) => (row.last_used_at === null ? 'not used yet' : <Ago at={row.last_used_at} />),
  },
  { header: 'Actions', width: '6rem', align: 'end', cell: (row) => <RevokeButton apiKey={row} /> },
];

/** The panel; for admins. */
export function ApiKeysPanel() {
  const keys = useApiKeys();
  const [isMaking, setMaking] = useState(false);
  return (
    <Panel
      flush
      title="API keys"
      note="for programs; each acts as whoever made it"
      actions={
        <Button icon="plus" onClick={() => setMaking(true)}>
          New key
        </Button>
      }
    >
      <DataTable
        label="API keys"
        columns={columns}
        listing={keys}
        keyOf={(row) => row.id}
        empty={
          <EmptyState icon="settings" title="No API keys">
            Make one for each program that calls this workspace, so that each can be revoked alone.
          </EmptyState>
        }
      />
      {isMaking ? <NewKeyDialog onClose={() => setMaking(false)} /> : null}
    </Panel>
  );
}

function KeyName({ apiKey }: { readonly apiKey: ApiKey }) {
  return (
    <>
      <span className="font-medium">{apiKey.name}</span>{' '}
      <code className="text-xs text-muted">{apiKey.prefix}_…</code>
    </>
  );
}

function mayText({ role, scopes }: ApiKey): string {
  const words: Readonly<Record<ApiKeyScope, string>> = { dispatch: 'call models', read: 'read' };
  return scopes.length === 0 ? role : `${role}, only ${scopes.map((scope) => words[scope]).join(' and ')}`;
}

const day = 86_400;
const lifetimes: readonly (readonly [string, string])[] = [
  [String(30 * day), '30 days'],
  [String(90 * day), '90 days'],
  [String(365 * day), 'a year'],
  ['', 'no end'],
];

const scopeChoices: readonly (readonly [string, string])[] = [
  ['', 'everything that its role may'],
  ['read', 'reading alone'],
  ['dispatch', 'calls of models alone'],
  ['dispatch,read', 'reading and calls of models'],
];

function NewKeyDialog({ onClose }: { readonly onClose: () => void }) {
  const create = useCreateApiKey();
  const [name, setName] = useState('');
  const [role, setRole] = useState('member');
  const [scopes, setScopes] = useState('');
  const [lifetime, setLifetime] = useState(String(90 * day));
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate({
      name: name.trim(),
      role: grantedRoleOf(role),
      scopes: (['dispatch', 'read'] as const).filter((scope) => scopes.split(',').includes(scope)),
      lifetime_seconds: lifetime === '' ? null : Number(lifetime),
    });
  };
  if (create.data) return <NewKey made={create.data} onClose={onClose} />;
  return (
    <Dialog open onClose={onClose} title="New API key">
      <form onSubmit={submit} className="space-y-4">
        <TextField
          label="Name"
          hint="What uses it, such as “Nightly import”."
          required
          maxLength={120}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <SelectField
          label="Role"
          hint="Never more than yours is."
          options={grantedRoles}
          value={role}
          onChange={(event) => setRole(event.target.value)}
        />
        <SelectField
          label="Good for"
          options={scopeChoices}
          value={scopes}
          onChange={(event) => setScopes(event.target.value)}
        />
        <SelectField
          label="Ends after"
          options={lifetimes}
          value={lifetime}
          onChange={(event) => setLifetime(event.target.value)}
        />
        {create.error ? <ErrorNotice error={create.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="solid" busy={create.isPending} disabled={name.trim() === ''}>
            Make the key
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function NewKey({ made, onClose }: { readonly made: MadeApiKey; readonly onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} title={`The key “${made.name}”`}>
      <div className="space-y-4">
        <Notice tone="warn">Copy it now: it is not shown again, and nobody can look it up.</Notice>
        <CopyLine label="the API key" text={made.key} />
        <p className="text-muted">
          Programs send it as <code>Authorization: Bearer …</code>, the command line as{' '}
          <code>RAPTORFLOW_TOKEN</code>.
        </p>
        <div className="flex justify-end">
          <Button tone="solid" onClick={onClose}>
            I have copied it
          </Button>
        </div>
      </div>
    </Dialog>
  );
}

function RevokeButton({ apiKey }: { readonly apiKey: ApiKey }) {
  const revoke = useRevokeApiKey();
  const [isAsked, setAsked] = useState(false);
  return (
    <>
      <Button tone="danger" onClick={() => setAsked(true)} aria-label={`Revoke ${apiKey.name}`}>
        Revoke
      </Button>
      <ConfirmDialog
        open={isAsked}
        onClose={() => setAsked(false)}
        title={`Revoke “${apiKey.name}”?`}
        action="Revoke"
        busy={revoke.isPending}
        error={revoke.error}
        onConfirm={() => revoke.mutate(apiKey.id, { onSuccess: () => setAsked(false) })}
      >
        Programs that call with it are refused from their next request on. This cannot be undone.
      </ConfirmDialog>
    </>
  );
}
