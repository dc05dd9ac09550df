import { RaptorFlowError } from 'raptorflow/kernel';
import { jsonSource, type OpenBytes, type Reading, type Source } from 'raptorflow/pipeline';
import type { ThreatFormat } from './signal.ts';

/** One item of a feed on its way into a workspace. */
export interface ThreatItem {
  readonly workspace_id: string;
  readonly format: ThreatFormat;
  readonly item: unknown;
}

/** Bytes that are looked at to tell the formats apart. */
const headBytesMax = 256 * 1024;
/** One STIX object; reports with thousands of references are some hundred kilobytes. */
const itemBytesMax = 4 * 1024 * 1024;
const pathOf: Readonly<Record<ThreatFormat, string>> = { stix: 'objects', kev: 'vulnerabilities' };

/**
 * The items of a STIX bundle or of the catalogue of known exploited vulnerabilities, told apart by their beginning where `format` is null. Reading throws
 * `malformed_input` for any other document.
 */
export function threatSource(
  workspaceId: string,
  format: ThreatFormat | null,
  open: OpenBytes,
  told: (format: ThreatFormat) => void,
): Source<ThreatItem> {
  return {
    name: 'threats',
    async *read(signal): AsyncGenerator<Reading<ThreatItem>> {
      const { head, rest } = await readHead(open(signal)[Symbol.asyncIterator](), format === null);
      const known = format ?? formatOf(head);
      told(known);
      const whole: OpenBytes = async function* whole() {
        yield head;
        yield* rest;
      };
      for await (const reading of jsonSource(whole, { path: pathOf[known], itemBytesMax }).read(signal)) {
        yield reading.kind === 'bad'
          ? reading
          : { ...reading, item: { workspace_id: workspaceId, format: known, item: reading.item } };
      }
    },
  };
}

async function readHead(
  iterator: AsyncIterator<Uint8Array>,
  isNeeded: boolean,
): Promise<{ head: Uint8Array; rest: AsyncIterable<Uint8Array> }> {
  const rest = { [Symbol.asyncIterator]: () => iterator };
  const chunks: Uint8Array[] = [];
  if (!isNeeded) return { head: Buffer.concat(chunks), rest };
  for (let bytes = 0; bytes < headBytesMax;) {
    const next = await iterator.next();
    if (next.done === true) break;
    chunks.push(Buffer.from(next.value));
    bytes += next.value.byteLength;
    if (tell(Buffer.concat(chunks).toString('latin1')) !== undefined) break;
  }
  return { head: Buffer.concat(chunks), rest };
}

function formatOf(head: Uint8Array): ThreatFormat {
  const format = tell(Buffer.from(head).toString('latin1'));
  if (format) return format;
  throw new RaptorFlowError(
    'malformed_input',
    'This is neither a STIX 2.1 bundle (an object with "type": "bundle") nor the catalogue of known exploited vulnerabilities.',
  );
}

/** By what each format begins with. Keys of a JSON object may come in any order, so the array itself tells as well. */
function tell(head: string): ThreatFormat | undefined {
  const stix = /"type"\s*:\s*"bundle"|"objects"\s*:\s*\[/u.exec(head)?.index;
  const kev = /"catalogVersion"\s*:|"vulnerabilities"\s*:\s*\[/u.exec(head)?.index;
  if (stix === undefined) return kev === undefined ? undefined : 'kev';
  return kev === undefined || stix < kev ? 'stix' : 'kev';
}
