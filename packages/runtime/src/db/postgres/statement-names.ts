/** How often a statement is sent before it gets a name. */
const usesBefore = 5;

/** Statements with names. Each connection keeps the plan of each: a few dozen kilobytes on the server. */
const namesMax = 200;

/** Statements that are counted; beyond, counting starts afresh. */
const countedMax = 2_000;

/**
 * Gives names to statements that come again and again, so that the server reads and plans each once a connection. Where statements are small, that is
 * most of its work.
 */
export class StatementNames {
  readonly #names = new Map<string, string>();
  readonly #uses = new Map<string, number>();

  /** The name of a statement; undefined while it has none. */
  of(sql: string): string | undefined {
    const name = this.#names.get(sql);
    if (name !== undefined || this.#names.size >= namesMax || takesEveryColumn(sql)) return name;
    const uses = (this.#uses.get(sql) ?? 0) + 1;
    if (uses > usesBefore) {
      this.#uses.delete(sql);
      this.#names.set(sql, `raptorflow_${this.#names.size + 1}`);
      return this.#names.get(sql);
    }
    if (this.#uses.size >= countedMax) this.#uses.clear();
    this.#uses.set(sql, uses);
    return undefined;
  }
}

// The server refuses its plan once such a table has got another column, as when a newer program has brought the database up to date. Within
// parentheses, as scopes put tables, another column changes nothing of what is answered.
function takesEveryColumn(sql: string): boolean {
  const outside = sql.replaceAll('(select * from', '');
  return outside.includes('select *') || outside.includes('returning *') || outside.includes('.*');
}
