/** A person's decision about the assets. */
import type { Campaign } from '@raptorflow/contract';
import { Link } from '@tanstack/react-router';
import { type SyntheticEvent, useState } from 'react';

import { Button } from '../../components/button.tsx';
import { Dialog } from '../../components/dialog.tsx';
import { ErrorNotice, Notice } from '../../components/feedback.tsx';
import { TextArea } from '../../components/field.tsx';
import { useDecide } from '../../data/campaigns.ts';
import { useSession } from '../../data/session.ts';
import { countOf } from '../../format/number.ts';

/** Stands above a campaign that waits for a decision. */
export function ApprovalBar({ campaign }: { readonly campaign: Campaign }) {
  const [asking, setAsking] = useState<'approve' | 'reject' | null>(null);
  const role = useSession().workspaces.find((one) => one.workspace_id === campaign.workspace_id)?.role;
  const mayDecide = role === 'owner' || role === 'admin';
  return (
    <div className="mb-4">
      <Notice
        tone="warn"
        actions={
          mayDecide ? (
            <div className="flex gap-2">
              <Button tone="danger" onClick={() => setAsking('reject')}>
                Reject
              </Button>
              <Button tone="solid" icon="check" onClick={() => setAsking('approve')}>
                Approve
              </Button>
            </div>
          ) : null
        }
      >
        <span className="font-medium">{countOf(campaign.counts.assets, 'asset')} wait for approval.</span>{' '}
        <Link
          to="/w/$workspaceId/campaigns/$campaignId/assets"
          params={{ workspaceId: campaign.workspace_id, campaignId: campaign.id }}
          className="text-accent underline"
        >
          Read them with their verdicts
        </Link>
        {mayDecide ? ' and decide.' : '; an admin or the owner of the workspace decides.'}
      </Notice>
      {asking === null ? null : (
        <DecisionDialog campaignId={campaign.id} decision={asking} onClose={() => setAsking(null)} />
      )}
    </div>
  );
}

function DecisionDialog({
  campaignId,
  decision,
  onClose,
}: {
  readonly campaignId: string;
  readonly decision: 'approve' | 'reject';
  readonly onClose: () => void;
}) {
  const decide = useDecide(campaignId);
  const [note, setNote] = useState('');
  const rejecting = decision === 'reject';
  const submit = (event: SyntheticEvent) => {
    event.preventDefault();
    decide.mutate({ decision, note: note.trim() }, { onSuccess: onClose });
  };
  return (
    <Dialog open onClose={onClose} title={rejecting ? 'Reject the assets' : 'Approve the assets'}>
      <form className="space-y-4" onSubmit={submit}>
        <p className="text-muted">
          {rejecting
            ? 'No package is made. The war brief, the plan and the assets stay readable.'
            : 'The package is made next, as Markdown and HTML. Your name and note are kept with it.'}
        </p>
        <TextArea
          label={rejecting ? 'Why' : 'Note (optional)'}
          value={note}
          onChange={(event) => setNote(event.target.value)}
          required={rejecting}
          maxLength={2000}
        />
        {decide.error ? <ErrorNotice error={decide.error} /> : null}
        <div className="flex justify-end gap-2">
          <Button onClick={onClose}>Not now</Button>
          <Button type="submit" tone={rejecting ? 'danger' : 'solid'} busy={decide.isPending}>
            {rejecting ? 'Reject' : 'Approve'}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
