/** A check of a benchmark failed; its figures do not count. */
export function fault(message: string): Error {
  return new Error(`The benchmark's own check failed: ${message}.`);
}

/** Throws unless two numbers are the same. */
export function assertCount(what: string, found: number, expected: number): void {
  if (found !== expected) throw fault(`${what}: ${found} instead of ${expected}`);
}
