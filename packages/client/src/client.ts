/** The typed HTTP client: one method per route of the contract. */
import type { ResourceName, RouteCall, RouteResponse, Routes } from '@raptorflow/contract';

import { addresses } from './addresses.ts';
import { ClientError } from './error.ts';
import { buildUrl, send, type CallOptions, type CallParts, type Transport } from './request.ts';

/** How to reach a server. */
export interface ClientOptions {
  /** Where it is, for example `http://localhost:8001`; in a browser '' means the page's own origin. */
  readonly baseUrl: string;
  /** Bearer token. Absent in a browser, where the session cookie serves. */
  readonly token?: string;
  /** The workspace every call is about; the server picks the caller's first when absent. */
  readonly workspaceId?: string;
  /** Longest wait for an answer, in milliseconds; 30,000 by default. */
  readonly timeoutMs?: number;
  /** Sends requests; the platform's own `fetch` by default. */
  readonly fetch?: typeof globalThis.fetch;
}

type FileBody<D> = D extends { readonly encoding: 'multipart' }
  ? { body: FormData }
  : D extends { readonly encoding: 'bytes' }
    ? { body: Blob }
    : unknown;

type Call<D> = FileBody<D> & RouteCall<D> & CallOptions;

/** A route as a method: its argument may be left out when nothing in it is required. */
export type Operation<D> =
  Partial<Call<D>> extends Call<D>
    ? (call?: Call<D>) => Promise<RouteResponse<D>>
    : (call: Call<D>) => Promise<RouteResponse<D>>;

/** Every route by resource and operation, for example `client.campaigns.get({ params: { campaign_id } })`. */
export type ClientResources = {
  readonly [R in ResourceName]: { readonly [O in keyof Routes[R]]: Operation<Routes[R][O]> };
};

/** A client. Its methods throw `ClientError` and nothing else. */
export type Client = ClientResources & {
  /** The same client, bound to a workspace. */
  readonly inWorkspace: (workspaceId: string) => Client;
  /** The address of an export of the audit log: the workspace's chain, or the installation's. */
  readonly auditExportUrl: (chain: 'workspace' | 'installation') => string;
  /** The address of a package download, for a link that the browser follows by itself. */
  readonly packageUrl: (campaignId: string, format: 'markdown' | 'html') => string;
  /** The address of everything that is stored of a workspace, for a link that the browser follows by itself. */
  readonly exportUrl: (workspaceId: string) => string;
  /** The same for costs as CSV: their sums, or every single call. */
  readonly costsUrl: (what: 'sums' | 'lines', query: Readonly<Record<string, string>>) => string;
};

/** Makes a client. It holds no connection; throws `ClientError` (`invalid_options`) when the address is not one. */
export function createClient(options: ClientOptions): Client {
  const transport = transportOf(options);
  const resources = Object.fromEntries(
    Object.entries(addresses).map(([resource, group]) => [resource, operationsOf(transport, group)]),
  ) as unknown as ClientResources;
  return Object.freeze({
    ...resources,
    inWorkspace: (workspaceId: string) => createClient({ ...options, workspaceId }),
    auditExportUrl: (chain: 'workspace' | 'installation') =>
      chain === 'installation'
        ? buildUrl(transport.baseUrl, '/api/v1/audit/installation/export', {})
        : buildUrl(transport.baseUrl, '/api/v1/audit/export', {
            query: { workspace_id: transport.workspaceId },
          }),
    exportUrl: (workspaceId: string) =>
      buildUrl(transport.baseUrl, '/api/v1/workspaces/:workspace_id/export', {
        params: { workspace_id: workspaceId },
      }),
    packageUrl: (campaignId: string, format: 'markdown' | 'html') =>
      buildUrl(transport.baseUrl, '/api/v1/campaigns/:campaign_id/package', {
        params: { campaign_id: campaignId },
        query: { format, workspace_id: transport.workspaceId },
      }),
    costsUrl: (what: 'sums' | 'lines', query: Readonly<Record<string, string>>) =>
      buildUrl(transport.baseUrl, what === 'sums' ? '/api/v1/costs' : '/api/v1/costs/lines', {
        query: { ...query, format: 'csv', workspace_id: transport.workspaceId },
      }),
  });
}

function operationsOf(
  transport: Transport,
  group: Readonly<Record<string, string>>,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(group).map(([operation, address]) => [
      operation,
      (call: CallParts & CallOptions = {}) => send(transport, address, call),
    ]),
  );
}

function transportOf(options: ClientOptions): Transport {
  const baseUrl = options.baseUrl.replace(/\/+$/u, '');
  if (baseUrl !== '' && !/^https?:\/\/[^/\s]+/u.test(baseUrl)) {
    throw new ClientError(`"${options.baseUrl}" is no address. Write it as "http://localhost:8001".`, {
      code: 'invalid_options',
      status: 0,
    });
  }
  return {
    baseUrl,
    token: options.token ?? null,
    workspaceId: options.workspaceId ?? null,
    timeoutMs: options.timeoutMs ?? 30_000,
    // A bound call: browsers refuse their fetch as a method of another object.
    fetch: options.fetch ?? ((input, init) => globalThis.fetch(input, init)),
  };
}
