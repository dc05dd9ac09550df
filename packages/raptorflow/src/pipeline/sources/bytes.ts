import { createReadStream } from 'node:fs';
import { z } from 'zod';
import { parseOptions, RaptorFlowError, systemClock, type Clock } from '../../kernel/index.ts';
import { exponentialBackoff, retry, type BackoffOptions } from '../../resilience/index.ts';
import type { OpenBytes, Reading, Source } from '../source.ts';

/** The bytes of a file. Reading throws `not_found` or `unavailable`. */
export function fileBytes(path: string): OpenBytes {
  return async function* read(signal) {
    try {
      yield* createReadStream(path, { signal, highWaterMark: 256 * 1024 });
    } catch (error) {
      if (signal.aborted) throw error;
      const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
      throw new RaptorFlowError(
        isAbsent ? 'not_found' : 'unavailable',
        isAbsent ? `There is no file ${path}.` : `The file ${path} cannot be read.`,
        { cause: error },
      );
    }
  };
}

/** How a document is fetched. */
export interface HttpSourceOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** A longer document breaks the source with `exhausted`. Default 1 GiB. */
  readonly bytesMax?: number;
  /** How long the other side may be silent, for its answer and between two pieces of it, milliseconds. Default 30,000. */
  readonly silenceMs?: number;
  /** How a request that fails before it is answered is repeated. Default: three retries from one second, full jitter. */
  readonly retry?: BackoffOptions;
}

/** What fetching is given. */
export interface HttpSourceDeps {
  readonly clock?: Clock;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
}

const optionsSchema = z.strictObject({
  headers: z.record(z.string(), z.string()).default({}),
  bytesMax: z
    .int()
    .positive()
    .default(1024 ** 3),
  silenceMs: z.int().positive().default(30_000),
  retry: z.record(z.string(), z.unknown()).optional(),
});

/**
 * A document fetched over HTTP, read by another source: `httpSource(url, (bytes) => jsonSource(bytes, { path: 'objects' }))`. The request is
 * repeated while nothing of an answer has been read; one that breaks in its middle breaks the source with `unavailable`, and a resumed run
 * fetches it anew and passes over what it had. Throws `invalid_options`; reading throws `unavailable`, `timeout` and `exhausted`.
 */
export function httpSource<In>(
  url: string,
  read: (bytes: OpenBytes) => Source<In>,
  options: HttpSourceOptions = {},
  deps: HttpSourceDeps = {},
): Source<In> {
  const checked = parseOptions('httpSource', optionsSchema, options);
  const backoff = exponentialBackoff(options.retry);
  const clock = deps.clock ?? systemClock;
  const open: OpenBytes = async function* fetched(signal) {
    const silence = new Silence(clock, checked.silenceMs, signal, url);
    try {
      const request = (): Promise<Response> =>
        silence.bound((until) =>
          answerOf(deps.fetch ?? fetch, url, { headers: checked.headers, signal: until }),
        );
      const response = await retry(request, { backoff, signal }, { clock });
      let bytes = 0;
      const chunks = chunksOf(response);
      for (;;) {
        const chunk = await silence.bound(() => chunks.next());
        if (chunk.done) return;
        bytes += chunk.value.byteLength;
        if (bytes > checked.bytesMax) {
          throw new RaptorFlowError(
            'exhausted',
            `${url} is longer than bytesMax, ${checked.bytesMax} bytes.`,
          );
        }
        yield chunk.value;
      }
    } finally {
      silence.end();
    }
  };
  return { ...read(open), name: url };
}

async function* chunksOf(response: Response): AsyncGenerator<Uint8Array, void, undefined> {
  if (response.body) yield* response.body as AsyncIterable<Uint8Array>;
}

async function answerOf(send: typeof fetch, url: string, init: RequestInit): Promise<Response> {
  const response = await send(url, init);
  if (response.ok) return response;
  await response.body?.cancel();
  const { status, headers } = response;
  const isPassing = status === 408 || status === 429 || status >= 500;
  const after = Number(headers.get('retry-after'));
  throw new RaptorFlowError('unavailable', `${url} answered with status ${status}.`, {
    retryable: isPassing,
    details: { status },
    ...(after > 0 && { retryAfterMs: after * 1_000 }),
  });
}

/** Ends a request whose other side says nothing for too long, and when the run ends. */
class Silence {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #abort: AbortController = new AbortController();
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;
  readonly #url: string;

  constructor(clock: Clock, ms: number, signal: AbortSignal, url: string) {
    this.#clock = clock;
    this.#ms = ms;
    this.#signal = signal;
    this.#url = url;
    this.#onAbort = (): void => this.#abort.abort(signal.reason);
    if (signal.aborted) this.#onAbort();
    signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  async bound<T>(work: (until: AbortSignal) => Promise<T>): Promise<T> {
    const late = Promise.withResolvers<never>();
    const error = new RaptorFlowError('timeout', `${this.#url} was silent for ${this.#ms} ms.`);
    // The attempt's own controller: a silence ends one request, not the repetition of it.
    const attempt = new AbortController();
    const timer = this.#clock.setTimeout(() => {
      attempt.abort(error);
      late.reject(error);
    }, this.#ms);
    try {
      return await Promise.race([work(AbortSignal.any([this.#abort.signal, attempt.signal])), late.promise]);
    } catch (thrown) {
      if (this.#signal.aborted || thrown instanceof RaptorFlowError) throw thrown;
      throw new RaptorFlowError('unavailable', `${this.#url} cannot be read.`, { cause: thrown });
    } finally {
      timer.cancel();
    }
  }

  end(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    // Whatever is left of the body is not read any more.
    this.#abort.abort();
  }
}

/** The bytes that are given: a file's path, or anything that opens them. */
export function bytesOf(given: string | OpenBytes): { readonly name: string; readonly open: OpenBytes } {
  return typeof given === 'string' ? { name: given, open: fileBytes(given) } : { name: 'bytes', open: given };
}

/** A reading of what could not be read. */
export function badReading<In>(
  bytes: Uint8Array | string,
  position: { readonly line?: number; readonly offset?: number },
  error: RaptorFlowError,
): Reading<In> {
  const text = typeof bytes === 'string' ? bytes : Buffer.from(bytes.subarray(0, 2_048)).toString('utf8');
  return { kind: 'bad', text: text.slice(0, 2_048), error, position };
}
