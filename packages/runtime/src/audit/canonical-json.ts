import type { JsonValue } from '../models/model.ts';

/**
 * JSON whose bytes depend on its value alone, as RFC 8785 (JSON Canonicalization Scheme) writes it: keys in the order of their
 * UTF-16 code units, numbers and texts as ECMAScript writes them, no white space. Fields without a value are left out.
 */
export function canonicalJson(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return `[${value.map((item: JsonValue) => canonicalJson(item)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${JSON.stringify(key)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}
