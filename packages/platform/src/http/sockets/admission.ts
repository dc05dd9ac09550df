/** How a socket's caller says who it is. */
import type { FastifyRequest } from 'fastify';
import { readCredentials } from '../call.ts';

/** The token from the protocol list, or the cookie when the page is ours; never from the query. */
export function socketToken(request: FastifyRequest, allowedOrigins: readonly string[]): string | undefined {
  const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
  const bearer = offered.find((name) => name.startsWith('bearer.'));
  if (bearer !== undefined) return bearer.slice('bearer.'.length);
  const credentials = readCredentials(request);
  if (credentials?.from !== 'cookie') return credentials?.token;
  const { origin } = request.headers;
  const own = `${request.protocol}://${request.headers.host ?? ''}`;
  return origin === own || (origin !== undefined && allowedOrigins.includes(origin))
    ? credentials.token
    : undefined;
}

/** Who holds how many sockets of this process. */
export class SocketCensus {
  readonly #counts = new Map<string, number>();
  readonly #perUserMax: number;

  constructor(perUserMax: number) {
    this.#perUserMax = perUserMax;
  }

  /** Counts one of the user in; false when there are as many as may be. It leaves when the socket closes. */
  admit(userId: string, socket: { on(event: 'close', listener: () => void): unknown }): boolean {
    const count = this.#counts.get(userId) ?? 0;
    if (count >= this.#perUserMax) return false;
    this.#counts.set(userId, count + 1);
    socket.on('close', () => {
      const left = (this.#counts.get(userId) ?? 1) - 1;
      if (left === 0) this.#counts.delete(userId);
      else this.#counts.set(userId, left);
    });
    return true;
  }
}
