/** Where the calls of operations go that other tools read under `metrics:periscope:*` in Redis; nowhere until a store of metrics takes them. */
import type { OperationLog } from 'raptorflow/metrics';

/** Hands calls on. Periscope is there before the history of the process is, and without Redis nobody takes them. */
export class OperationTap implements OperationLog {
  #log: OperationLog | undefined;

  /** From now on calls go there. */
  pourInto(log: OperationLog): void {
    this.#log = log;
  }

  record(sample: Parameters<OperationLog['record']>[0]): void {
    this.#log?.record(sample);
  }

  get dropped(): number {
    return this.#log?.dropped ?? 0;
  }
}
