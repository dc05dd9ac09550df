import { RaptorFlowError } from '../../kernel/index.ts';
import { classify, parseRetryAfter } from '../../resilience/index.ts';

/** An HTTP request that hands something over. */
export interface Post {
  /** What messages call the other side; the address may be a secret. */
  readonly what: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly signal: AbortSignal;
  /** Epoch milliseconds; a `Retry-After` that names a date counts from here. */
  readonly now: number;
}

/**
 * Posts once and resolves when the answer is 2xx. Rejects with `unavailable`, retryable where the status or the network says so; nothing of the
 * address but its host, and nothing of the answer but its status, is in the error.
 */
export async function post({ what, url, headers, body, signal, now }: Post): Promise<void> {
  const { host } = new URL(url);
  const answer = await send(what, host, () =>
    // A redirect would send the signed body to somebody else.
    fetch(url, { method: 'POST', headers, body, signal, redirect: 'manual' }),
  );
  await answer.body?.cancel();
  if (answer.ok) return;
  const verdict = classify({ status: answer.status });
  const retryAfterMs = parseRetryAfter(answer.headers.get('retry-after'), now);
  throw new RaptorFlowError('unavailable', `${what} at ${host} answered with status ${answer.status}.`, {
    retryable: verdict.kind !== 'permanent',
    details: { host, status: answer.status },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  });
}

async function send(what: string, host: string, request: () => Promise<Response>): Promise<Response> {
  try {
    return await request();
  } catch (error) {
    // The cause is left out: messages of the network name whole addresses.
    const reason = codeOf(error) ?? (error instanceof Error ? error.name : 'unknown');
    throw new RaptorFlowError('unavailable', `${what} at ${host} cannot be reached (${reason}).`, {
      details: { host, reason },
    });
  }
}

function codeOf(error: unknown): string | undefined {
  let cause = error;
  for (let depth = 0; depth < 4 && typeof cause === 'object' && cause !== null; depth += 1) {
    if ('code' in cause && typeof cause.code === 'string') return cause.code;
    cause = 'cause' in cause ? cause.cause : undefined;
  }
  return undefined;
}
