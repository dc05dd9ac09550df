import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { RaptorFlowError, type Clock } from '../../kernel/index.ts';

/** How requests are sent. */
export interface PostSettings {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly compression: 'gzip' | 'none';
  readonly timeoutMs: number;
}

/** Sends request bodies to one address, over connections of its own that it keeps. */
export interface PostBox {
  /**
   * Sends the body and answers the body of the answer. Throws `cancelled` when the signal aborts, `timeout`, `unavailable` when the
   * other side cannot be reached or says that it is worth a retry (429, 502, 503, 504; `retryAfterMs` is what it asks for), and
   * `invalid_input` when it refuses the request for good.
   */
  post(body: string, signal: AbortSignal): Promise<string>;
  /** Closes the connections. */
  close(): void;
}

const answerBytesMax = 65_536;
const retryableStatuses = new Set([429, 502, 503, 504]);
const gzipped = promisify(gzip);

/** Builds it; the settings have been checked. */
export function createPostBox(settings: PostSettings, clock: Clock): PostBox {
  const secure = settings.url.protocol === 'https:';
  const agent = secure
    ? new HttpsAgent({ keepAlive: true, maxSockets: 2 })
    : new HttpAgent({ keepAlive: true, maxSockets: 2 });

  const send = (body: Uint8Array, headers: Record<string, string>, signal: AbortSignal): Promise<string> =>
    new Promise((resolve, reject) => {
      const request = (secure ? requestHttps : requestHttp)(
        settings.url,
        { method: 'POST', agent, headers, signal },
        (answer) => {
          readAnswer(answer).then((text) => {
            const status = answer.statusCode ?? 0;
            if (status >= 200 && status < 300) resolve(text);
            else reject(refusal(status, text, answer.headers['retry-after'], clock));
          }, reject);
        },
      );
      request.once('error', reject);
      request.end(body);
    });

  return {
    post: async (body, signal) => {
      const zipped = settings.compression === 'gzip';
      const bytes = zipped ? await gzipped(body) : new TextEncoder().encode(body);
      const headers = {
        ...settings.headers,
        'content-type': 'application/json',
        'content-length': String(bytes.length),
        ...(zipped && { 'content-encoding': 'gzip' }),
      };
      const late = new AbortController();
      const timer = clock.setTimeout(() => late.abort(), settings.timeoutMs).unref();
      try {
        return await send(bytes, headers, AbortSignal.any([signal, late.signal]));
      } catch (error) {
        throw explain(error, signal, late.signal, settings);
      } finally {
        timer.cancel();
      }
    },
    close: () => agent.destroy(),
  };
}

async function readAnswer(answer: IncomingMessage): Promise<string> {
  let text = '';
  answer.setEncoding('utf8');
  for await (const chunk of answer) {
    if (text.length < answerBytesMax) text += String(chunk);
  }
  return text;
}

function refusal(
  status: number,
  text: string,
  retryAfter: string | undefined,
  clock: Clock,
): RaptorFlowError {
  const retryable = retryableStatuses.has(status);
  const after = retryAfterMs(retryAfter, clock);
  const message = `The collector answered ${status}${text === '' ? '' : `: ${text.slice(0, 200)}`}.`;
  return new RaptorFlowError(retryable ? 'unavailable' : 'invalid_input', message, {
    details: { status },
    ...(retryable && after !== undefined && { retryAfterMs: after }),
  });
}

/** Retry-After is a number of seconds or a date. */
function retryAfterMs(text: string | undefined, clock: Clock): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  const ms = Number.isFinite(seconds) ? seconds * 1_000 : Date.parse(text) - clock.now();
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function explain(
  error: unknown,
  signal: AbortSignal,
  late: AbortSignal,
  { url, timeoutMs }: PostSettings,
): RaptorFlowError {
  if (error instanceof RaptorFlowError) return error;
  if (signal.aborted) return new RaptorFlowError('cancelled', 'The push was cancelled.', { cause: error });
  if (late.aborted) {
    return new RaptorFlowError('timeout', `${url.host} did not answer within ${timeoutMs} ms.`, {
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new RaptorFlowError('unavailable', `${url.host} cannot be reached: ${reason}.`, { cause: error });
}
