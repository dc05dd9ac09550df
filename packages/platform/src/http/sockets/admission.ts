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
