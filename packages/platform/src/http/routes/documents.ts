/** Documents: stored as JSON or uploaded as files, listed, read and deleted. */
import { documentBytesMax, documentRoutes, routes } from '@raptorflow/contract';
import { readDocument, type Documents } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import type { Call } from '../call.ts';
import { pageOf } from '../page.ts';
import { registerRoutes, type RegisterDeps } from '../register.ts';
import { documentSummaryToWire, documentToWire } from './documents-wire.ts';

/** What the document routes answer from. */
export interface DocumentRouteDeps extends RegisterDeps {
  readonly documents: Documents;
}

/** The name of the form field that carries a file. */
const fileField = 'file';
const uploadBytesMax = documentRoutes.upload.bodyBytesMax;

/** Registers `/api/v1/documents/…`. */
export function registerDocumentRoutes(app: FastifyInstance, deps: DocumentRouteDeps): void {
  const { documents } = deps;
  registerRoutes(
    app,
    routes.documents,
    {
      async create({ body }, call) {
        const { title, text, media_type: mediaType } = body;
        const stored = await documents.add(call.workspaceId, {
          title,
          mediaType,
          content: text,
          createdBy: call.caller.userId,
        });
        return documentSummaryToWire(stored);
      },
      async delete({ params }, call) {
        await documents.delete(call.workspaceId, params.document_id);
        return { deleted: true as const };
      },
      get: async ({ params }, call) =>
        documentToWire(await documents.get(call.workspaceId, params.document_id)),
      list: async ({ query }, call) =>
        pageOf(await documents.list(call.workspaceId), query, documentSummaryToWire),
      async upload(_input, call) {
        const files = await receiveFiles(call);
        // All are read before the first is stored, so that one that cannot be read changes nothing.
        for (const file of files) readDocument(file);
        const items = [];
        for (const file of files) {
          items.push(
            documentSummaryToWire(
              await documents.add(call.workspaceId, { ...file, createdBy: call.caller.userId }),
            ),
          );
        }
        return { items };
      },
    },
    deps,
  );
}

interface ReceivedFile {
  readonly content: Buffer;
  readonly fileName: string;
  readonly mediaType: string;
}

/** The files of a form, each at most `documentBytesMax`, all together at most the route's limit. */
async function receiveFiles(call: Call): Promise<ReceivedFile[]> {
  const { request } = call;
  if (!request.isMultipart()) {
    throw refused('Send form data (multipart/form-data), each file in a field named "file".');
  }
  const announced = Number(request.headers['content-length'] ?? 0);
  if (announced > uploadBytesMax) throw tooLarge(`The upload has ${announced} bytes`);
  const files: ReceivedFile[] = [];
  let bytes = 0;
  for await (const part of request.files({ limits: { fileSize: documentBytesMax } })) {
    if (part.fieldname !== fileField) {
      throw refused(`Name the field of each file "${fileField}", not "${part.fieldname.slice(0, 100)}".`);
    }
    const content = await part.toBuffer().catch((error: unknown) => {
      throw isFileTooLarge(error) ? tooLarge(`The file ${part.filename.slice(0, 200)} is larger`) : error;
    });
    bytes += content.byteLength;
    if (bytes > uploadBytesMax) throw tooLarge('The files together are larger');
    files.push({ content, fileName: part.filename, mediaType: part.mimetype });
  }
  if (files.length === 0) throw refused(`The form has no file; add at least one in a field "${fileField}".`);
  return files;
}

function isFileTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'FST_REQ_FILE_TOO_LARGE';
}

function refused(message: string): RaptorFlowError {
  return new RaptorFlowError('invalid_input', message);
}

function tooLarge(what: string): RaptorFlowError {
  return new RaptorFlowError(
    'document_too_large',
    `${what}; a file may have ${documentBytesMax} bytes and an upload ${uploadBytesMax}. Split it.`,
    { details: { document_bytes_max: documentBytesMax, upload_bytes_max: uploadBytesMax } },
  );
}
