import type { Wire } from './call.ts';

/** What an address asks for. */
export type Route =
  | {
      readonly kind: 'generate';
      readonly wire: Wire;
      /** Null when the body says it. */
      readonly stream: boolean | null;
      /** Null when the body names it. */
      readonly model: string | null;
    }
  | { readonly kind: 'count'; readonly model: string }
  | { readonly kind: 'models' }
  | { readonly kind: 'bill'; readonly callId: string };

const vertexPath = /\/publishers\/(google|anthropic)\/models\/([^/:]+):([A-Za-z]+)$/;

/** The route of a request, or null for an address that no provider has. */
export function routeOf(method: string, path: string): Route | null {
  if (method === 'GET') {
    if (path.endsWith('/models')) return { kind: 'models' };
    const asked = /^\/rig\/calls\/([^/]+)$/.exec(path)?.[1];
    return asked === undefined ? null : { kind: 'bill', callId: decodeURIComponent(asked) };
  }
  if (method !== 'POST') return null;
  if (path.endsWith('/chat/completions')) {
    return { kind: 'generate', wire: 'openai', stream: null, model: null };
  }
  if (path.endsWith('/messages')) return { kind: 'generate', wire: 'claude', stream: null, model: null };
  const vertex = vertexPath.exec(path);
  if (vertex === null) return null;
  const [, publisher, encoded = '', verb] = vertex;
  const model = decodeURIComponent(encoded);
  if (publisher === 'anthropic') {
    if (verb !== 'rawPredict' && verb !== 'streamRawPredict') return null;
    return { kind: 'generate', wire: 'claude', stream: verb === 'streamRawPredict', model };
  }
  if (verb === 'countTokens') return { kind: 'count', model };
  if (verb !== 'generateContent' && verb !== 'streamGenerateContent') return null;
  return { kind: 'generate', wire: 'gemini', stream: verb === 'streamGenerateContent', model };
}
