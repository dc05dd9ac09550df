/** Reads the audit log and has it verified. */
import type {
  WireAuditActorKind,
  WireAuditPhase,
  WireAuditRow,
  WireAuditVerification,
} from '@raptorflow/contract';
import { useMutation } from '@tanstack/react-query';

import { useLiveInterval } from '../live/live-context.ts';
import { listQuery, type Listing, useListing } from './pages.ts';
import { useScope } from './scope.ts';

/** Whose chain: the workspace's, or as the operator that of the installation. */
export type AuditChain = 'workspace' | 'installation';

/** Which rows, in the words of the wire. */
export interface AuditFilter {
  readonly action?: string | undefined;
  readonly phase?: WireAuditPhase | undefined;
  readonly actor_kind?: WireAuditActorKind | undefined;
  readonly actor_id?: string | undefined;
  readonly target_id?: string | undefined;
  readonly agent_run_id?: string | undefined;
  readonly campaign_id?: string | undefined;
  readonly correlation_id?: string | undefined;
  readonly intent_id?: string | undefined;
  readonly from?: string | undefined;
  readonly to?: string | undefined;
}

const readEveryMs = 15_000;
/** A chain of millions of rows is walked in minutes. */
const walkMsMax = 600_000;

/** The rows of a chain, newest first. */
export function useAuditRows(chain: AuditChain, filter: AuditFilter): Listing<WireAuditRow> {
  const { api, workspaceId } = useScope();
  return useListing(
    listQuery([workspaceId, 'audit', chain, filter], (cursor, signal) => {
      const call = { query: { ...filter, cursor }, signal };
      return chain === 'installation' ? api.audit.installationList(call) : api.audit.list(call);
    }),
    useLiveInterval(readEveryMs),
  );
}

/** Walks the whole chain on the server. */
export function useAuditVerification(chain: AuditChain) {
  const { api, workspaceId } = useScope();
  return useMutation<WireAuditVerification>({
    // Another chain begins without the result of this one.
    mutationKey: [workspaceId, 'audit', chain, 'verify'],
    mutationFn: () =>
      chain === 'installation'
        ? api.audit.installationVerify({ timeoutMs: walkMsMax })
        : api.audit.verify({ timeoutMs: walkMsMax }),
  });
}

/** The address of the chain as a file. */
export function useAuditExportUrl(chain: AuditChain): string {
  return useScope().api.auditExportUrl(chain);
}
