/** Reads and changes campaigns. */
import type { Campaign, CampaignBriefInput, CampaignStatus } from '@raptorflow/contract';
import { isClientError } from '@raptorflow/client';
import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import { useLiveInterval } from '../live/live-context.ts';
import { listQuery, type Listing, useListing } from './pages.ts';
import { type Scope, useScope } from './scope.ts';

const finalStatuses: ReadonlySet<CampaignStatus> = new Set(['completed', 'rejected', 'failed', 'cancelled']);

/** Whether nothing will change any more. */
export function isCampaignFinal(status: CampaignStatus): boolean {
  return finalStatuses.has(status);
}

/** The workspace's campaigns, newest first. */
export function campaignListQuery({ api, workspaceId }: Scope, status?: CampaignStatus) {
  return listQuery([workspaceId, 'campaigns', 'list', status ?? 'all'], (cursor, signal) =>
    api.campaigns.list({ query: { status, cursor }, signal }),
  );
}

/** The campaign list of the current workspace. */
export function useCampaigns(status?: CampaignStatus): Listing<CampaignListItem> {
  return useListing(campaignListQuery(useScope(), status), useLiveInterval(15_000));
}

type CampaignListItem = Awaited<ReturnType<Scope['api']['campaigns']['list']>>['items'][number];

/** One campaign. */
function campaignQuery({ api, workspaceId }: Scope, campaignId: string) {
  return queryOptions({
    queryKey: [workspaceId, 'campaigns', campaignId],
    queryFn: ({ signal }) => api.campaigns.get({ params: { campaign_id: campaignId }, signal }),
  });
}

/** One campaign, read again while it is not final, should the socket be silent. */
export function useCampaign(campaignId: string) {
  const interval = useLiveInterval(10_000);
  return useQuery({
    ...campaignQuery(useScope(), campaignId),
    refetchInterval: ({ state }) => (state.data && isCampaignFinal(state.data.status) ? false : interval),
  });
}

/** The war brief, or null while it is not written. */
export function useWarBrief(campaignId: string) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'campaigns', campaignId, 'war-brief'],
    queryFn: ({ signal }) =>
      api.campaigns.warBrief({ params: { campaign_id: campaignId }, signal }).catch((error: unknown) => {
        if (isClientError(error) && error.status === 404) return null;
        throw error;
      }),
  });
}

/** All assets of a campaign. */
export function useAssets(campaignId: string) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'campaigns', campaignId, 'assets'],
    queryFn: async ({ signal }) => {
      const call = { params: { campaign_id: campaignId }, signal };
      const assets = [];
      let cursor: string | undefined;
      do {
        const page = await api.campaigns.assets({ ...call, query: { limit: 200, cursor } });
        assets.push(...page.items);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined);
      return assets;
    },
  });
}

/** The sample campaigns that ship with the program. */
export function useSamples() {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'samples'],
    queryFn: ({ signal }) => api.campaigns.samples({ signal }),
    staleTime: Infinity,
  });
}

/** Forgets what is known of the workspace's campaigns, so that open pages read it again. */
function useForgetCampaigns() {
  const queryClient = useQueryClient();
  const { workspaceId } = useScope();
  return () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'campaigns'] });
}

/** Starts a sample campaign. */
export function useRunSample() {
  const { api } = useScope();
  const forget = useForgetCampaigns();
  return useMutation({
    mutationFn: (name: string) => api.campaigns.runSample({ params: { name } }),
    onSuccess: forget,
  });
}

/** Starts a campaign. */
export function useCreateCampaign() {
  const { api } = useScope();
  const forget = useForgetCampaigns();
  return useMutation({
    mutationFn: (input: { readonly brief: CampaignBriefInput; readonly documentIds: string[] }) =>
      api.campaigns.create({ body: { brief: input.brief, document_ids: input.documentIds } }),
    onSuccess: forget,
  });
}

/** What a campaign may cost at most; null while the brief is not complete. */
export function useEstimate(
  input: { readonly brief: CampaignBriefInput; readonly documentIds: readonly string[] } | null,
) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'costs', 'estimate', input],
    queryFn: ({ signal }) =>
      api.campaigns.estimate({
        body: { brief: input?.brief as CampaignBriefInput, document_ids: [...(input?.documentIds ?? [])] },
        signal,
      }),
    enabled: input !== null,
    placeholderData: keepPreviousData,
    staleTime: 60_000,
  });
}

/** Reads a brief out of documents. */
export function useSuggestBrief() {
  const { api } = useScope();
  return useMutation({
    mutationFn: (documentIds: string[]) =>
      api.campaigns.suggestBrief({ body: { document_ids: documentIds } }),
  });
}

/** A person's decision about a campaign's assets. */
export type Decision =
  | { readonly decision: 'approve'; readonly note: string }
  | { readonly decision: 'reject'; readonly note: string };

/** Approves or rejects a campaign that awaits it. */
export function useDecide(campaignId: string) {
  const { api, workspaceId } = useScope();
  const queryClient = useQueryClient();
  const forget = useForgetCampaigns();
  return useMutation({
    mutationFn: ({ decision, note }: Decision): Promise<Campaign> => {
      const params = { campaign_id: campaignId };
      return decision === 'approve'
        ? api.campaigns.approve({ params, body: note === '' ? {} : { note } })
        : api.campaigns.reject({ params, body: { note } });
    },
    onSuccess: (campaign) => {
      queryClient.setQueryData([workspaceId, 'campaigns', campaignId], campaign);
      return forget();
    },
  });
}
