/** The runs of one campaign. */
import { useParams } from '@tanstack/react-router';

import { EmptyState } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { useRuns } from '../../data/runs.ts';
import { RunTable } from '../runs/run-table.tsx';

/** The campaign's runs, newest first. */
export function CampaignRunsPage() {
  const { campaignId } = useParams({ from: '/w/$workspaceId/campaigns/$campaignId' });
  const listing = useRuns({ campaign_id: campaignId });
  return (
    <Panel flush>
      <RunTable
        listing={listing}
        empty={
          <EmptyState icon="runs" title="No run yet">
            The first runs start with the research stage, a moment after the campaign does.
          </EmptyState>
        }
      />
    </Panel>
  );
}
