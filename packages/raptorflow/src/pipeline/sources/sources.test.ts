import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createFakeClock } from '../../kernel/testing/index.ts';
import type { OpenBytes, Reading, Source } from '../source.ts';
import { httpSource } from './bytes.ts';
import { csvSource } from './csv.ts';
import { jsonLinesSource } from './json-lines.ts';
import { jsonSource } from './json.ts';

/** The bytes of a text in pieces of this size. */
function pieces(text: string | Uint8Array, size: number): OpenBytes {
  const bytes = Buffer.from(text);
  return async function* open() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  };
}

async function readAll<In>(source: Source<In>): Promise<Reading<In>[]> {
  const readings: Reading<In>[] = [];
  for await (const reading of source.read(new AbortController().signal)) readings.push(reading);
  return readings;
}

const itemsOf = <In>(readings: readonly Reading<In>[]): In[] =>
  readings.flatMap((reading) => (reading.kind === 'item' ? [reading.item] : []));
const badOf = (readings: readonly Reading<unknown>[]): unknown[] =>
  readings.flatMap((reading) => (reading.kind === 'bad' ? [reading.position] : []));

describe('items of a JSON document', () => {
  test('are what JSON.parse finds at the path, however the document is written and cut', async () => {
    const key = fc.constantFrom('objects', 'a', 'with "quotes"', 'x\\y', 'ä');
    const document = fc.record({
      before: fc.dictionary(key, fc.jsonValue()),
      objects: fc.array(fc.jsonValue(), { maxLength: 8 }),
      after: fc.jsonValue(),
    });
    const plan = fc.tuple(document, fc.integer({ min: 1, max: 40 }), fc.constantFrom(0, 2));
    await fc.assert(
      fc.asyncProperty(plan, async ([{ before, objects, after }, size, indent]) => {
        const text = JSON.stringify({ before, objects, after }, null, indent);
        const readings = await readAll(jsonSource(pieces(text, size), { path: 'objects' }));
        expect(badOf(readings)).toEqual([]);
        expect(itemsOf(readings)).toEqual(JSON.parse(JSON.stringify(objects)));
        const nested = await readAll(
          jsonSource(pieces(`{"a":{"b":${text}}}`, size), { path: 'a.b.objects' }),
        );
        expect(itemsOf(nested)).toEqual(JSON.parse(JSON.stringify(objects)));
      }),
      { numRuns: 300 },
    );
  });

  test('are read from a document that is an array, behind a byte order mark too', async () => {
    expect(itemsOf(await readAll(jsonSource(pieces('\uFEFF [1, "two",{"three":[3]}]\n', 3))))).toEqual([
      1,
      'two',
      { three: [3] },
    ]);
  });

  test('are bad one by one, each with its offset, and the others are read', async () => {
    const text = '{"objects":[{"id":1},{"id":nope},{"id":2},oops,{"id":3}]}';
    const readings = await readAll(jsonSource(pieces(text, 5), { path: 'objects' }));
    expect(itemsOf(readings)).toEqual([{ id: 1 }, { id: 2 }, { id: 3 }]);
    expect(badOf(readings)).toEqual([
      { offset: text.indexOf('{"id":nope') },
      { offset: text.indexOf('oops') },
    ]);
    expect(readings[1]).toMatchObject({
      kind: 'bad',
      text: '{"id":nope}',
      error: { code: 'malformed_input' },
    });
  });

  test('are bad when they are too large or no UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('["a","'), Buffer.from([0xff, 0xfe]), Buffer.from('"]')]);
    expect(badOf(await readAll(jsonSource(pieces(bytes, 4))))).toEqual([{ offset: 5 }]);
    const large = `["${'x'.repeat(100)}","y"]`;
    const readings = await readAll(jsonSource(pieces(large, 7), { itemBytesMax: 50 }));
    expect(readings).toMatchObject([
      { kind: 'bad', position: { offset: 1 } },
      { kind: 'item', item: 'y' },
    ]);
  });

  test('end with malformed_input where the document ends early or has no such array', async () => {
    for (const text of [
      '{"objects":[1,2',
      '{"objects":[1,{"a":"',
      '{"objects":[1]',
      '{"other":[1]}',
      '{"objects":{}}',
    ]) {
      await expect(readAll(jsonSource(pieces(text, 4), { path: 'objects' }))).rejects.toMatchObject({
        code: 'malformed_input',
      });
    }
  });
});

