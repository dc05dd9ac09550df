import { RaptorFlowError } from 'raptorflow/kernel';

/** A value as the text of a JSON column. Both engines keep JSON as text: it is read and written whole, and never searched inside. */
export function toJsonText(value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) {
    throw new RaptorFlowError('invalid_input', 'Only values that JSON can hold are stored in a JSON column.');
  }
  return text;
}

/**
 * The value of a JSON column, as `read` (a schema's `parse`) makes it; without `read` it is trusted to be what this program wrote.
 * Throws `storage_corrupt` when the text is no JSON.
 */
export function fromJsonText<Value>(text: string, read?: (value: unknown) => Value): Value {
  try {
    const value = JSON.parse(text) as Value;
    return read ? read(value) : value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RaptorFlowError(
      'storage_corrupt',
      'A JSON column holds something that is not JSON; restore a backup.',
      { cause: error },
    );
  }
}
