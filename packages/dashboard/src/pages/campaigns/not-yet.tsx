/** What a campaign's view says before its stage has delivered. */
import type { CampaignStageName } from '@raptorflow/contract';
import { Link, useParams } from '@tanstack/react-router';

import { buttonClasses } from '../../components/button.tsx';
import { EmptyState } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { isCampaignFinal, useCampaign } from '../../data/campaigns.ts';
import { useScope } from '../../data/scope.ts';
import { campaignStageWords } from '../../format/stages.ts';

/** Says which stage makes this, and whether it still will. */
export function NotYet({ stage, what }: { readonly stage: CampaignStageName; readonly what: string }) {
  const { workspaceId } = useScope();
  const { campaignId } = useParams({ from: '/w/$workspaceId/campaigns/$campaignId' });
  const { data } = useCampaign(campaignId);
  const ended = data !== undefined && isCampaignFinal(data.status);
  return (
    <Panel flush>
      <EmptyState
        icon={ended ? 'stop' : 'runs'}
        title={ended ? `This campaign made no ${what}` : `The ${what} is not there yet`}
        action={
          <Link
            to="/w/$workspaceId/campaigns/$campaignId"
            params={{ workspaceId, campaignId }}
            className={buttonClasses('outline')}
          >
            Open the board
          </Link>
        }
      >
        {ended
          ? `It ended before the stage “${campaignStageWords[stage]}” was done. The board says why.`
          : `The stage “${campaignStageWords[stage]}” makes it; this page shows it as soon as it is written.`}
      </EmptyState>
    </Panel>
  );
}
