import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { parseOptions, RaptorFlowError } from '../../kernel/index.ts';
import type { OpenBytes, Reading, Source } from '../source.ts';
import { badReading, bytesOf } from './bytes.ts';
import { JsonElements } from './json-elements.ts';

/** Where in a JSON document its items are. */
export interface JsonSourceOptions {
  /** The keys that lead to the array, with dots between them, such as `objects`. Default: the document is the array. */
  readonly path?: string;
  /** A larger item is a bad one. Default 16 MiB. */
  readonly itemBytesMax?: number;
  /** Of the source. Default: the file's path. */
  readonly name?: string;
}

const optionsSchema = z.strictObject({
  path: z.string().default(''),
  itemBytesMax: z
    .int()
    .positive()
    .default(16 * 1024 * 1024),
  name: z.string().optional(),
});

/**
 * The elements of one array of a JSON document, however large the document is: no more than one item is held. An element that is no JSON is a bad
 * item with its offset; a document that ends early, or has no such array, breaks the source with `malformed_input`. Throws
 * `invalid_options`.
 */
export function jsonSource<In = unknown>(
  from: string | OpenBytes,
  options: JsonSourceOptions = {},
): Source<In> {
  const { path, itemBytesMax, name } = parseOptions('jsonSource', optionsSchema, options);
  const bytes = bytesOf(from);
  return {
    name: name ?? bytes.name,
    async *read(signal) {
      const elements = new JsonElements(path === '' ? [] : path.split('.'), itemBytesMax);
      for await (const chunk of bytes.open(signal)) {
        for (const { bytes: element, offset, isTooLarge } of elements.push(chunk)) {
          yield isTooLarge
            ? badReading<In>(element, { offset }, tooLarge(itemBytesMax))
            : parseJson<In>(element, { offset });
        }
      }
      elements.end();
    },
  };
}

/** The item in these bytes, or what is wrong with them. */
export function parseJson<In>(
  bytes: Uint8Array,
  position: { readonly line?: number; readonly offset?: number },
): Reading<In> {
  if (!isUtf8(bytes)) return badReading(bytes, position, malformed('it is not UTF-8'));
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  try {
    // The items of a document are what its reader says they are; convert is where they are checked.
    return { kind: 'item', item: JSON.parse(text) as In, position };
  } catch (error) {
    return badReading(text, position, malformed(error instanceof Error ? error.message : 'it is no JSON'));
  }
}

/** An item that is larger than it may be. */
export function tooLarge(bytesMax: number): RaptorFlowError {
  return new RaptorFlowError('malformed_input', `The item is larger than ${bytesMax} bytes.`);
}

function malformed(why: string): RaptorFlowError {
  return new RaptorFlowError('malformed_input', `The item cannot be read: ${why}.`);
}
