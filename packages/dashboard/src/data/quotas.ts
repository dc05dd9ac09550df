/** Reads quotas with what is used of each, and changes them. */
import type { WireQuotaDraft } from '@raptorflow/contract';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';

import type { MetricScope } from './addressed-scope.ts';
import { useLiveInterval } from '../live/live-context.ts';
import { useScope } from './scope.ts';

const readEveryMs = 10_000;

/** The quotas that count here, what is used of each, and what waits for an answer. */
export function useQuotas(scope: MetricScope) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'quotas', 'list', scope],
    queryFn: async ({ signal }) => (await api.quotas.list({ query: { scope }, signal })).data,
    refetchInterval: useLiveInterval(readEveryMs),
  });
}

/** Requests that did not fit, newest first: those nobody has dealt with, or all on record. */
export function useViolations(scope: MetricScope, { all }: { readonly all: boolean }) {
  const { api, workspaceId } = useScope();
  return useQuery({
    queryKey: [workspaceId, 'quotas', 'violations', scope, all],
    queryFn: async ({ signal }) => {
      const query = { scope, limit: 200, ...(all ? {} : { resolved: false }) };
      return (await api.quotas.violations({ query, signal })).data;
    },
    refetchInterval: useLiveInterval(readEveryMs),
  });
}

/** A change after which everything about quotas is read again. */
function useQuotaMutation<Input, Result>(change: (input: Input) => Promise<Result>) {
  const { workspaceId } = useScope();
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => queryClient.invalidateQueries({ queryKey: [workspaceId, 'quotas'] }),
  });
}

/** What somebody writes of a quota; whom it is limited to and its tags are not written here. */
export type WrittenQuota = Omit<WireQuotaDraft, 'quota_id' | 'user_id' | 'tags'>;

/** Adds a quota. */
export function useCreateQuota(scope: MetricScope) {
  const { api } = useScope();
  return useQuotaMutation((body: WrittenQuota) => api.quotas.create({ query: { scope }, body }));
}

/** Changes a quota; what is not named stays. */
export function useUpdateQuota(scope: MetricScope, quotaId: string) {
  const { api } = useScope();
  return useQuotaMutation((body: WrittenQuota) =>
    api.quotas.update({ params: { quota_id: quotaId }, query: { scope }, body }),
  );
}

/** Removes a quota. */
export function useRemoveQuota(scope: MetricScope) {
  const { api } = useScope();
  return useQuotaMutation((quotaId: string) =>
    api.quotas.remove({ params: { quota_id: quotaId }, query: { scope } }),
  );
}

/** Lets usage begin at nothing for everybody. */
export function useResetQuota(scope: MetricScope) {
  const { api } = useScope();
  return useQuotaMutation((quotaId: string) =>
    api.quotas.reset({ params: { quota_id: quotaId }, query: { scope } }),
  );
}

/** Notes that a violation has been dealt with. */
export function useResolveViolation(scope: MetricScope) {
  const { api } = useScope();
  return useQuotaMutation((violationId: string) =>
    api.quotas.resolve({ params: { violation_id: violationId }, query: { scope } }),
  );
}

/** Grants or refuses a request that waits. */
export function useDecideApproval(scope: MetricScope) {
  const { api } = useScope();
  return useQuotaMutation(
    ({ approvalId, approve }: { readonly approvalId: string; readonly approve: boolean }) =>
      api.quotas.decide({ params: { approval_id: approvalId }, query: { scope }, body: { approve } }),
  );
}
