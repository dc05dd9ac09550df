/** Answers of server-sent events, with back-pressure. */
import type { FastifyReply } from 'fastify';

/** An answer that is written event by event. */
export interface EventStream {
  /** Writes one event's data; resolves when the client can take more. Text goes as it is, everything else as JSON. */
  write(value: unknown): Promise<void>;
  end(): void;
}

/** Takes the reply over: status and headers leave now, so whatever fails later has to be told inside the stream. */
export function openEventStream(reply: FastifyReply): EventStream {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-cache',
    'x-accel-buffering': 'no',
  });
  return {
    async write(value) {
      const more = raw.write(`data: ${typeof value === 'string' ? value : JSON.stringify(value)}\n\n`);
      if (!more && !raw.destroyed) await drained(raw);
    },
    end: () => {
      raw.end();
    },
  };
}

function drained(raw: NodeJS.WritableStream): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      raw.off('drain', done);
      raw.off('close', done);
      resolve();
    };
    raw.once('drain', done);
    raw.once('close', done);
  });
}
