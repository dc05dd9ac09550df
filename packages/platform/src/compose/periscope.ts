/** Periscope in a process: what calls the world outside is run by one, so that its failures are contained and seen in one place. */
import type { Bus } from 'raptorflow/bus';
import { createPeriscope, type Periscope } from 'raptorflow/resilience';
import type { CommonDeps } from './stores.ts';

/** Builds the periscope of a process, which counts the dead letters of its bus, too. */
export function createProcessPeriscope(
  { deadLetters }: Pick<Bus, 'deadLetters'>,
  { clock, log, meter }: Pick<CommonDeps, 'clock' | 'log' | 'meter'>,
): Periscope {
  return createPeriscope({}, { clock, log, meter, deadLetters });
}

/** The operation that a circuit of another name belongs to: each model has one of its own. */
export function operationOfCircuit(name: string): string {
  return name.startsWith('model:') ? 'model_call' : name;
}
