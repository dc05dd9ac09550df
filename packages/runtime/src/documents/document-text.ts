import { RaptorFlowError } from 'raptorflow/kernel';

/** What a document may be. */
export type DocumentMediaType = 'text/markdown' | 'text/plain' | 'text/html' | 'text/csv';

/** All media types that can be read. */
export const documentMediaTypes: readonly DocumentMediaType[] = [
  'text/markdown',
  'text/plain',
  'text/html',
  'text/csv',
];

/** A document as it was handed over. */
export interface RawDocument {
  readonly content: string | Uint8Array;
  /** As declared by the sender; parameters such as `charset` are ignored. */
  readonly mediaType?: string | undefined;
  /** Its ending decides when no usable media type is declared. */
  readonly fileName?: string | undefined;
}

/** A document that was read and found to be what it says. */
export interface DocumentText {
  readonly mediaType: DocumentMediaType;
  /** The whole text, unchanged but for a byte order mark. */
  readonly text: string;
}

const byEnding: Readonly<Record<string, DocumentMediaType>> = {
  csv: 'text/csv',
  htm: 'text/html',
  html: 'text/html',
  markdown: 'text/markdown',
  md: 'text/markdown',
  text: 'text/plain',
  tsv: 'text/csv',
  txt: 'text/plain',
};
const byDeclaration: Readonly<Record<string, DocumentMediaType>> = {
  'application/csv': 'text/csv',
  'application/xhtml+xml': 'text/html',
  'text/csv': 'text/csv',
  'text/html': 'text/html',
  'text/markdown': 'text/markdown',
  'text/plain': 'text/plain',
  'text/tab-separated-values': 'text/csv',
  'text/x-markdown': 'text/markdown',
};
/** Browsers send these for files that they do not know. */
const saysNothing: ReadonlySet<string> = new Set(['', 'application/octet-stream', 'binary/octet-stream']);

/** First bytes of what people upload by mistake, and what to say about it. */
const signatures: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['a PDF', [0x25, 0x50, 0x44, 0x46, 0x2d]],
  ['a ZIP archive or an Office document', [0x50, 0x4b, 0x03, 0x04]],
  ['an older Office document', [0xd0, 0xcf, 0x11, 0xe0]],
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['a JPEG image', [0xff, 0xd8, 0xff]],
  ['a GIF image', [0x47, 0x49, 0x46, 0x38]],
  ['a gzip archive', [0x1f, 0x8b]],
];
const advice = 'Save it as Markdown, plain text, HTML or CSV in UTF-8 and add that.';

/**
 * Reads a document: its bytes must be text, and its content what its media type says.
 * Throws `document_unsupported` for PDFs, images, archives, other binary content, text that is not UTF-8 (or UTF-16
 * with a byte order mark), other media types, and content that contradicts its media type.
 */
export function readDocument(raw: RawDocument): DocumentText {
  const declared = declaredMediaType(raw);
  const text = typeof raw.content === 'string' ? raw.content.toWellFormed() : decode(raw.content);
  if (text.includes('\0')) throw unsupported('It contains zero bytes, so it is no text.');
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  if (plain.trim() === '') throw unsupported('It is empty.');
  const mediaType = declared ?? (isHtmlPage(plain) ? 'text/html' : 'text/plain');
  check(mediaType, plain);
  return { mediaType, text: plain };
}

function declaredMediaType(raw: RawDocument): DocumentMediaType | undefined {
  const declared = (raw.mediaType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  const ending = /\.([a-z0-9]{1,10})$/i.exec(raw.fileName ?? '')?.[1]?.toLowerCase() ?? '';
  if (declared === 'application/pdf' || ending === 'pdf') throw unsupported('It is a PDF.');
  // A plain-text declaration is what many systems fall back to, so a known ending says more.
  if (declared === 'text/plain') return byEnding[ending] ?? 'text/plain';
  const known = byDeclaration[declared];
  if (known) return known;
  if (!saysNothing.has(declared)) {
    throw unsupported(
      `Its media type "${declared.slice(0, 100)}" is not one of ${documentMediaTypes.join(', ')}.`,
    );
  }
  return byEnding[ending];
}

function decode(bytes: Uint8Array): string {
  const found = signatures.find(([, start]) => start.every((byte, at) => bytes[at] === byte));
  if (found) throw unsupported(`It is ${found[0]}.`);
  const wide = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : undefined;
  const encoding = wide ?? (bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : 'utf-8');
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch (error) {
    throw unsupported('It is not text in UTF-8.', error);
  }
}

function check(mediaType: DocumentMediaType, text: string): void {
  if (mediaType === 'text/html' && !/<\/?[a-z][^<>]*>/i.test(text)) {
    throw unsupported('It says it is HTML but has no tags.');
  }
  if (mediaType === 'text/markdown' && isHtmlPage(text)) {
    throw unsupported('It says it is Markdown but is an HTML page; give it the media type text/html.');
  }
  if (mediaType === 'text/csv') {
    const [header = ''] = text.trimStart().split(/\r?\n/, 1);
    if (isHtmlPage(text) || !/[,;\t]/.test(header)) {
      throw unsupported('It says it is CSV but its first line has no columns.');
    }
  }
}

function isHtmlPage(text: string): boolean {
  return /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]{0,2000}?-->\s*)*<(?:!doctype\s+html|html)\b/i.test(text);
}

function unsupported(why: string, cause?: unknown): RaptorFlowError {
  return new RaptorFlowError('document_unsupported', `The document can not be read. ${why} ${advice}`, {
    cause,
  });
}

const titleCharactersMax = 300;

/** The title under which a document is kept: the one given, else the name of its file without folders and ending. */
export function titleOf(title: string | undefined, fileName: string | undefined): string {
  const base = (fileName ?? '').split(/[\\/]/).at(-1) ?? '';
  const candidates = [title ?? '', base.replace(/\.[A-Za-z0-9]{1,10}$/, '')];
  // Control characters have no place in a title and would reach terminals and logs.
  const clean = candidates.map((each) =>
    each
      .toWellFormed()
      .replaceAll(/\p{Cc}+/gu, ' ')
      .trim(),
  );
  return (clean.find((each) => each !== '') ?? 'Untitled').slice(0, titleCharactersMax);
}
