import type { Meter } from 'raptorflow/metrics';
import type { Run } from './run.ts';

/** Counts and times executions of runs. */
export interface RunMeters {
  /** An execution begins; the answer is told how it ended, or with null that its journal could not be written. */
  begin(): (run: Run | null, tookMs: number) => void;
}

/** The meters of runs, by agent and workspace. */
export function runMeters(meter: Meter): RunMeters {
  const executions = meter.counter({
    name: 'agent_executions',
    unit: 'runs',
    description:
      'Executions of runs, by how they ended: completed, failed, cancelled, waiting for a person, interrupted.',
    category: 'agent',
  });
  const durations = meter.histogram({
    name: 'agent_execution_ms',
    unit: 'ms',
    description: 'Time that an execution of a run took.',
    category: 'agent',
  });
  const running = meter.gauge({
    name: 'agent_executions_running',
    unit: 'runs',
    description: 'Runs that this process executes now.',
    category: 'agent',
  });
  return {
    begin: () => {
      running.add(1);
      return (run, tookMs) => {
        running.add(-1);
        if (!run) return;
        const of = { agent_id: run.agentId ?? '', workspace_id: run.workspaceId };
        executions.with({ ...of, run_type: run.runType, outcome: run.state.status }).add();
        durations.with(of).record(tookMs);
      };
    },
  };
}
