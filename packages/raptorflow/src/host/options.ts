/** What is watched, and how often; all optional. */
export interface HostMonitorOptions {
  /** Milliseconds between two samples, 50 … 60,000; default 200. A source may be slower: see `status().sampleRateMs`. */
  readonly sampleRateMs?: number;
  /** Processors and load; default true. */
  readonly cpu?: boolean;
  readonly memory?: boolean;
  readonly disk?: boolean;
  readonly network?: boolean;
  /** `auto`, the default: GPUs are watched where nvidia-smi finds any. `true` warns when it finds none. */
  readonly gpu?: 'auto' | boolean;
  /** When the monitor takes more than this share of one core, in percent, it halves its rate; default 1. */
  readonly ownCpuPercentMax?: number;
}

/** The options, complete. */
export type ResolvedOptions = Required<HostMonitorOptions>;
