/** The code of an invitation between its link and its acceptance. */

const key = 'raptorflow invitation';

/** Takes the code out of the address, which browsers show and keep, into the tab, which ends with itself. */
export function keepInvitation(): void {
  const code = new URLSearchParams(globalThis.location.hash.slice(1)).get('code');
  if (code === null) return;
  globalThis.sessionStorage.setItem(key, code);
  globalThis.history.replaceState(globalThis.history.state, '', globalThis.location.pathname);
}

/** The code that is kept in this tab, if any. */
export function keptInvitation(): string | null {
  return globalThis.sessionStorage.getItem(key);
}

/** Forgets it, once it was accepted. */
export function forgetInvitation(): void {
  globalThis.sessionStorage.removeItem(key);
}
