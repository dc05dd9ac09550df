import { RaptorFlowError } from 'raptorflow/kernel';
import type { Executor } from 'raptorflow/resilience';

/** Runs what asks an issuer: the process's Periscope, so that a failing one is seen, contained and given up in time. */
export type IssuerExecutor = Pick<Executor, 'execute'>;

/** How an issuer is asked. */
export interface IssuerCall {
  readonly operation: 'identity.keys' | 'identity.discovery' | 'identity.code';
  /** The issuer: each has a circuit of its own. */
  readonly issuer: string;
  readonly url: string;
  /** What is sent, as a form; absent for a question. */
  readonly form?: URLSearchParams;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether asking twice is as good as once. */
  readonly repeatable: boolean;
}

/** An issuer's answer. */
export interface IssuerAnswer {
  readonly status: number;
  readonly body: unknown;
}

const attemptMsMax = 5_000;
const callMsMax = 10_000;
/** Key sets and discovery documents have a few kilobytes. */
const answerBytesMax = 512 * 1024;

/**
 * Asks an issuer for JSON. A redirect is not followed: keys come from where the issuer says, and from nowhere else.
 * Throws `unavailable` when it does not answer in time, answers with a failure of its own, or with something that is no JSON.
 */
export async function askIssuer(executor: IssuerExecutor, call: IssuerCall): Promise<IssuerAnswer> {
  const { operation, issuer, url, form, repeatable } = call;
  try {
    return await executor.execute(
      operation,
      async ({ signal }) => {
        const response = await fetch(url, {
          ...(form === undefined ? {} : { method: 'POST', body: form }),
          headers: { accept: 'application/json', ...call.headers },
          signal,
          redirect: 'error',
        });
        if (response.status >= 500 || response.status === 429) {
          await response.body?.cancel();
          throw new RaptorFlowError('unavailable', `${new URL(url).host} answered ${response.status}.`);
        }
        return { status: response.status, body: parse(await readText(response, url), url) };
      },
      {
        ...(repeatable ? {} : { retry: false }),
        timeoutMs: attemptMsMax,
        deadlineMs: callMsMax,
        breaker: `${operation}:${issuer}`,
      },
    );
  } catch (cause) {
    throw new RaptorFlowError(
      'unavailable',
      `The identity provider ${issuer} cannot be asked now. Try again soon; if it stays so, check that this machine reaches ${new URL(url).origin}.`,
      { cause, details: { issuer } },
    );
  }
}

async function readText(response: Response, url: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  const chunks: AsyncIterable<Uint8Array> | readonly Uint8Array[] = response.body ?? [];
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > answerBytesMax) {
      throw new RaptorFlowError(
        'unavailable',
        `${new URL(url).host} answered with more than ${answerBytesMax} bytes.`,
        { retryable: false },
      );
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function parse(text: string, url: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new RaptorFlowError(
      'unavailable',
      `${new URL(url).host} answered with something that is no JSON.`,
      { cause, retryable: false },
    );
  }
}
