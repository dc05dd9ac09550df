import { invariant } from 'raptorflow/kernel';
import type { JsonObject, JsonValue } from './model.ts';

/** Parses JSON. Throws what `JSON.parse` throws. */
export function parseJson(text: string): JsonValue {
  const value: unknown = JSON.parse(text);
  invariant(isJsonValue(value), 'parsed JSON is JSON');
  return value;
}

/** A copy of an object that holds nothing but JSON: what is not JSON is left out or written as JSON does. */
export function asJson(value: object): JsonObject {
  const copy = parseJson(JSON.stringify(value));
  invariant(isJsonObject(copy), 'an object is written as an object');
  return copy;
}

/** Whether a JSON value is an object. */
function isJsonObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Looks at the surface only: it is asked about what a JSON parser made.
function isJsonValue(value: unknown): value is JsonValue {
  return value !== undefined && typeof value !== 'function' && typeof value !== 'symbol';
}
