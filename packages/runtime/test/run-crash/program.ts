import type { RunBody } from '@raptorflow/runtime';

/** What the child is told to do. */
export interface RunProgram {
  readonly database: { readonly path: string } | { readonly url: string };
  /** The file that takes one line for each side effect. */
  readonly effects: string;
  readonly workspaceId: string;
  readonly runId: string;
  /** The steps of the run, each with one side effect. */
  readonly steps: readonly string[];
}

/** The run's code, with the side effect of a step. */
export function programBody(steps: readonly string[], effect: (step: string) => Promise<void>): RunBody {
  return async (run) => {
    let sum = 0;
    for (const step of steps) {
      sum += await run.tool(step, sum, async () => {
        await effect(step);
        return 1;
      });
    }
    return sum;
  };
}
