/** Periscope in a process: what calls the world outside is run by one, so that its failures are contained and seen in one place. */
import type { Bus } from 'raptorflow/bus';
import { createPeriscope, type Periscope } from 'raptorflow/resilience';
import type { CommonDeps } from './stores.ts';

/** Builds the periscope of a process, which counts the dead letters of its bus, too. */
export function createProcessPeriscope(
  { deadLetters }: Pick<Bus, 'deadLetters'>,
  { clock, log, meter, operations }: CommonDeps,
): Periscope {
  return createPeriscope({}, { clock, log, meter, deadLetters, operationLog: operations });
}
