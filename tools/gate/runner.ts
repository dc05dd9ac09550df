/** What a step found. `passed` and `failed` are what it adds to the last line of the gate. */
export interface StepResult {
  readonly passed: number;
  readonly failed: number;
  /** A few words behind the time, such as the number of tests. */
  readonly note?: string;
  /** Printed when the step failed. */
  readonly output?: string;
}

/** One thing that the gate checks. */
export interface Step {
  readonly name: string;
  /** Part of `npm run check`. */
  readonly quick: boolean;
  /** Steps that have to end first, where they take part. When one of `needs` failed, this step fails without running. */
  readonly after?: readonly string[];
  readonly needs?: readonly string[];
  /** Runs with nothing beside it. */
  readonly alone?: true;
  readonly run: (signal: AbortSignal) => Promise<StepResult>;
}

/** How the steps ended, added up. */
export interface Totals {
  readonly passed: number;
  readonly failed: number;
}

/** What the runner needs from outside. */
export interface RunnerOptions {
  readonly print: (line: string) => void;
  readonly signal: AbortSignal;
  readonly stepsAtOnceMax: number;
  /** A step that takes longer says every now and then that it still runs. */
  readonly stillRunningEveryMs: number;
}

/** Runs every step, some beside each other, to the end, whatever fails, and adds up what passed and failed. */
export async function runSteps(steps: readonly Step[], options: RunnerOptions): Promise<Totals> {
  const waiting = [...steps];
  const results = new Map<string, StepResult>();
  const running = new Map<Step, Promise<void>>();
  while (waiting.length + running.size > 0 && !options.signal.aborted) {
    for (let step = nextStep(waiting, running, steps, results, options); step !== undefined;) {
      const current = step;
      waiting.splice(waiting.indexOf(current), 1);
      const ended = start(step, results, options).finally(() => running.delete(current));
      running.set(step, ended);
      step = nextStep(waiting, running, steps, results, options);
    }
    await Promise.race(running.values());
  }
  await Promise.all(running.values());
  const all = [...results.values()];
  return {
    passed: all.reduce((sum, result) => sum + result.passed, 0),
    failed: all.reduce((sum, result) => sum + result.failed, 0),
  };
}

function nextStep(
  waiting: readonly Step[],
  running: ReadonlyMap<Step, unknown>,
  steps: readonly Step[],
  results: ReadonlyMap<string, StepResult>,
  options: RunnerOptions,
): Step | undefined {
  if (running.size >= options.stepsAtOnceMax || [...running.keys()].some((step) => step.alone === true))
    return undefined;
  const taking = new Set(steps.map((step) => step.name));
  const isReady = (step: Step): boolean =>
    [...(step.after ?? []), ...(step.needs ?? [])].every((name) => results.has(name) || !taking.has(name));
  return waiting.find((step) => isReady(step) && (step.alone !== true || running.size === 0));
}

async function start(step: Step, results: Map<string, StepResult>, options: RunnerOptions): Promise<void> {
  const startedAt = performance.now();
  const seconds = (): string => ((performance.now() - startedAt) / 1000).toFixed(1);
  const heartbeat = setInterval(
    () => options.print(`${step.name} still runs (${seconds()} s)`),
    options.stillRunningEveryMs,
  );
  const blocker = step.needs?.find((name) => (results.get(name)?.failed ?? 0) > 0);
  const result =
    blocker === undefined
      ? await step.run(options.signal).catch((error: unknown) => failure(String(error)))
      : failure(`not run: ${blocker} failed`);
  clearInterval(heartbeat);
  results.set(step.name, result);
  if (options.signal.aborted) return;
  const outcome = result.failed === 0 ? 'ok' : 'FAILED';
  options.print(
    `${step.name.padEnd(14)} ${outcome.padEnd(6)} ${seconds().padStart(6)} s  ${result.note ?? ''}`.trimEnd(),
  );
  if (result.failed > 0 && result.output !== undefined) options.print(indent(result.output));
}

function failure(output: string): StepResult {
  return { passed: 0, failed: 1, output };
}

function indent(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}
