/** Sets, changes and unsets one alias. */
import type { ModelAlias } from '@raptorflow/contract';
import { type SyntheticEvent, useState } from 'react';

import { Button, IconButton } from '../../components/button.tsx';
import { ChoiceField } from '../../components/choice-field.tsx';
import type { Choice } from '../../components/choice-list.ts';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { TextField } from '../../components/field.tsx';
import { useModels } from '../../data/agents.ts';
import { useSetAlias, useUnsetAlias } from '../../data/models.ts';

const fallbacksMax = 5;

/** Names that stand for something, other aliases first, then the models that can be called. */
function useChoices(alias: string): readonly Choice[] {
  const models = useModels();
  const aliases = (models.data?.aliases ?? []).filter((one) => one.alias !== alias && one.reason === null);
  const callable = (models.data?.items ?? []).filter((model) => model.available);
  return [
    ...aliases.map((one) => ({ value: one.alias, detail: `the alias, now ${one.model}` })),
    ...callable.map(({ provider, id }) =>
      provider === id ? { value: id } : { value: `${provider}:${id}`, detail: provider },
    ),
  ];
}

/** The dialog; `alias` is null for a new one. */
export function AliasDialog({
  alias,
  onClose,
}: {
  readonly alias: ModelAlias | null;
  readonly onClose: () => void;
}) {
  const set = useSetAlias();
  const [name, setName] = useState(alias?.alias ?? '');
  const [model, setModel] = useState(alias?.own_model ?? '');
  const [fallbacks, setFallbacks] = useState<readonly string[]>(alias?.own_fallbacks ?? []);
  const choices = useChoices(name);
  const installed = alias?.installed_model ?? null;
  const isReady = name !== '' && (model.trim() !== '' || installed !== null);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    const named = fallbacks.map((each) => each.trim()).filter((each) => each !== '');
    set.mutate(
      { alias: name, model: model.trim() === '' ? null : model.trim(), fallbacks: named },
      { onSuccess: onClose },
    );
  };
  return (
    <Dialog open onClose={onClose} title={alias === null ? 'New alias' : `The alias “${alias.alias}”`}>
      <form onSubmit={submit} className="space-y-4">
        {alias === null ? (
          <TextField
            label="Alias"
            hint="Lower-case letters, digits and hyphens, such as “writer”; agents and clients ask for it."
            required
            maxLength={40}
            value={name}
            onChange={(event) => setName(event.target.value.toLowerCase())}
          />
        ) : null}
        <ChoiceField
          label="Stands for"
          hint={
            installed === null
              ? 'A model that can be called, or another alias.'
              : `A model or another alias; empty for what the installation says: ${installed}.`
          }
          value={model}
          placeholder={installed ?? ''}
          choices={choices}
          onChange={setModel}
        />
        <FallbackFields names={fallbacks} choices={choices} onChange={setFallbacks} />
        {set.error ? <ErrorNotice error={set.error} /> : null}
        <div className="flex flex-wrap justify-end gap-2">
          {alias === null ? null : <UnsetButton alias={alias} onDone={onClose} />}
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="solid" busy={set.isPending} disabled={!isReady}>
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function FallbackFields({
  names,
  choices,
  onChange,
}: {
  readonly names: readonly string[];
  readonly choices: readonly Choice[];
  readonly onChange: (names: readonly string[]) => void;
}) {
  return (
    <fieldset className="space-y-2">
      <legend className="mb-1 text-sm font-medium">When it does not answer</legend>
      {names.map((name, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- every field is controlled, so a row has no state to mix up
        <div key={index} className="flex items-end gap-2">
          <ChoiceField
            label={`Fallback ${index + 1}`}
            className="flex-1"
            value={name}
            choices={choices}
            onChange={(next) => onChange(names.with(index, next))}
          />
          <IconButton
            icon="trash"
            label={`Remove fallback ${index + 1}`}
            onClick={() => onChange(names.toSpliced(index, 1))}
          />
        </div>
      ))}
      <p className="text-xs text-muted">
        Asked in this order when the model is down, throttles or is too slow, each at its own price, for calls
        that name no fallbacks themselves.
      </p>
      <Button icon="plus" disabled={names.length >= fallbacksMax} onClick={() => onChange([...names, ''])}>
        Add a fallback
      </Button>
    </fieldset>
  );
}

/** Takes back everything that the workspace says of an alias; nothing to press where it says nothing. */
function UnsetButton({ alias, onDone }: { readonly alias: ModelAlias; readonly onDone: () => void }) {
  const unset = useUnsetAlias();
  if (alias.own_model === null && alias.own_fallbacks.length === 0) return null;
  return (
    <>
      {unset.error ? (
        <div className="basis-full">
          <ErrorNotice error={unset.error} />
        </div>
      ) : null}
      <Button
        tone={alias.installed_model === null ? 'danger' : 'outline'}
        className="mr-auto"
        busy={unset.isPending}
        onClick={() => unset.mutate(alias.alias, { onSuccess: onDone })}
      >
        {alias.installed_model === null ? 'Remove' : 'As installed'}
      </Button>
    </>
  );
}
