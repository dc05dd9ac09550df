/** Where a run's steps stand on its time line. */
import type { RunStep } from '@raptorflow/contract';

/** A step's place: shares of the whole, between 0 and 1. */
export interface Span {
  readonly offset: number;
  readonly length: number;
}

/** A bar shorter than this cannot be seen. */
const lengthMin = 0.004;

/** The moments between which the steps lie; `now` ends a step that is still running. */
export function boundsOf(
  steps: readonly RunStep[],
  now: number,
): { readonly from: number; readonly to: number } {
  if (steps.length === 0) return { from: now, to: now };
  const from = Math.min(...steps.map((step) => Date.parse(step.started_at)));
  const to = Math.max(
    ...steps.map((step) => (step.completed_at === null ? now : Date.parse(step.completed_at))),
  );
  return { from, to: Math.max(from, to) };
}

/** A step's place between the bounds. */
export function spanOf(
  step: RunStep,
  bounds: { readonly from: number; readonly to: number },
  now: number,
): Span {
  const whole = bounds.to - bounds.from;
  if (whole <= 0) return { offset: 0, length: 1 };
  const start = Date.parse(step.started_at);
  const end = step.completed_at === null ? Math.max(now, start) : Date.parse(step.completed_at);
  const offset = Math.min(1 - lengthMin, Math.max(0, (start - bounds.from) / whole));
  return { offset, length: Math.min(1 - offset, Math.max(lengthMin, (end - start) / whole)) };
}
