/** The process of a session, which is also the name of its connections: `ses_1` for `ses_1`, and for its successors `ses_1.1`, `ses_1.2` and so on. */
export function processOf(session: string): string {
  return session.split('.', 1)[0] ?? session;
}
