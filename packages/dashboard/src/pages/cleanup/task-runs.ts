/** Runs that somebody began on this page: which are under way, and what the last one came to. */
import type { WireCleanupResult, WireCleanupTask } from '@raptorflow/contract';
import { useCallback, useState } from 'react';

import { useRunTask } from '../../data/cleanup.ts';

/** How a run ended that was asked for here. */
export type RunOutcome =
  | { readonly task: WireCleanupTask; readonly result: WireCleanupResult }
  | { readonly task: WireCleanupTask; readonly error: unknown };

/** Runs of this page. */
export interface TaskRuns {
  /** Ids of the tasks that run because of it. */
  readonly underWay: ReadonlySet<string>;
  /** The last one that ended; null before the first. */
  readonly outcome: RunOutcome | null;
  readonly run: (task: WireCleanupTask) => void;
  /** Takes the outcome off the page. */
  readonly dismiss: () => void;
}

/** Lets tasks be run, several at once. */
export function useTaskRuns(): TaskRuns {
  const { mutateAsync } = useRunTask();
  const [underWay, setUnderWay] = useState<ReadonlySet<string>>(new Set());
  const [outcome, setOutcome] = useState<RunOutcome | null>(null);
  const run = useCallback(
    (task: WireCleanupTask) => {
      setUnderWay((before) => new Set(before).add(task.task_id));
      void mutateAsync(task)
        .then(
          (result) => setOutcome({ task, result }),
          (error: unknown) => setOutcome({ task, error }),
        )
        .finally(() => setUnderWay((before) => new Set([...before].filter((id) => id !== task.task_id))));
    },
    [mutateAsync],
  );
  return { underWay, outcome, run, dismiss: () => setOutcome(null) };
}
