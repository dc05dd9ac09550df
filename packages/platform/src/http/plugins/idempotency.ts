/**
 * Repeated POSTs, after draft-ietf-httpapi-idempotency-key-header-07: a request with an `Idempotency-Key` is carried out once, and its answer
 * is given again to whoever repeats it with the same key and body; where the server died over it, it is not carried out again. A request goes through: fingerprinted (before its body is parsed) →
 * begun (after it was found valid) → carried out → its answer kept, then sent.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Claim, IdempotencyKeys, KeptAnswer } from '@raptorflow/runtime';
import { errorCodes, type FastifyReply, type FastifyRequest } from 'fastify';
import { RaptorFlowError, type Logger } from 'raptorflow/kernel';

/** What the repeats are answered from. */
export interface RepeatDeps {
  readonly keys: IdempotencyKeys;
  readonly log: Logger;
}

/** A request with a key, and its claim once it has one. */
interface Keyed {
  readonly key: string;
  readonly fingerprint: string;
  claim?: Claim | undefined;
}

/** Said by one server to another, which does not pass the request on again. */
export const forwardedHeader = 'x-raptorflow-forwarded';
/**
 * The fingerprint of a request that another server passed on. Whoever sends one without being a server only says what their own keys
 * stand for.
 */
export const fingerprintHeader = 'x-raptorflow-fingerprint';

const keyCharactersMax = 255;
/** Headers of an answer that are given again; a cookie is not. */
const keptHeaders = ['content-type', 'content-disposition', 'location', 'x-raptorflow-offline-model'];
/** Answers that ask for another try, or for something to be done before it: the key stays free for that. */
const statusesNotKept: ReadonlySet<number> = new Set([401, 402, 408, 425, 429, 499]);

/** Gives the requests of one route their single execution. */
export class Repeats {
  readonly #deps: RepeatDeps;
  readonly #keyed = new WeakMap<FastifyRequest, Keyed>();
  readonly #answersSecret: boolean;

  constructor(deps: RepeatDeps, options: { readonly answersSecret: boolean }) {
    this.#deps = deps;
    this.#answersSecret = options.answersSecret;
  }

  /** Whether the request has a key. Its work then goes on when its client goes away, so that the answer is there for the next try. */
  has(request: FastifyRequest): boolean {
    return this.#keyed.has(request);
  }

  /** Reads the body of a request with a key for its fingerprint, and passes it on. Throws `malformed_input` for what is no key. */
  async fingerprint(
    request: FastifyRequest,
    payload: AsyncIterable<Buffer>,
    bytesMax: number,
  ): Promise<Readable | undefined> {
    const key = readKey(request.headers['idempotency-key']);
    if (key === undefined) return undefined;
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of payload) {
      bytes += chunk.byteLength;
      if (bytes > bytesMax) {
        throw new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE();
      }
      chunks.push(chunk);
    }
    const body = Buffer.concat(chunks);
    const fingerprint = toldFingerprint(request) ?? fingerprintOf(request, body);
    request.headers[fingerprintHeader] = fingerprint;
    this.#keyed.set(request, { key, fingerprint });
    return Object.assign(Readable.from([body], { objectMode: false }), {
      receivedEncodedLength: body.byteLength,
    });
  }

  /** Answers what was answered before, if anything was; else the request is to be carried out. Throws the codes of `IdempotencyKeys.begin`. */
  async begin(
    request: FastifyRequest,
    who: { readonly userId: string; readonly workspaceId: string | undefined },
  ): Promise<KeptAnswer | undefined> {
    const keyed = this.#keyed.get(request);
    if (!keyed) return undefined;
    const { key, fingerprint } = keyed;
    const begun = await this.#deps.keys.begin({ ...who, route: routeOf(request), key, fingerprint });
    if (begun.kind === 'kept') return begun.answer;
    keyed.claim = begun.claim;
    return undefined;
  }

  /** Keeps an answer before it is sent; answers what is to be sent, which is a refusal when the claim was lost meanwhile. */
  async settle(request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> {
    const claim = this.#take(request);
    if (!claim) return payload;
    const status = reply.statusCode;
    try {
      if (status >= 500 || statusesNotKept.has(status)) {
        await this.#deps.keys.release(claim);
      } else if (!(await this.#deps.keys.complete(claim, this.#answerOf(reply, payload)))) {
        return lost(request, reply);
      }
    } catch (error) {
      // The work is done; an answer now serves the caller better than none.
      this.#deps.log.warn('The answer to a request with an idempotency key could not be kept.', { error });
    }
    return payload;
  }

  /** The answer went out as a stream: only that there was one is kept. */
  async settleStream(request: FastifyRequest): Promise<void> {
    const claim = this.#take(request);
    if (claim) await this.#deps.keys.complete(claim, undefined);
  }

  #take(request: FastifyRequest): Claim | undefined {
    const keyed = this.#keyed.get(request);
    const claim = keyed?.claim;
    if (keyed) keyed.claim = undefined;
    return claim;
  }

  #answerOf(reply: FastifyReply, payload: unknown): KeptAnswer | undefined {
    if (this.#answersSecret && reply.statusCode < 400) return undefined;
    if (payload !== null && payload !== undefined && typeof payload !== 'string') return undefined;
    const headers: Record<string, string> = {};
    for (const name of keptHeaders) {
      const value = reply.getHeader(name);
      if (value !== undefined) headers[name] = String(value);
    }
    return { status: reply.statusCode, headers, body: payload ?? '' };
  }
}

