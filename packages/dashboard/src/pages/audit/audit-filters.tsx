/** What the list of the audit log shows; all of it stands in the address. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { Button } from '../../components/button.tsx';
import { SelectField, TextField } from '../../components/field.tsx';
import { useScope } from '../../data/scope.ts';
import { humanize } from '../../format/words.ts';
import { type AuditSearch, idKindNames, idKinds, phases } from './audit-words.ts';

/** The form; it asks for nothing before it is sent, because each search may walk far. */
export function AuditFilters({ search }: { readonly search: AuditSearch }) {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const [written, setWritten] = useState(search);
  const [shown, setShown] = useState(search);
  // A link on the page has asked for something else.
  if (!isSame(shown, search)) {
    setShown(search);
    setWritten(search);
  }
  const go = (asked: AuditSearch) =>
    void navigate({
      to: '/w/$workspaceId/audit',
      params: { workspaceId },
      search: ({ scope }) => ({ ...given(asked), ...(scope === undefined ? {} : { scope }) }),
      resetScroll: false,
    });
  const write = (change: AuditSearch) => setWritten((before) => ({ ...before, ...change }));
  return (
    <form
      role="search"
      aria-label="Search the audit log"
      className="grid grid-cols-2 items-end gap-3 border-b border-line p-4 lg:grid-cols-[1fr_9rem_11rem_1.4fr_9rem_9rem_auto]"
      onSubmit={(event) => {
        event.preventDefault();
        go(written);
      }}
    >
      <Fields written={written} write={write} />
      <div className="flex gap-2">
        <Button type="submit" icon="search">
          Search
        </Button>
        {Object.keys(given(search)).length === 0 ? null : (
          <Button tone="quiet" onClick={() => go({})}>
            Clear
          </Button>
        )}
      </div>
    </form>
  );
}

function Fields({
  written,
  write,
}: {
  readonly written: AuditSearch;
  readonly write: (change: AuditSearch) => void;
}) {
  return (
    <>
      <TextField
        label="Action"
        placeholder="agent.up…"
        maxLength={100}
        value={written.action ?? ''}
        onChange={(event) => write({ action: event.target.value })}
      />
      <SelectField
        label="Phase"
        value={written.phase ?? ''}
        options={[['', 'Every phase'], ...phases.map((phase) => [phase, humanize(phase)] as const)]}
        onChange={(event) => write({ phase: event.target.value })}
      />
      <SelectField
        label="Find by"
        value={written.by ?? 'actor'}
        options={idKindNames.map((kind) => [kind, idKinds[kind][0]] as const)}
        onChange={(event) => write({ by: event.target.value })}
      />
      <TextField
        label="Id"
        type="search"
        maxLength={1_000}
        value={written.id ?? ''}
        onChange={(event) => write({ id: event.target.value })}
      />
      <TextField
        label="From"
        type="date"
        value={written.from ?? ''}
        onChange={(event) => write({ from: event.target.value })}
      />
      <TextField
        label="To"
        type="date"
        value={written.to ?? ''}
        onChange={(event) => write({ to: event.target.value })}
      />
    </>
  );
}

const names = ['action', 'phase', 'by', 'id', 'from', 'to'] as const;

function isSame(a: AuditSearch, b: AuditSearch): boolean {
  return names.every((name) => a[name] === b[name]);
}

// What somebody is looked for by says nothing without the id.
function given(search: AuditSearch): Record<string, string> {
  const entries = names.flatMap((name) => {
    const value = search[name];
    const says = value !== undefined && value !== '' && (name !== 'by' || (search.id ?? '') !== '');
    return says ? [[name, value] as const] : [];
  });
  return Object.fromEntries(entries);
}
