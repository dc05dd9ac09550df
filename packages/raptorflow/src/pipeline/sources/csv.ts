import { z } from 'zod';
import { parseOptions, RaptorFlowError } from '../../kernel/index.ts';
import type { OpenBytes, Reading, Source } from '../source.ts';
import { badReading, bytesOf } from './bytes.ts';

/** How a table of text is read. */
export interface CsvSourceOptions {
  /** Names of the columns. Default: the first record has them. */
  readonly columns?: readonly string[];
  /** Between fields. Default a comma. */
  readonly delimiter?: string;
  /** Characters of one record; a longer one is a bad item. Default 1 Mi. */
  readonly recordCharsMax?: number;
  /** Of the source. Default: the file's path. */
  readonly name?: string;
}

const optionsSchema = z.strictObject({
  columns: z.array(z.string()).min(1).optional(),
  delimiter: z
    .string()
    .length(1)
    .refine((given) => !'"\r\n'.includes(given), 'is a quote or a line end')
    .default(','),
  recordCharsMax: z
    .int()
    .positive()
    .default(1024 * 1024),
  name: z.string().optional(),
});

/**
 * Records of comma-separated values (RFC 4180, with LF as well as CRLF) as objects by column. A record with another number of fields than
 * columns, or with a quote that is never closed, is a bad item with its line. Throws `invalid_options`.
 */
export function csvSource(
  from: string | OpenBytes,
  options: CsvSourceOptions = {},
): Source<Readonly<Record<string, string>>> {
  const checked = parseOptions('csvSource', optionsSchema, options);
  const bytes = bytesOf(from);
  return {
    name: checked.name ?? bytes.name,
    async *read(signal) {
      const records = new CsvRecords(checked.delimiter, checked.recordCharsMax);
      const decoder = new TextDecoder();
      let columns: readonly string[] | undefined = checked.columns;
      const toReadings = function* (found: Iterable<CsvRecord>): Generator<CsvReading> {
        for (const record of found) {
          if (columns) yield toReading(record, columns);
          else columns = record.fields;
        }
      };
      for await (const chunk of bytes.open(signal)) {
        yield* toReadings(records.push(decoder.decode(chunk, { stream: true })));
      }
      yield* toReadings(records.push(decoder.decode()));
      yield* toReadings(records.end());
    },
  };
}

type CsvReading = Reading<Readonly<Record<string, string>>>;

interface CsvRecord {
  readonly fields: readonly string[];
  readonly line: number;
  /** What is wrong with it, if anything. */
  readonly fault?: string;
}

function toReading({ fields, line, fault }: CsvRecord, columns: readonly string[]): CsvReading {
  const wrong =
    fault ??
    (fields.length === columns.length ? null : `it has ${fields.length} fields, not ${columns.length}`);
  if (wrong !== null) {
    const error = new RaptorFlowError('malformed_input', `The record cannot be read: ${wrong}.`);
    return badReading(fields.join(',').slice(0, 2_048), { line }, error);
  }
  const item = Object.fromEntries(columns.map((column, at) => [column, fields[at] ?? '']));
  return { kind: 'item', item, position: { line } };
}

/** Cuts text that comes in pieces into records. */
class CsvRecords {
  readonly #delimiter: string;
  readonly #charsMax: number;
  #fields: string[] = [];
  #field = '';
  #size = 0;
  #line = 1;
  #startLine = 1;
  /** `quoted`: inside of quotes; `closing`: behind a quote that ends the field or is one half of an escaped quote. */
  #state: 'plain' | 'quoted' | 'closing' = 'plain';
  #isEmpty = true;
  #fault: string | undefined;

  constructor(delimiter: string, charsMax: number) {
    this.#delimiter = delimiter;
    this.#charsMax = charsMax;
  }

  *push(text: string): Generator<CsvRecord> {
    for (const char of text) {
      if (this.#state === 'closing' && char === '"') {
        this.#add('"');
        this.#state = 'quoted';
      } else if (this.#state === 'quoted') {
        if (char === '"') this.#state = 'closing';
        else this.#add(char);
      } else if (char === '"' && this.#field === '' && this.#state === 'plain') {
        this.#state = 'quoted';
        this.#isEmpty = false;
      } else if (char === this.#delimiter) {
        this.#endField();
        this.#isEmpty = false;
      } else if (char === '\n') {
        if (!this.#isEmpty) yield this.#endRecord();
        this.#line += 1;
        this.#startLine = this.#line;
        continue;
      } else if (char !== '\r') {
        this.#add(char);
        this.#isEmpty = false;
      }
      if (char === '\n') this.#line += 1;
    }
  }

  *end(): Generator<CsvRecord> {
    if (this.#state === 'quoted') this.#fault = 'a quote is never closed';
    if (!this.#isEmpty) yield this.#endRecord();
  }

  #add(char: string): void {
    this.#size += 1;
    if (this.#size > this.#charsMax) this.#fault ??= `it is longer than ${this.#charsMax} characters`;
    else this.#field += char;
  }

  #endField(): void {
    this.#fields.push(this.#field);
    this.#field = '';
    this.#state = 'plain';
  }

  #endRecord(): CsvRecord {
    this.#endField();
    const record = {
      fields: this.#fields,
      line: this.#startLine,
      ...(this.#fault !== undefined && { fault: this.#fault }),
    };
    this.#fields = [];
    this.#size = 0;
    this.#isEmpty = true;
    this.#fault = undefined;
    return record;
  }
}
