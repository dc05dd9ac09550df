/** Whose use of what a series is. */
import type { WireUsageProfile } from '@raptorflow/contract';

import { useAddressedScope } from '../../data/addressed-scope.ts';
import { namedIn } from '../../data/analytics.ts';
import { useScope } from '../../data/scope.ts';
import { useSession } from '../../data/session.ts';
import { humanize, shortId } from '../../format/words.ts';

type Series = WireUsageProfile['series'];

/** The kind of resource, and what tells the series from others of it. */
export function SeriesName({ series }: { readonly series: Series }) {
  const telling = useTellingWords()(series);
  return (
    <span className="min-w-0" title={series.series_id}>
      <span className="font-medium break-words">{humanize(series.resource_type)}</span>{' '}
      <span className="text-xs break-words text-muted">{telling}</span>
    </span>
  );
}

/** Writes a series in a line, for a list to choose from. */
export function useSeriesLabel(): (series: Series) => string {
  const tellingWords = useTellingWords();
  return (series) => {
    const telling = tellingWords(series);
    return telling === '' ? humanize(series.resource_type) : `${humanize(series.resource_type)}: ${telling}`;
  };
}

/** Where a change is made: "in this workspace". */
export function usePlaceWords(): (workspaceId: string | null) => string {
  const { workspaceId: own } = useScope();
  const nameOf = useWorkspaceName();
  return (workspaceId) => {
    if (workspaceId === null) return 'in every workspace and of the server itself';
    return workspaceId === own ? 'in this workspace' : `in the workspace ${nameOf(workspaceId)}`;
  };
}

/** The tags of a series, as far as they tell something: not whose it is where everything is the workspace’s. */
function useTellingWords(): (series: Series) => string {
  const { scope } = useAddressedScope();
  const nameOf = useWorkspaceName();
  return ({ series_id: id, resource_type: type }) =>
    Object.entries(namedIn(id).tags)
      .flatMap(([name, value]) => {
        if (value === type || (name === 'workspace_id' && scope === 'workspace')) return [];
        if (name === 'workspace_id') return [`workspace ${nameOf(value)}`];
        return [`${name.replace(/_id$/u, '').replaceAll('_', ' ')} ${shortId(value)}`];
      })
      .join(', ');
}

/** What a workspace is called; one that the reader may not enter is named by its id. */
function useWorkspaceName(): (workspaceId: string) => string {
  const { workspaces } = useSession();
  return (workspaceId) =>
    workspaces.find((one) => one.workspace_id === workspaceId)?.workspace_name ?? shortId(workspaceId);
}