describe('JSON lines', () => {
  test('are items, and bad ones have their number', async () => {
    const text = '\uFEFF{"a":1}\r\n\n{"a":\n{"a":"ä"}\n  \n{"a":3}';
    const readings = await readAll(jsonLinesSource(pieces(text, 3)));
    expect(itemsOf(readings)).toEqual([{ a: 1 }, { a: 'ä' }, { a: 3 }]);
    expect(badOf(readings)).toEqual([{ line: 3, offset: 13 }]);
  });

  test('that are too long are bad and cost no more memory than allowed', async () => {
    const readings = await readAll(
      jsonLinesSource(pieces(`"${'x'.repeat(500)}"\n1\n`, 20), { lineBytesMax: 100 }),
    );
    expect(readings).toMatchObject([
      { kind: 'bad', position: { line: 1 } },
      { kind: 'item', item: 1 },
    ]);
  });
});

describe('comma-separated values', () => {
  test('are records by column, with quotes, line ends in quotes and empty fields', async () => {
    const text = 'id,name\r\n1,"a ""quoted"", one"\r\n2,"two\nlines"\n\n3,\n';
    const readings = await readAll(csvSource(pieces(text, 4)));
    expect(itemsOf(readings)).toEqual([
      { id: '1', name: 'a "quoted", one' },
      { id: '2', name: 'two\nlines' },
      { id: '3', name: '' },
    ]);
    expect(readings.map(({ position }) => position?.line)).toEqual([2, 3, 6]);
  });

  test('read what was written, whatever is in the fields', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', ' ', 'ä', ';') });
    const rows = fc.array(fc.tuple(field, field), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 1, max: 9 }), async (given, size) => {
        const text = given
          .map((row) => `${row.map((each) => `"${each.replaceAll('"', '""')}"`).join(',')}\n`)
          .join('');
        const readings = await readAll(csvSource(pieces(text, size), { columns: ['x', 'y'] }));
        expect(itemsOf(readings)).toEqual(given.map(([x, y]) => ({ x, y })));
      }),
      { numRuns: 200 },
    );
  });

  test('are bad with another number of fields or an open quote', async () => {
    const readings = await readAll(csvSource(pieces('id;name\n1\n2;b\n3;"never', 5), { delimiter: ';' }));
    expect(itemsOf(readings)).toEqual([{ id: '2', name: 'b' }]);
    expect(badOf(readings)).toEqual([{ line: 2 }, { line: 4 }]);
  });
});

describe('a document over HTTP', () => {
  const url = 'https://feeds.example/kev.json';
  const asJson = (bytes: OpenBytes): Source<unknown> => jsonSource(bytes);

  test('is fetched again while it is not answered, and then read', async () => {
    const answers = [new Response('busy', { status: 503 }), new Response('[1,2]')];
    const source = httpSource(
      url,
      asJson,
      { retry: { baseMs: 0 } },
      { fetch: async () => answers.shift() ?? Response.error() },
    );
    expect(itemsOf(await readAll(source))).toEqual([1, 2]);
    expect(source.name).toBe(url);
  });

  test('breaks with the status that was answered, the limit, or the silence of the other side', async () => {
    const gone = httpSource(url, asJson, {}, { fetch: async () => new Response('', { status: 404 }) });
    await expect(readAll(gone)).rejects.toMatchObject({ code: 'unavailable', details: { status: 404 } });
    const long = httpSource(url, asJson, { bytesMax: 4 }, { fetch: async () => new Response('[1,2,3,4]') });
    await expect(readAll(long)).rejects.toMatchObject({ code: 'exhausted' });
    const clock = createFakeClock();
    const silent = httpSource(
      url,
      asJson,
      { silenceMs: 500, retry: { retriesMax: 0 } },
      { clock, fetch: () => new Promise(() => undefined) },
    );
    const reading = readAll(silent);
    reading.catch(() => undefined);
    await clock.advance(600);
    await expect(reading).rejects.toMatchObject({ code: 'timeout' });
    expect(clock.pending).toBe(0);
  });
});
