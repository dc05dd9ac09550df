import { parseOptions, silentLogger, systemClock, type Clock, type Logger } from 'raptorflow/kernel';
import { z } from 'zod';
import { EngineThread, type TaskOutcome } from './engine-thread.ts';
import { textTaskSchema, type ResultOf, type TextTask } from './tasks.ts';

/** Limits of the engine. */
export interface TextEngineOptions {
  /** Indexed sets of documents kept for the next task on the same sources; default 3. */
  corporaKeptMax?: number | undefined;
  /** Characters of source text held by them at most; larger sets are read anew each time; default 8,000,000. */
  charactersKeptMax?: number | undefined;
  /** An answer below this confidence (0–1) counts as unanswered; default 0.55. */
  answerConfidenceMin?: number | undefined;
  /** Without a task for so long the engine's thread ends and gives its memory back; default 5,000. */
  idleMs?: number | undefined;
  /** Heap of the engine's thread; a task that needs more fails alone; default 1,024. */
  heapMegabytesMax?: number | undefined;
}

/** What the engine uses; each has a real default. */
export interface TextEngineDeps {
  log?: Logger | undefined;
  /** For the idle time only; results never depend on it. */
  clock?: Clock | undefined;
}

/** How a task is run. */
export interface TextTaskOptions {
  signal?: AbortSignal | undefined;
}

/**
 * The offline text engine: deterministic, no network, every sentence of its answers stands in a source. It works in a
 * thread of its own, so that the event loop of its caller is never held up; the thread is there while it is needed.
 */
export interface TextEngine {
  /**
   * Runs one task. The same task gives byte-identical results on every machine. Throws `invalid_options` for a malformed
   * task, the signal's reason when it is aborted, `exhausted` when too many tasks wait or the documents need more memory
   * than the engine has, and `unavailable` when its thread has ended.
   */
  run<T extends TextTask>(task: T, options?: TextTaskOptions): Promise<ResultOf<T>>;
  /** `run`, with the result left as the JSON text it comes as. */
  runToJson(task: TextTask, options?: TextTaskOptions): Promise<TaskOutcome>;
  /** Ends the thread; tasks under way are rejected with `cancelled`. A later task starts it again. */
  stop(): Promise<void>;
}

const defaults = {
  corporaKeptMax: 3,
  charactersKeptMax: 8_000_000,
  answerConfidenceMin: 0.55,
  idleMs: 5_000,
  heapMegabytesMax: 1_024,
};

const optionsSchema = z.strictObject({
  corporaKeptMax: z.number().int().min(0).max(100).optional(),
  charactersKeptMax: z.number().int().min(0).optional(),
  answerConfidenceMin: z.number().min(0).max(1).optional(),
  idleMs: z.number().int().min(0).optional(),
  heapMegabytesMax: z.number().int().min(64).optional(),
});

/** Creates the engine. Costs nothing until the first task: thread and language model (about 100 MB) are there from then. */
export function createTextEngine(options: TextEngineOptions = {}, deps: TextEngineDeps = {}): TextEngine {
  const given = parseOptions('text engine', optionsSchema, options);
  const thread = new EngineThread(
    {
      workbench: {
        corporaKeptMax: given.corporaKeptMax ?? defaults.corporaKeptMax,
        charactersKeptMax: given.charactersKeptMax ?? defaults.charactersKeptMax,
        answerConfidenceMin: given.answerConfidenceMin ?? defaults.answerConfidenceMin,
      },
      idleMs: given.idleMs ?? defaults.idleMs,
      heapMegabytesMax: given.heapMegabytesMax ?? defaults.heapMegabytesMax,
      tasksAtOnceMax: 4,
      tasksWaitingMax: 1_000,
    },
    { clock: deps.clock ?? systemClock, log: deps.log ?? silentLogger },
  );
  const runToJson: TextEngine['runToJson'] = async (task, { signal } = {}) =>
    thread.run(parseOptions('text task', textTaskSchema, task), signal);
  return {
    runToJson,
    run: async <T extends TextTask>(task: T, runOptions?: TextTaskOptions) =>
      JSON.parse((await runToJson(task, runOptions)).json) as ResultOf<T>,
    stop: () => thread.stop(),
  };
}