/** Sends a kept answer. */
export function sendKept(reply: FastifyReply, { status, headers, body }: KeptAnswer): FastifyReply {
  return reply
    .status(status)
    .headers({ ...headers, 'idempotent-replayed': 'true' })
    .send(Buffer.from(body));
}

// The draft writes the key as a string of structured fields (RFC 9651), in quotation marks; many clients leave them out.
function readKey(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  const text = Array.isArray(header) ? header.join(', ') : header.trim();
  const key = /^"([\x20-\x21\x23-\x5b\x5d-\x7e]+)"$/.exec(text)?.[1] ?? text;
  if (key.length <= keyCharactersMax && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(key)) return key;
  throw new RaptorFlowError(
    'malformed_input',
    `Idempotency-Key: give 1 to ${keyCharactersMax} printable characters without spaces, such as a UUID, with or without quotation marks.`,
  );
}

function routeOf(request: FastifyRequest): string {
  return `${request.method} ${(request.url.split('?')[0] ?? '/').replace(/(.)\/+$/, '$1')}`;
}

function toldFingerprint({ headers }: FastifyRequest): string | undefined {
  const told = headers[fingerprintHeader];
  const isForwarded = headers[forwardedHeader] !== undefined;
  return isForwarded && typeof told === 'string' && /^[0-9a-f]{64}$/u.test(told) ? told : undefined;
}

function fingerprintOf(request: FastifyRequest, body: Buffer): string {
  const type = request.headers['content-type'] ?? '';
  const hash = createHash('sha256').update(
    `${request.url.split('?')[1] ?? ''}\n${type.split(';')[0] ?? ''}\n`,
  );
  // Clients make a new boundary for each try; it says nothing about the form.
  const boundary = /boundary="?([^";]+)/i.exec(type)?.[1];
  if (boundary === undefined) return hash.update(body).digest('hex');
  return hash.update(body.toString('latin1').replaceAll(boundary, 'boundary'), 'latin1').digest('hex');
}

function lost(request: FastifyRequest, reply: FastifyReply): string {
  void reply.status(409).headers({ 'retry-after': '1', 'content-type': 'application/json; charset=utf-8' });
  reply.removeHeader('content-length');
  return JSON.stringify({
    error: {
      code: 'idempotency_in_progress',
      message:
        'This server stood still until the key had expired and was used anew; try again to get the answer to that.',
      details: {},
    },
    correlation_id: request.id,
  });
}
