import type { WireLeak, WireQuotaApproval, WireResource, WireResourceSummary } from '@raptorflow/contract';
import type { Page } from 'playwright-core';

const minuteMs = 60_000;
const stack = [
  'at openIndex (file:///srv/agents/search.ts:41:19)',
  'at Searcher.run (file:///srv/agents/search.ts:88:5)',
].join('\n');

/** What an agent of the workspace forgot, what another one works with, what is of a workspace that the reader may not enter, and what the server itself has open. */
export function openThings(workspaceId: string): readonly WireResource[] {
  const thing = (id: string, change: Partial<WireResource>): WireResource => ({
    resource_id: id,
    resource_type: 'file_handle',
    status: 'active',
    created_at: new Date(Date.now() - 2 * minuteMs).toISOString(),
    last_accessed: new Date(Date.now() - 1_000).toISOString(),
    age_ms: 2 * minuteMs,
    idle_ms: 1_000,
    size_bytes: 0,
    owner: null,
    workspace_id: workspaceId,
    agent_id: null,
    run_id: null,
    lease_id: null,
    call_site: 'documents.read',
    metadata: null,
    error: null,
    ...change,
  });
  const forgotten = {
    status: 'leaked',
    age_ms: 190 * minuteMs,
    idle_ms: 170 * minuteMs,
    size_bytes: 48_000_000,
    owner: 'research',
    agent_id: 'agt_01890a5d-ac96-774b-bcce-b302099a8057',
    run_id: 'run_01890a5d-ac96-774b-bcce-b302099a8058',
    call_site: stack,
  } as const;
  return [
    thing('fh_1', forgotten),
    thing('fh_2', {}),
    thing('prc_1', {
      resource_type: 'process',
      status: 'error',
      error: 'The process 4711 did not end within 10 s.',
      owner: 'render',
      call_site: 'render.chromium',
    }),
    thing('tmp_1', {
      resource_type: 'temporary_file',
      workspace_id: 'wsp_elsewhere',
      run_id: 'run_elsewhere',
      call_site: 'export.write',
    }),
    thing('net_1', {
      resource_type: 'network_connection',
      status: 'idle',
      idle_ms: 6 * minuteMs,
      age_ms: 30 * minuteMs,
      workspace_id: null,
      call_site: null,
    }),
  ];
}

const accuracy = { confirmed: 41, wrong: 2, missed: 1, open: 2, precision: 41 / 43, recall: 41 / 42 };

/** The numbers of these. */
export function summaryOf(things: readonly WireResource[], leaks: number): WireResourceSummary {
  const countBy = (key: 'resource_type' | 'status'): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (const { [key]: name } of things) counts[name] = (counts[name] ?? 0) + 1;
    return counts;
  };
  return {
    process: 'api-1',
    total_resources: things.length,
    total_bytes: things.reduce((sum, { size_bytes: size }) => sum + size, 0),
    resources_by_type: countBy('resource_type'),
    resources_by_status: { active: 0, idle: 0, leaked: 0, cleaned_up: 0, error: 0, ...countBy('status') },
    total_leaks: leaks,
    quota_violations: 0,
    accuracy,
    metrics: {
      total_resources_created: 10_482,
      total_resources_released: 10_301,
      total_resources_cleaned: 177,
      bytes_freed: 912_000_000,
    },
  };
}

/** A forgotten handle, and a figure that grows. */
export function leaksAmong(things: readonly WireResource[]): readonly WireLeak[] {
  const resource = things.find(({ status }) => status === 'leaked') ?? null;
  const found = new Date(Date.now() - 4 * minuteMs).toISOString();
  return [
    {
      leak_id: 'leak_1',
      reason: 'call_site',
      severity: 'critical',
      leak_detected_at: found,
      resource_type: 'file_handle',
      resource_id: resource?.resource_id ?? null,
      leak_duration_seconds: 11_400,
      call_site: stack,
      evidence: { age_ms: 11_400_000, idle_ms: 10_200_000, usual_lifetime_ms: 4_200, releases_seen: 318 },
      description:
        'file_handle fh_1 of research is open for 3 h and unused for 2 h; what is opened there is usually released within 4 s.',
      suggested_action:
        'URGENT: release it where it was opened; to close it now, clean up type file_handle by its owner.',
      resource,
    },
    {
      leak_id: 'growth_heap',
      reason: 'growth',
      severity: 'medium',
      leak_detected_at: found,
      resource_type: 'heap_used_bytes',
      resource_id: null,
      leak_duration_seconds: 240,
      call_site: null,
      evidence: { from: 84_000_000, to: 171_000_000, looks: 8 },
      description: 'heap_used_bytes keeps growing: from 84 MB to 171 MB over 8 looks.',
      suggested_action: 'find out what keeps adding bytes and never removes them.',
      resource: null,
    },
  ];
}

/** A request that waits. */
export function waitingRequest(workspaceId: string, quotaId: string): WireQuotaApproval {
  return {
    approval_id: 'qap_1',
    quota_id: quotaId,
    resource_type: 'llm_tokens',
    amount: 5_000,
    current_usage: 98_000,
    limit: 100_000,
    workspace_id: workspaceId,
    user_id: 'usr_ada',
    agent_id: null,
    run_id: 'run_01890a5d-ac96-774b-bcce-b302099a8058',
    asked_at: new Date(Date.now() - 20_000).toISOString(),
    expires_at: new Date(Date.now() + 10 * minuteMs).toISOString(),
  };
}

/** Lets the page read this where it asks for it; the rest of the answer stays the server's. */
export async function answering(
  page: Page,
  path: string | RegExp,
  change: (body: { data: unknown; total?: number }) => object,
): Promise<void> {
  await page.route(
    (url) => (typeof path === 'string' ? url.pathname === path : path.test(url.pathname)),
    async (route) => {
      if (route.request().method() !== 'GET') return route.fallback();
      const response = await route.fetch();
      const body = (await response.json()) as { data: unknown; total?: number };
      return route.fulfill({ response, json: { ...body, ...change(body) } });
    },
  );
}
