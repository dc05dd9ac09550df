/** The pairs of a hash, which RESP2 answers as a flat list and RESP3 as a map or an object. */
export function pairsOf(answer: unknown): (readonly [string, string])[] {
  if (Array.isArray(answer)) {
    const flat = answer as string[];
    return Array.from({ length: flat.length / 2 }, (_, index) => [
      flat[index * 2] ?? '',
      flat[index * 2 + 1] ?? '',
    ]);
  }
  if (answer instanceof Map) return [...(answer as Map<string, string>)];
  return Object.entries(answer as Record<string, string>);
}
