/** A payload as somebody types it. */

/** Reads the text as a JSON object; says what is wrong when it is none. */
export function readPayload(
  text: string,
):
  | { readonly value: Record<string, unknown>; readonly problem: null }
  | { readonly value: null; readonly problem: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return {
      value: null,
      problem: `This is not JSON: ${error instanceof Error ? error.message : 'it does not parse'}.`,
    };
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { value: null, problem: 'A payload is a JSON object: { "name": "value" }.' };
  }
  return { value: { ...value }, problem: null };
}
