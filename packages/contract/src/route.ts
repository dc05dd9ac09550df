/**
 * What a route is, as data. The platform registers its routes from these definitions and the client is typed by them,
 * so neither can drift from the other.
 */
import type { z } from 'zod';

/** Every HTTP method the wire uses. */
export type HttpMethod = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

/**
 * The least a caller must be.
 *
 * - `public`: anybody, signed in or not.
 * - `user`: anybody signed in; no workspace is resolved.
 * - `viewer` … `owner`: that role, or a higher one, in the resolved workspace (header `X-Workspace-Id`, query
 *   `workspace_id`, path parameter, else the user's first).
 * - `operator`: the installation's operator, whatever the workspace.
 */
export type RouteRole = 'public' | 'user' | 'viewer' | 'member' | 'admin' | 'owner' | 'operator';

/** How the answer's body is written. `stream` is JSON or, when the body asks for it, server-sent events. */
export type ResponseFormat = 'json' | 'text' | 'stream' | 'none';

/** One route. Path parameters are written `:name`, as Fastify and the client read them. */
export interface RouteDefinition {
  readonly method: HttpMethod;
  readonly path: string;
  readonly role: RouteRole;
  /** The resource, as the reference page groups it. */
  readonly tag: string;
  /** One line, an imperative: "List the workspace's agents." */
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly response: z.ZodType;
  /** Status of a success; 200 when absent. */
  readonly status?: 200 | 201 | 202 | 204;
  /** `json` when absent. */
  readonly format?: ResponseFormat;
  /**
   * `multipart` bodies are form data with files in the field `file`; `bytes` are one file of any media type, read as it comes;
   * `json` when absent.
   */
  readonly encoding?: 'json' | 'multipart' | 'bytes';
  /** What an API key that is narrowed must be narrowed to, to call a route that does more than read; none when absent. */
  readonly scope?: 'dispatch';
  /** Largest body the route reads, in bytes; the platform's default when absent. */
  readonly bodyBytesMax?: number;
  /** The answer holds a secret that is shown once: it is not kept for a repeated request with the same idempotency key. */
  readonly answersSecret?: true;
  /** Something that is tried over and over to get in, such as a sign-in: counted by the stricter limit of an address. */
  readonly countedAsAttempt?: true;
}

/** Routes of one resource by operation. */
export type RouteGroup = Readonly<Record<string, RouteDefinition>>;

type Part = 'params' | 'query' | 'body';

type CallPart<D, K extends Part> = D extends { readonly [P in K]: infer S extends z.ZodType }
  ? Partial<z.input<S>> extends z.input<S>
    ? { [P in K]?: z.input<S> }
    : { [P in K]: z.input<S> }
  : unknown;

type ParsedPart<D, K extends Part> = D extends { readonly [P in K]: infer S extends z.ZodType }
  ? { [P in K]: z.output<S> }
  : unknown;

/** What a caller passes: `{ params, query, body }`, each present only where the route has it. */
export type RouteCall<D> = CallPart<D, 'params'> & CallPart<D, 'query'> & CallPart<D, 'body'>;

/** What the handler receives after validation, defaults filled in. */
export type RouteRequest<D> = ParsedPart<D, 'params'> & ParsedPart<D, 'query'> & ParsedPart<D, 'body'>;

/** What the handler must answer, before the response schema has filled in defaults. */
export type RouteReply<D> = D extends { readonly response: infer S extends z.ZodType } ? z.input<S> : never;

/** What the caller gets. */
export type RouteResponse<D> = D extends { readonly response: infer S extends z.ZodType }
  ? z.output<S>
  : never;

/** Checks a group of routes against {@link RouteDefinition} and keeps its exact type. */
export function defineRoutes<const G extends RouteGroup>(group: G): G {
  return group;
}
