/** Requests as the contract reads them, and answers as it writes them. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type RouteDefinition, routes } from '@raptorflow/contract';

/** A request whose parts hold to the contract. */
export interface WireRequest {
  readonly params: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** Answers a request; what it answers is checked against the contract. */
export type WireHandler = (request: WireRequest) => unknown;

/** A failure to be told in the wire's own form. */
export interface WireFailure {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

interface Found {
  /** `raptor.start`. */
  readonly name: string;
  readonly route: RouteDefinition;
  readonly params: Readonly<Record<string, string>>;
}

/** The route of the contract that a request is for. */
export function findRoute(method: string, path: string): Found | undefined {
  const groups: [string, Readonly<Record<string, RouteDefinition>>][] = Object.entries(routes);
  const all = groups.flatMap(([resource, group]) =>
    Object.entries(group).map(([operation, route]) => ({ name: `${resource}.${operation}`, route })),
  );
  for (const { name, route } of all) {
    if (route.method !== method) continue;
    const pattern = new RegExp(`^${route.path.replaceAll(/:(\w+)/gu, '(?<$1>[^/]+)')}$`, 'u');
    const match = pattern.exec(path);
    if (!match) continue;
    const params = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decodeURIComponent(value)]);
    return { name, route, params: Object.fromEntries(params) };
  }
  return undefined;
}

/** Reads a request by its route's schemas; throws what zod throws when it does not hold to them. */
export async function readRequest(
  request: IncomingMessage,
  { route, params }: Found,
  query: URLSearchParams,
): Promise<WireRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString();
  const fields: Record<string, unknown> = Object.fromEntries(query);
  return {
    params: route.params?.parse(params) ?? {},
    query: route.query?.parse(fields) ?? {},
    body: route.body?.parse(text === '' ? {} : JSON.parse(text)),
  };
}

/** Writes an answer as JSON. */
export function answerJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json', 'x-correlation-id': 'cor_rig' });
  response.end(JSON.stringify(body));
}

/** Writes a failure as the wire tells it. */
export function answerFailure(response: ServerResponse, failure: WireFailure): void {
  const { status, code, message } = failure;
  answerJson(response, status, { error: { code, message, details: {} }, correlation_id: 'cor_rig' });
}
