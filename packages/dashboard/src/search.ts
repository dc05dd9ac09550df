/** What stands behind the question mark of an address: plain text, so that addresses stay readable and can be typed. */

/** Reads a query string; a name given twice keeps its last value. */
export function parseSearch(search: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(search));
}

/** Writes a query string; what has no value is left out. */
export function stringifySearch(search: Readonly<Record<string, unknown>>): string {
  const written = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    if (typeof value === 'string' && value !== '') written.set(name, value);
  }
  return written.size === 0 ? '' : `?${written.toString()}`;
}

/** Makes a reader that keeps exactly these names; anything else in the address is ignored. */
export function readSearch<const N extends string>(...names: readonly N[]) {
  return (search: Readonly<Record<string, unknown>>): { [K in N]?: string } => {
    const read: { [K in N]?: string } = {};
    for (const name of names) {
      const value = search[name];
      if (typeof value === 'string' && value !== '') read[name] = value;
    }
    return read;
  };
}

/** Reads a whole number of an address; null when it is none. */
export function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/u.test(text) ? Number(text) : null;
}

/** Whether `value` is one of `words`, for words of an address that must be the contract's. */
export function isOneOf<const W extends string>(words: readonly W[], value: string | undefined): value is W {
  return value !== undefined && (words as readonly string[]).includes(value);
}

/** An address inside the dashboard to go on to; anything that could leave it becomes the overview. */
export function safeAddress(address: string | undefined): string {
  return address !== undefined && /^\/(?![/\\])/u.test(address) ? address : '/';
}
