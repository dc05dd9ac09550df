/** The audit log: a workspace's chain for its admins, the installation's for its operator. */
import { Readable } from 'node:stream';
import { routes } from '@raptorflow/contract';
import { headToRecord, installationChain, readSignedHead, type AuditLog } from '@raptorflow/runtime';
import type { FastifyInstance } from 'fastify';
import type { Clock } from 'raptorflow/kernel';
import type { Call } from '../call.ts';
import { registerRoutes, replied, type RegisterDeps } from '../register.ts';
import { filterFromWire, rowToWire, verificationToWire } from './audit-wire.ts';

/** What the routes of the audit log answer from. */
export interface AuditRouteDeps extends RegisterDeps {
  readonly chains: Pick<AuditLog, 'export' | 'head' | 'keys' | 'query' | 'verify'>;
  readonly clock: Clock;
}

type Verified = ReturnType<typeof verificationToWire>;

/** Registers `/api/v1/audit`. */
export function registerAuditRoutes(app: FastifyInstance, deps: AuditRouteDeps): void {
  const { chains, clock } = deps;
  /** Walks under way: who asks for the same meanwhile waits for it. */
  const walks = new Map<string, Promise<Verified>>();

  const walk = async (chain: string, head: string | undefined): Promise<Verified> => {
    const began = clock.monotonic();
    const found = await chains.verify(chain, head === undefined ? {} : { head: readSignedHead(head) });
    return verificationToWire(found, { verifiedAtMs: clock.now(), durationMs: clock.monotonic() - began });
  };
  const verify = (chain: string, head: string | undefined): Promise<Verified> => {
    const key = JSON.stringify([chain, head]);
    const walking = walks.get(key) ?? walk(chain, head).finally(() => walks.delete(key));
    walks.set(key, walking);
    return walking;
  };
  const list = async (chain: string, query: Parameters<typeof filterFromWire>[0]) => {
    const { items, nextCursor } = await chains.query(chain, filterFromWire(query));
    return { items: items.map(rowToWire), next_cursor: nextCursor };
  };
  const head = async (chain: string) => {
    const [end, { signingKeyId, keys }] = await Promise.all([chains.head(chain), chains.keys()]);
    return {
      head: end === null ? null : headToRecord(end),
      signing_key_id: signingKeyId,
      keys: keys.map((key) => ({
        key_id: key.keyId,
        public_key: key.publicKey,
        endorsed_by: key.endorsedBy,
        endorsement: key.endorsement,
      })),
    };
  };
  const download = (chain: string, call: Call): Promise<typeof replied> =>
    // Whoever takes the chain away stands in it, too.
    call.audited({ action: 'audit.export', target: { kind: 'chain', id: chain } }, () => {
      void call.reply
        .type('application/x-ndjson; charset=utf-8')
        .header('content-disposition', `attachment; filename="audit-${chain}.jsonl"`)
        .send(Readable.from(chains.export(chain)));
      return replied;
    });

  registerRoutes(
    app,
    routes.audit,
    {
      export: (_input, call) => download(call.workspaceId, call),
      head: (_input, call) => head(call.workspaceId),
      installationExport: (_input, call) => download(installationChain, call),
      installationHead: () => head(installationChain),
      installationList: ({ query }) => list(installationChain, query),
      installationVerify: ({ query }) => verify(installationChain, query.head),
      list: ({ query }, call) => list(call.workspaceId, query),
      verify: ({ query }, call) => verify(call.workspaceId, query.head),
    },
    deps,
  );
}
