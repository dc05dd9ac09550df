import type { BreakerState } from './fixtures.ts';
import type { WireFailure } from './routing.ts';

/** What tests may change while it serves. */
export interface MonitoredState {
  running: boolean;
  operator: boolean;
  gpuCount: number;
  /** By name; the others are closed. */
  readonly breakers: Map<string, BreakerState>;
  /** Routes that fail, by their names in the client: `raptor.start`. */
  readonly failures: Map<string, WireFailure>;
}
