/** Adds an agent of the workspace's own. */
import { useNavigate } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice } from '../../components/feedback.tsx';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { useCreateAgent, useModels } from '../../data/agents.ts';
import { useScope } from '../../data/scope.ts';

/** Asks for what a new agent must have; everything else is changed on its page. */
export function NewAgentDialog({ onClose }: { readonly onClose: () => void }) {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const create = useCreateAgent();
  const models = useModels();
  const [form, setForm] = useState({ code: '', name: '', prompt: '', model: 'standard' });
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    create.mutate(
      { code: form.code.trim(), name: form.name.trim(), system_prompt: form.prompt, model: form.model },
      {
        onSuccess: (agent) => {
          onClose();
          void navigate({
            to: '/w/$workspaceId/agents/$agentId',
            params: { workspaceId, agentId: agent.code },
          });
        },
      },
    );
  };
  const aliases = models.data?.aliases ?? [{ alias: 'standard', model: '' }];
  return (
    <Dialog open onClose={onClose} title="New agent">
      <form className="space-y-4" onSubmit={submit}>
        <TextField
          label="Code"
          hint="Capital letters, a hyphen, a number: OWN-001."
          required
          pattern="[A-Z]{2,6}-[A-Z0-9]{2,6}"
          value={form.code}
          onChange={(event) => setForm({ ...form, code: event.target.value.toUpperCase() })}
        />
        <TextField
          label="Name"
          required
          maxLength={120}
          value={form.name}
          onChange={(event) => setForm({ ...form, name: event.target.value })}
        />
        <TextArea
          label="Prompt"
          hint="What the agent must do, and what it must not."
          required
          rows={6}
          maxLength={32_000}
          value={form.prompt}
          onChange={(event) => setForm({ ...form, prompt: event.target.value })}
        />
        <SelectField
          label="Model"
          value={form.model}
          options={aliases.map(
            ({ alias, model }) => [alias, model === '' ? alias : `${alias} (now ${model})`] as const,
          )}
          onChange={(event) => setForm({ ...form, model: event.target.value })}
        />
        {create.error ? <ErrorNotice error={create.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" tone="solid" busy={create.isPending}>
            Add the agent
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
