import type { ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Tracking } from './tracking.ts';

type Fetch = typeof globalThis.fetch;

/**
 * A `fetch` whose calls are resources until the body of the answer was read to its end, cancelled or failed: a body that nobody reads keeps its connection.
 * Every piece that arrives counts as use; closing aborts the call. Calls throw as `register` does.
 */
export function trackedFetch(
  scope: ResourceScope,
  tracking: Tracking = {},
  fetch: Fetch = globalThis.fetch,
): Fetch {
  return async (input, init) => {
    const controller = new AbortController();
    const given = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    const signal = given ? AbortSignal.any([given, controller.signal]) : controller.signal;
    let pieces = 0;
    const handle = scope.register({
      ...tracking,
      type: 'network_connection',
      dispose: () => controller.abort(),
      activity: () => pieces,
    });
    try {
      const answer = await fetch(input, { ...init, signal });
      if (answer.body !== null) {
        return withBody(answer, answer.body, handle, () => {
          pieces += 1;
        });
      }
      handle.release();
      return answer;
    } catch (error) {
      handle.release();
      throw error;
    }
  };
}

/** The same answer with a body that tells when it is over. */
function withBody(
  answer: Response,
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  handle: ResourceHandle,
  onPiece: () => void,
): Response {
  const reader = body.getReader();
  const watched = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (controller) => {
        try {
          const { done, value } = await reader.read();
          onPiece();
          if (!done) {
            controller.enqueue(value);
            return;
          }
          handle.release();
          controller.close();
        } catch (error) {
          handle.release();
          controller.error(error);
        }
      },
      cancel: async (reason) => {
        handle.release();
        await reader.cancel(reason);
      },
    },
    // Nothing is read that nobody asked for.
    { highWaterMark: 0 },
  );
  const copy = new Response(watched, {
    status: answer.status,
    statusText: answer.statusText,
    headers: answer.headers,
  });
  for (const name of ['url', 'redirected', 'type'] as const)
    Object.defineProperty(copy, name, { value: answer[name] });
  return copy;
}
