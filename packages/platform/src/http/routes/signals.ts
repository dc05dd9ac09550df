/** Signals: ingested from documents of threat intelligence that are read as they come, and listed. */
import { routes, threatDocumentBytesMax } from '@raptorflow/contract';
import type { Signals } from '@raptorflow/society';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { signalToWire, threatReportToWire } from './signals-wire.ts';

/** What the signal routes answer from. */
export interface SignalRouteDeps extends RegisterDeps {
  readonly signals: Pick<Signals, 'ingest' | 'list'>;
  /** Default: what the contract says. */
  readonly documentBytesMax?: number;
}

/** Registers `/api/v1/signals/…`, in a scope of its own, where bodies are streams. */
export function registerSignalRoutes(app: FastifyInstance, deps: SignalRouteDeps): void {
  const { signals, documentBytesMax = threatDocumentBytesMax } = deps;
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
    registerRoutes(
      scope,
      routes.signals,
      {
        async ingest({ query }, call) {
          const announced = Number(call.request.headers['content-length'] ?? 0);
          if (announced > documentBytesMax) throw tooLarge(documentBytesMax);
          const body: unknown = call.request.body;
          const report = await signals.ingest(call.workspaceId, {
            format: query.format === 'auto' ? null : query.format,
            ...(query.name !== undefined && { name: query.name }),
            open: () => bounded(isBytes(body) ? body : [], documentBytesMax),
            signal: call.signal,
          });
          return threatReportToWire(report);
        },
        async list({ query }, call) {
          const { limit, cursor, severity, since } = query;
          const page = await signals.list(call.workspaceId, {
            limit,
            cursor,
            severity,
            since: since === undefined ? undefined : Date.parse(since),
          });
          return { items: page.items.map(signalToWire), next_cursor: page.nextCursor };
        },
      },
      deps,
    );
  });
}

type Bytes = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

function isBytes(body: unknown): body is AsyncIterable<Uint8Array> {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

async function* bounded(body: Bytes, bytesMax: number): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    if (bytes > bytesMax) throw tooLarge(bytesMax);
    yield chunk;
  }
}

function tooLarge(bytesMax: number): RaptorFlowError {
  return new RaptorFlowError(
    'document_too_large',
    `The document is larger than ${bytesMax} bytes. Split it: every part that is a bundle or a catalogue of its own is ingested.`,
    { details: { document_bytes_max: bytesMax } },
  );
}
