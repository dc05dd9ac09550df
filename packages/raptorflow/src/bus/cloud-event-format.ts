import { RaptorFlowError } from '../kernel/index.ts';

/** A CloudEvent 1.0 in its JSON format. Extension attributes are texts, whole numbers and truth values with names of `a–z0–9`. */
export interface CloudEvent {
  readonly specversion: '1.0';
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** RFC 3339. */
  readonly time?: string;
  readonly subject?: string;
  readonly dataschema?: string;
  readonly datacontenttype?: string;
  readonly data?: unknown;
  readonly data_base64?: string;
  readonly [extension: string]: unknown;
}

/** A CloudEvent taken apart. */
export interface CloudEventMembers {
  readonly attributes: { readonly id: string; readonly source: string; readonly type: string } & Readonly<
    Record<string, string | number | boolean | undefined>
  >;
  /** Undefined without data. Binary data that is no JSON comes as `{ data_base64, media_type }`. */
  readonly data: unknown;
}

const attributeName = /^[a-z0-9]+$/;
const instant = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const jsonMediaType = /^(?:[^;]*[/+])?json\s*(?:;|$)/i;
/** Attributes that are moments; they are brought to UTC with milliseconds. */
const moments: ReadonlySet<string> = new Set(['time', 'expirytime', 'recordedtime']);

/** A JSON text parsed, anything else as it is. Throws `malformed_input`. */
export function readJson(json: unknown): unknown {
  if (typeof json !== 'string') return json;
  try {
    return JSON.parse(json) as unknown;
  } catch (error) {
    throw new RaptorFlowError('malformed_input', 'This is no CloudEvent: it is not JSON.', { cause: error });
  }
}

/** Checks a value against the JSON format and takes it apart. Throws `malformed_input`, which says what is wrong. */
export function cloudEventMembers(value: unknown): CloudEventMembers {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw refuseCloudEvent('it is no object');
  const { data, data_base64: binary, ...rest } = value as Record<string, unknown>;
  if (rest['specversion'] !== '1.0') {
    throw refuseCloudEvent(`"specversion" is ${shownValue(rest['specversion'])}; only "1.0" is read`);
  }
  const attributes: Record<string, string | number | boolean> = {};
  for (const [name, given] of Object.entries(rest)) {
    // A null attribute counts as absent.
    if (given !== null && given !== undefined) attributes[name] = readAttribute(name, given);
  }
  const { id, source, type } = attributes;
  for (const [name, given] of Object.entries({ id, source, type })) {
    if (typeof given !== 'string' || given === '') throw refuseCloudEvent(`"${name}" is no text`);
  }
  if (data !== undefined && data !== null && binary !== undefined)
    throw refuseCloudEvent('it has both "data" and "data_base64"');
  const known = { ...attributes, id: String(id), source: String(source), type: String(type) };
  return {
    attributes: known,
    data: binary === undefined ? (data ?? undefined) : readBinary(binary, attributes['datacontenttype']),
  };
}

/** What a reader is told. */
export function refuseCloudEvent(why: string): RaptorFlowError {
  return new RaptorFlowError('malformed_input', `This is no CloudEvent that can be read: ${why}.`);
}

function readAttribute(name: string, given: unknown): string | number | boolean {
  if (!attributeName.test(name))
    throw refuseCloudEvent(`"${name.slice(0, 40)}" is no attribute name; those are of a–z and 0–9`);
  if (moments.has(name)) {
    const millis = typeof given === 'string' && instant.test(given) ? Date.parse(given) : Number.NaN;
    if (Number.isNaN(millis)) throw refuseCloudEvent(`"${name}" is no RFC 3339 timestamp`);
    return new Date(millis).toISOString();
  }
  if (typeof given === 'string' || typeof given === 'boolean') return given;
  if (typeof given === 'number' && Number.isSafeInteger(given)) return given;
  throw refuseCloudEvent(`"${name}" is neither a text, a whole number nor a truth value`);
}

function readBinary(binary: unknown, mediaType: unknown): unknown {
  if (typeof binary !== 'string' || !base64.test(binary))
    throw refuseCloudEvent('"data_base64" is no Base64');
  if (typeof mediaType === 'string' && !jsonMediaType.test(mediaType)) {
    return { data_base64: binary, media_type: mediaType };
  }
  try {
    return JSON.parse(Buffer.from(binary, 'base64').toString('utf8')) as unknown;
  } catch {
    // Without a media type data is JSON by default, but who sends bytes rarely means it.
    if (mediaType === undefined) return { data_base64: binary, media_type: null };
    throw refuseCloudEvent('"data_base64" does not hold the JSON that "datacontenttype" announces');
  }
}

function shownValue(value: unknown): string {
  return value === undefined ? 'missing' : (JSON.stringify(value)?.slice(0, 40) ?? typeof value);
}
