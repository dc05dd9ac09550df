/** First steps: one click runs the sample campaign and ends at its result, two more stop a loop and an overspending swarm and end at their traces; a further card opens the model door. */
import type { SampleCampaign } from '@raptorflow/contract';
import { Link, useNavigate } from '@tanstack/react-router';

import { Button, buttonClasses } from '../components/button.tsx';
import { ErrorNotice, Loading, Notice } from '../components/feedback.tsx';
import { PageHeader, Panel } from '../components/panel.tsx';
import { CopyLine, Payload } from '../components/payload.tsx';
import { Badge } from '../components/status.tsx';
import { useModels } from '../data/agents.ts';
import { useRunSample, useSamples } from '../data/campaigns.ts';
import { useIssueToken } from '../data/session.ts';
import { formatMoment } from '../format/time.ts';
import { useScope } from '../data/scope.ts';
import { countOf, formatBytes } from '../format/number.ts';
import { excerpt, humanize } from '../format/words.ts';
import { LoopProofCard } from './loop-proof.tsx';
import { OverspendProofCard } from './overspend-proof.tsx';

/** The first-visit page. */
export function WelcomePage() {
  const { workspaceId } = useScope();
  const samples = useSamples();
  return (
    <>
      <PageHeader
        title="See a campaign run"
        note="Research agents read the documents in parallel, Cognition writes a war brief in which every claim has its source, Muse drafts, Guardians check. Everything runs on this machine; no key is needed."
      />
      <div className="grid gap-4 md:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="space-y-4">
          {samples.isPending ? (
            <Panel title="Sample campaigns">
              <Loading />
            </Panel>
          ) : null}
          {samples.error ? <ErrorNotice error={samples.error} retry={() => void samples.refetch()} /> : null}
          {samples.data?.items.map((sample, index) => (
            <SampleCard key={sample.name} sample={sample} first={index === 0} />
          ))}
          <LoopProofCard />
          <OverspendProofCard />
          <Panel title="Your own documents">
            <div className="flex flex-wrap items-center justify-between gap-3">
              <p className="min-w-0 flex-1 basis-60 text-muted">
                Drop product notes, interviews, competitor notes. The brief fills itself with what they say,
                quoted; you confirm and run.
              </p>
              <Link
                to="/w/$workspaceId/campaigns/new"
                params={{ workspaceId }}
                className={buttonClasses('outline')}
              >
                New campaign
              </Link>
            </div>
          </Panel>
        </div>
        <ModelDoor />
      </div>
    </>
  );
}

function SampleCard({ sample, first }: { readonly sample: SampleCampaign; readonly first: boolean }) {
  const { workspaceId } = useScope();
  const navigate = useNavigate();
  const run = useRunSample();
  const start = () =>
    run.mutate(sample.name, {
      onSuccess: ({ campaign_id: campaignId }) =>
        void navigate({ to: '/w/$workspaceId/campaigns/$campaignId', params: { workspaceId, campaignId } }),
    });
  const bytes = sample.documents.reduce((sum, document) => sum + document.size_bytes, 0);
  return (
    <Panel>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-72">
          <h2 className="text-lg font-semibold tracking-tight">{sample.title}</h2>
          <p className="mt-1 text-muted">{sample.description}</p>
        </div>
        <Button tone={first ? 'solid' : 'outline'} icon="play" busy={run.isPending} onClick={start}>
          Run the sample campaign
        </Button>
      </div>
      {sample.brief.positioning.startsWith(sample.description) ? null : (
        <p className="mt-3 border-l-2 border-line pl-3 text-muted">
          {excerpt(sample.brief.positioning, 240)}
        </p>
      )}
      <div className="mt-3 flex flex-wrap items-center gap-1.5 text-xs text-muted">
        <span>
          {countOf(sample.documents.length, 'document')}, {formatBytes(bytes)}
        </span>
        {sample.brief.channels.map((channel) => (
          <Badge key={channel}>{humanize(channel)}</Badge>
        ))}
      </div>
      {run.error ? (
        <div className="mt-3">
          <ErrorNotice error={run.error} />
        </div>
      ) : null}
    </Panel>
  );
}

function ModelDoor() {
  const models = useModels();
  const origin = globalThis.location.origin;
  const alias = models.data?.aliases.find((one) => one.alias === 'standard') ?? models.data?.aliases[0];
  const code = `import OpenAI from 'openai';

const client = new OpenAI({
  baseURL: '${origin}/v1',
  apiKey: process.env.RAPTORFLOW_TOKEN,
});
const answer = await client.chat.completions.create({
  model: '${alias?.alias ?? 'standard'}',
  messages: [{ role: 'user', content: 'Hello' }],
});`;
  return (
    <Panel title="Point any OpenAI client at this server">
      <div className="space-y-3">
        <p className="text-muted">
          Change the base URL of a client you already have: its calls then count against this workspace’s
          budget and appear under Costs.
        </p>
        <CopyLine label="the base URL" text={`${origin}/v1`} />
        <Payload label="the example" value={code} />
        <TokenMaker />
        {alias === undefined ? null : (
          <p className="text-muted">
            The alias <code>{alias.alias}</code> resolves to <code>{alias.model}</code> now
            {alias.model === 'offline'
              ? ': the deterministic text engine of this machine, which says so in every answer.'
              : '.'}
          </p>
        )}
      </div>
    </Panel>
  );
}

function TokenMaker() {
  const issue = useIssueToken();
  if (issue.data) {
    return (
      <Notice tone="ok">
        <p className="mb-1.5">
          Your token, shown only now; it expires {formatMoment(issue.data.expires_at)}:
        </p>
        <CopyLine label="the token" text={issue.data.token} />
      </Notice>
    );
  }
  return (
    <div className="space-y-2">
      <Button busy={issue.isPending} onClick={() => issue.mutate()}>
        Make a token
      </Button>
      {issue.error ? <ErrorNotice error={issue.error} /> : null}
    </div>
  );
}
