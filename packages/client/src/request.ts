/** How a call becomes a request, and an answer a value. */
import { ClientError, errorOfResponse } from './error.ts';

/** What one call carries; the parts that the route declares, and how to send them. */
export interface CallParts {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** What any call may add. */
export interface CallOptions {
  /** Cancels the call. */
  readonly signal?: AbortSignal;
  /** Longest wait for the answer, in milliseconds; the client's when absent. */
  readonly timeoutMs?: number;
  /** Makes a POST safe to send twice within 24 h: the second answers what the first did. */
  readonly idempotencyKey?: string;
}

/** How requests are sent, the same for every call of a client. */
export interface Transport {
  readonly baseUrl: string;
  readonly token: string | null;
  readonly workspaceId: string | null;
  readonly timeoutMs: number;
  readonly fetch: typeof globalThis.fetch;
}

/** Fills a path's parameters and appends the query; parameters are encoded, so no value can leave its segment. */
export function buildUrl(baseUrl: string, path: string, call: CallParts): string {
  const filled = path.replaceAll(/:(\w+)/gu, (_match, name: string) => {
    const value = call.params?.[name];
    if (value === undefined || value === null || value === '') {
      throw new ClientError(`The parameter "${name}" of ${path} is missing.`, {
        code: 'invalid_call',
        status: 0,
      });
    }
    return encodeURIComponent(textOf(name, value));
  });
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call.query ?? {})) {
    if (value !== undefined && value !== null) query.set(name, textOf(name, value));
  }
  const suffix = query.size === 0 ? '' : `?${query.toString()}`;
  return `${baseUrl}${filled}${suffix}`;
}

/** Sends one call and reads the answer: JSON as a value, any other text as a string. Throws {@link ClientError}. */
export async function send(
  transport: Transport,
  address: string,
  call: CallParts & CallOptions,
): Promise<unknown> {
  const [method = 'GET', path = '/'] = address.split(' ');
  const url = buildUrl(transport.baseUrl, path, call);
  const timeoutMs = call.timeoutMs ?? transport.timeoutMs;
  const timeout = AbortSignal.timeout(timeoutMs);
  const signal = call.signal ? AbortSignal.any([call.signal, timeout]) : timeout;
  const { fetch } = transport;
  let response: Response;
  let text: string;
  try {
    response = await fetch(url, {
      method,
      signal,
      headers: headersOf(transport, call),
      credentials: 'same-origin',
      ...bodyOf(method, call.body),
    });
    // Health answers 503 with its report: a bad state well told is an answer, not a failure to get one.
    const told = response.ok || (path.startsWith('/health') && response.status === 503);
    if (!told) throw await errorOfResponse(response);
    text = await response.text();
  } catch (error) {
    throw error instanceof ClientError ? error : transportError(error, url, timeoutMs, call.signal);
  }
  return readBody(response, text);
}

function headersOf(transport: Transport, call: CallParts & CallOptions): Headers {
  const headers = new Headers({ accept: 'application/json, text/*;q=0.9' });
  if (transport.token !== null) headers.set('authorization', `Bearer ${transport.token}`);
  if (transport.workspaceId !== null) headers.set('x-workspace-id', transport.workspaceId);
  if (call.idempotencyKey !== undefined) headers.set('idempotency-key', call.idempotencyKey);
  if (call.body instanceof Blob) headers.set('content-type', call.body.type || 'application/octet-stream');
  else if (call.body !== undefined && !(call.body instanceof FormData))
    headers.set('content-type', 'application/json');
  return headers;
}

function bodyOf(method: string, body: unknown): { body?: BodyInit } {
  if (method === 'GET' || body === undefined) return {};
  return { body: body instanceof FormData || body instanceof Blob ? body : JSON.stringify(body) };
}

function readBody(response: Response, text: string): unknown {
  if (response.status === 204) return undefined;
  const type = response.headers.get('content-type') ?? '';
  // JSON Lines are a text of many values.
  if (!/\/(?:[\w.-]+\+)?json\b/u.test(type)) return text;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ClientError('The server answered something that is not JSON, though it says so.', {
      code: 'unexpected_response',
      status: response.status,
      cause,
    });
  }
}

function transportError(
  cause: unknown,
  url: string,
  timeoutMs: number,
  callerSignal: AbortSignal | undefined,
): ClientError {
  const origin = originOf(url);
  if (callerSignal?.aborted)
    return new ClientError('The call was cancelled.', { code: 'cancelled', status: 0, cause });
  if (cause instanceof Error && cause.name === 'TimeoutError') {
    const seconds = timeoutMs / 1000;
    return new ClientError(
      `${origin} did not answer within ${seconds} s. Try again, or check the server's load.`,
      {
        code: 'timeout',
        status: 0,
        cause,
      },
    );
  }
  return new ClientError(`${origin} cannot be reached. Check that RaptorFlow is running there.`, {
    code: 'unreachable',
    status: 0,
    cause,
  });
}

function textOf(name: string, value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return `${value}`;
  throw new ClientError(`"${name}" must be text, a number or a yes or no.`, {
    code: 'invalid_call',
    status: 0,
  });
}

function originOf(url: string): string {
  return /^[a-z]+:\/\/[^/]+/u.exec(url)?.[0] ?? 'The server';
}
