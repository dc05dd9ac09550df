import type { Findings } from './findings.ts';

/** How a benchmark is run. */
export interface BenchSettings {
  /** Interleaved rounds of each race. */
  readonly rounds: number;
  /** How long each contestant publishes in a round, milliseconds. */
  readonly legMs: number;
  /** Operations of a latency measurement. */
  readonly operations: number;
  /** Events stored before replay, lookup and opening are measured. */
  readonly storedEvents: number;
  /** Events per memory measurement. */
  readonly memoryEvents: number;
  /** How long an idle process is watched, milliseconds. */
  readonly idleMs: number;
  /** Workspaces that events of ours are spread over; peers know none. */
  readonly workspaces: number;
  /** Processes that are killed. */
  readonly kills: number;
  /** Workers of BullMQ that are killed; each takes a minute, all at once. */
  readonly peerKills: number;
  /** How long the handlers of live members run beside the kills, milliseconds. */
  readonly liveMs: number;
  /** Peers that are servers of their own take part, too, where a question has such. */
  readonly full: boolean;
  /** Distinct tag sets that are offered to a counter. */
  readonly tagSets: number;
  /** Only these keys; null for all. */
  readonly only: ReadonlySet<string> | null;
  readonly print: (line: string) => void;
}

/** The settings of a run whose figures count, and of a short one that only shows that everything works. */
export const settingsOf = {
  full: {
    rounds: 5,
    legMs: 1_500,
    operations: 2_000,
    storedEvents: 1_000_000,
    memoryEvents: 20_000,
    idleMs: 20_000,
    workspaces: 1,
    kills: 50,
    peerKills: 3,
    liveMs: 300_000,
    tagSets: 1_000_000,
  },
  quick: {
    rounds: 1,
    legMs: 300,
    operations: 300,
    storedEvents: 20_000,
    memoryEvents: 5_000,
    idleMs: 4_000,
    workspaces: 1,
    kills: 3,
    peerKills: 0,
    liveMs: 12_000,
    tagSets: 100_000,
  },
} as const satisfies Record<string, Omit<BenchSettings, 'full' | 'only' | 'print'>>;

/** One figure that a benchmark gives. */
export interface FigureAbout {
  /** What it is, for the table. */
  readonly about: string;
  /** What it is to reach, in words; see the specification of the bus. */
  readonly target?: string;
}

/** A benchmark: one question, answered by figures. */
export interface Question {
  readonly name: string;
  readonly about: string;
  readonly figures: Readonly<Record<string, FigureAbout>>;
  /** Measures. Rejects when a check of its own fails: then no figure counts. */
  run(settings: BenchSettings, findings: Findings): Promise<void>;
}
