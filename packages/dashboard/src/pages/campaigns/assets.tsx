/** The assets by channel, with what the Guardians said and how each was debated. */
import type { Asset } from '@raptorflow/contract';
import { Link, useParams, useSearch } from '@tanstack/react-router';

import { ErrorNotice, Loading } from '../../components/feedback.tsx';
import { Panel } from '../../components/panel.tsx';
import { Dot, toneOf } from '../../components/status.tsx';
import { useAssets } from '../../data/campaigns.ts';
import { useScope } from '../../data/scope.ts';
import { humanize } from '../../format/words.ts';
import { AssetDetail } from './asset-detail.tsx';
import { NotYet } from './not-yet.tsx';

/** The assets' page: a list at the side, one asset beside it. */
export function AssetsPage() {
  const { campaignId } = useParams({ from: '/w/$workspaceId/campaigns/$campaignId' });
  const { asset: chosenId } = useSearch({ from: '/w/$workspaceId/campaigns/$campaignId/assets' });
  const assets = useAssets(campaignId);
  if (assets.isPending) return <Loading rows={6} label="Reading the assets" />;
  if (assets.error) return <ErrorNotice error={assets.error} retry={() => void assets.refetch()} />;
  const chosen = assets.data.find((asset) => asset.id === chosenId) ?? assets.data[0];
  if (!chosen) return <NotYet stage="assets" what="assets" />;
  return (
    <div className="grid items-start gap-4 md:grid-cols-[14rem_minmax(0,1fr)]">
      <AssetIndex assets={assets.data} chosenId={chosen.id} campaignId={campaignId} />
      <AssetDetail key={chosen.id} asset={chosen} />
    </div>
  );
}

function AssetIndex({
  assets,
  chosenId,
  campaignId,
}: {
  readonly assets: readonly Asset[];
  readonly chosenId: string;
  readonly campaignId: string;
}) {
  const { workspaceId } = useScope();
  const byChannel = Map.groupBy(assets, (asset) => asset.channel);
  return (
    <Panel flush className="md:sticky md:top-16">
      <nav aria-label="Assets" className="max-h-[calc(100dvh-6rem)] space-y-3 overflow-y-auto p-2">
        {[...byChannel].map(([channel, list]) => (
          <div key={channel}>
            <h2 className="px-2 pb-1 text-xs text-muted">{humanize(channel)}</h2>
            <ul>
              {list.map((asset) => (
                <li key={asset.id}>
                  <Link
                    to="/w/$workspaceId/campaigns/$campaignId/assets"
                    params={{ workspaceId, campaignId }}
                    search={{ asset: asset.id }}
                    resetScroll={false}
                    activeOptions={{ exact: true }}
                    aria-current={asset.id === chosenId ? 'true' : undefined}
                    className="flex items-center gap-2 rounded-md px-2 py-1.5 hover:bg-hover aria-[current]:bg-hover aria-[current]:font-medium"
                  >
                    <Dot tone={asset.verdict === null ? 'none' : toneOf(asset.verdict)} />
                    <span className="min-w-0 flex-1 truncate">{asset.title}</span>
                    <span className="sr-only">
                      {asset.verdict === null ? 'not checked yet' : humanize(asset.verdict.toLowerCase())}
                    </span>
                  </Link>
                </li>
              ))}
            </ul>
          </div>
        ))}
      </nav>
    </Panel>
  );
}
