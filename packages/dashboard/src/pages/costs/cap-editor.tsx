/** Sets one cap. */
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { type CapOwner, useSetCap } from '../../data/costs.ts';
import { formatMoney, parseMoney } from '../../format/money.ts';

/** The button and the dialog behind it. */
export function CapEditor({
  owner,
  name,
  capUsd,
}: {
  readonly owner: CapOwner;
  readonly name: string;
  readonly capUsd: string | null;
}) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button
        onClick={() => setOpen(true)}
        aria-label={`${capUsd === null ? 'Set a cap for' : 'Change the cap of'} ${name}`}
      >
        {capUsd === null ? 'Set a cap' : 'Change'}
      </Button>
      <Dialog
        open={open}
        onClose={() => setOpen(false)}
        title={`Cap of ${name}`}
        description={`${spanOf(owner.level)} It holds for the next call, in every process.`}
      >
        {open ? <CapForm owner={owner} capUsd={capUsd} onDone={() => setOpen(false)} /> : null}
      </Dialog>
    </>
  );
}

function spanOf(level: CapOwner['level']): string {
  if (level === 'campaign' || level === 'run' || level === 'budget') {
    return 'What it may spend over its whole life, in US dollars.';
  }
  return 'What it may spend in a calendar month of the workspace, in US dollars.';
}

function CapForm({
  owner,
  capUsd,
  onDone,
}: {
  readonly owner: CapOwner;
  readonly capUsd: string | null;
  readonly onDone: () => void;
}) {
  const set = useSetCap();
  const [text, setText] = useState(capUsd === null ? '' : formatMoney(capUsd));
  const amount = parseMoney(text);
  const save = (cap: string | null) => set.mutate({ owner, capUsd: cap }, { onSuccess: onDone });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (amount !== null) save(amount);
  };
  return (
    <form onSubmit={submit} className="space-y-3">
      <TextField
        label="Cap in US dollars"
        inputMode="decimal"
        value={text}
        onChange={(event) => setText(event.target.value)}
        problem={
          text === '' || amount !== null
            ? undefined
            : 'Write an amount such as 12.50, with at most six decimals.'
        }
        hint="0 stops every paid call; calls of the offline model cost nothing and go on."
      />
      {set.error ? <ErrorNotice error={set.error} /> : null}
      <div className="flex flex-wrap justify-end gap-2">
        {capUsd === null ? null : (
          <Button busy={set.isPending} onClick={() => save(null)}>
            {owner.level === 'workspace' ? 'Use the installation’s cap' : 'Take the cap away'}
          </Button>
        )}
        <Button type="submit" tone="solid" busy={set.isPending} disabled={amount === null}>
          Save
        </Button>
      </div>
    </form>
  );
}
