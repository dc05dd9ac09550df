/** What the owner tells its reaper, one JSON line each. */
export type ReaperOrder =
  | {
      readonly do: 'add';
      readonly id: number;
      readonly pid?: number | undefined;
      readonly startedAt?: string | undefined;
      readonly marker?: string | undefined;
    }
  | { readonly do: 'drop'; readonly id: number }
  | { readonly do: 'count'; readonly id: number; readonly request: number }
  | { readonly do: 'kill'; readonly id: number; readonly request: number; readonly killAfterMs: number };

/** What the reaper answers to `count` and `kill`: how many processes of the tree are left. */
export interface ReaperAnswer {
  /** Number of the order that this answers. */
  readonly request: number;
  readonly left: number;
}

/** Calls back for each whole line of a stream of text. */
export function lineReader(onLine: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') onLine(line);
  };
}
