/** Accepting an invitation: its code stands in the fragment, and is kept in the tab while somebody signs in. */
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import { Button } from '../components/button.tsx';
import { ErrorNotice } from '../components/feedback.tsx';
import { useAcceptInvitation } from '../data/members.ts';
import { useSession } from '../data/session.ts';
import { PlainPage } from '../layout/plain-page.tsx';
import { forgetInvitation, keptInvitation } from './invitation-code.ts';

/** The page; only for somebody signed in. */
export function InvitationPage() {
  const { user } = useSession();
  const [code] = useState(keptInvitation);
  const accept = useAcceptInvitation();
  const navigate = useNavigate();
  if (code === null) {
    return (
      <PlainPage title="Invitation">
        <p className="text-muted">
          This address holds no invitation. Open the whole link that you were given.
        </p>
      </PlainPage>
    );
  }
  return (
    <PlainPage title="You are invited">
      <p>
        You are signed in as <strong className="font-medium">{user.display_name}</strong>
        {user.email === null ? '' : ` (${user.email})`}. Accept, and the workspace is one of yours.
      </p>
      {accept.error ? <ErrorNotice error={accept.error} /> : null}
      <Button
        tone="solid"
        className="w-full"
        busy={accept.isPending || accept.isSuccess}
        onClick={() =>
          accept.mutate(code, {
            onSuccess: ({ workspace_id: workspaceId }) => {
              forgetInvitation();
              void navigate({ to: '/w/$workspaceId', params: { workspaceId } });
            },
          })
        }
      >
        Accept the invitation
      </Button>
    </PlainPage>
  );
}
