/** What the pipelines of this process are at, for whoever watches. */
import type { Signals } from '@raptorflow/society';
import type { Clock } from 'raptorflow/kernel';
import type { PipelineProgress } from 'raptorflow/pipeline';

/** One run of a pipeline. */
export interface PipelineRun {
  readonly name: string;
  readonly state: 'running' | 'ended' | 'failed';
  /** Undefined before it has told of itself. */
  readonly progress: PipelineProgress | undefined;
  /** Milliseconds since 1970 UTC. */
  readonly startedAt: number;
  readonly endedAt: number | null;
}

/** Runs that have ended and are still shown; those that go on are shown in any case. */
const endedMax = 50;

/** Remembers runs from their beginning on. */
export class PipelineBoard {
  readonly #clock: Pick<Clock, 'now'>;
  #runs: PipelineRun[] = [];

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** The newest first. */
  list(): readonly PipelineRun[] {
    return this.#runs;
  }

  /** Runs `work` as a run of this name, which tells of itself by the function that it is given. */
  async watch<T>(name: string, work: (tell: (progress: PipelineProgress) => void) => Promise<T>): Promise<T> {
    let run: PipelineRun = {
      name,
      state: 'running',
      progress: undefined,
      startedAt: this.#clock.now(),
      endedAt: null,
    };
    const become = (next: Partial<PipelineRun>): void => {
      const before = run;
      run = { ...run, ...next };
      this.#runs = this.#runs.map((each) => (each === before ? run : each));
    };
    this.#runs = [run, ...this.#runs];
    try {
      const result = await work((progress) => become({ progress }));
      become({ state: 'ended', endedAt: this.#clock.now() });
      return result;
    } catch (error) {
      become({ state: 'failed', endedAt: this.#clock.now() });
      throw error;
    } finally {
      const shown = new Set(this.#runs.filter(({ state }) => state !== 'running').slice(0, endedMax));
      this.#runs = this.#runs.filter((each) => each.state === 'running' || shown.has(each));
    }
  }
}

/** The same signals, whose documents are shown on the board. */
export function shownOn(board: PipelineBoard, signals: Signals): Pick<Signals, 'ingest' | 'list'> {
  return {
    ingest: (workspaceId, document) =>
      board.watch('threats', (tell) =>
        signals.ingest(workspaceId, {
          ...document,
          onProgress(progress) {
            tell(progress);
            document.onProgress?.(progress);
          },
        }),
      ),
    list: (workspaceId, filter) => signals.list(workspaceId, filter),
  };
}
