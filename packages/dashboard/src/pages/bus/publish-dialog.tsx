/** Publishes an event by hand. */
import type { EventPriority } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice, Notice } from '../../components/feedback.tsx';
import { SelectField, TextArea, TextField } from '../../components/field.tsx';
import { useChannels, usePublish } from '../../data/bus.ts';
import { useScope } from '../../data/scope.ts';
import { isOneOf } from '../../search.ts';
import { readPayload } from './payload-text.ts';

const priorities: readonly EventPriority[] = ['low', 'normal', 'high', 'critical'];

interface PublishForm {
  readonly channel: string;
  readonly type: string;
  readonly payload: string;
  readonly priority: string;
}

const firstForm: PublishForm = {
  channel: 'sys.workspace.lifecycle',
  type: 'test.event',
  payload: '{}',
  priority: 'normal',
};

/** The dialog stays open after publishing, so that the next event is a click away. */
export function PublishDialog({ onClose }: { readonly onClose: () => void }) {
  const publish = usePublish();
  const [form, setForm] = useState(firstForm);
  const payload = readPayload(form.payload);
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    if (payload.value === null || !isOneOf(priorities, form.priority)) return;
    publish.mutate({
      channel: form.channel,
      type: form.type.trim(),
      payload: payload.value,
      priority: form.priority,
    });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      title="Publish an event"
      description="In this workspace; answered when it is durable."
    >
      <form className="space-y-4" onSubmit={submit}>
        <PublishFields form={form} onChange={setForm} problem={payload.problem ?? undefined} />
        {publish.error ? <ErrorNotice error={publish.error} /> : null}
        {publish.data ? <Published eventId={publish.data.event_id} onFollow={onClose} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Close</Button>
          <Button type="submit" tone="solid" busy={publish.isPending} disabled={payload.value === null}>
            Publish
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function PublishFields({
  form,
  onChange,
  problem,
}: {
  readonly form: PublishForm;
  readonly onChange: (form: PublishForm) => void;
  readonly problem: string | undefined;
}) {
  const channels = useChannels();
  const names = channels.data?.channels.map((channel) => channel.name) ?? [];
  const offered = names.includes(form.channel) ? names : [form.channel, ...names];
  return (
    <>
      {names.length === 0 ? (
        <TextField
          label="Channel"
          required
          maxLength={200}
          value={form.channel}
          onChange={(event) => onChange({ ...form, channel: event.target.value })}
        />
      ) : (
        <SelectField
          label="Channel"
          value={form.channel}
          options={offered.map((name) => [name, name] as const)}
          onChange={(event) => onChange({ ...form, channel: event.target.value })}
        />
      )}
      <div className="grid grid-cols-2 gap-4">
        <TextField
          label="Type"
          required
          maxLength={200}
          value={form.type}
          onChange={(event) => onChange({ ...form, type: event.target.value })}
        />
        <SelectField
          label="Priority"
          value={form.priority}
          options={priorities.map((word) => [word, word] as const)}
          onChange={(event) => onChange({ ...form, priority: event.target.value })}
        />
      </div>
      <TextArea
        label="Payload"
        hint="A JSON object, at most 256 KiB."
        mono
        rows={6}
        spellCheck={false}
        value={form.payload}
        problem={problem}
        onChange={(event) => onChange({ ...form, payload: event.target.value })}
      />
    </>
  );
}

function Published({ eventId, onFollow }: { readonly eventId: string; readonly onFollow: () => void }) {
  const { workspaceId } = useScope();
  return (
    <Notice tone="ok">
      Published as{' '}
      <Link
        to="/w/$workspaceId/bus/messages/$eventId"
        params={{ workspaceId, eventId }}
        className="break-all text-accent underline"
        onClick={onFollow}
      >
        {eventId}
      </Link>
    </Notice>
  );
}
