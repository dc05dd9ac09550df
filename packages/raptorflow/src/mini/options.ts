import type { RaptorConfig, HostMonitorStatus } from '../host/index.ts';
import type { RaptorLogReport } from '../log/index.ts';

/** Where Raptor Mini finds its configuration; all optional. */
export interface RaptorMiniOptions {
  /**
   * The configuration file. Default: `config/raptor.ini` in `directory`, where there is one, else the built-in defaults. Null: the built-in
   * defaults, whatever there is.
   */
  readonly configFile?: string | null;
  /** What relative paths are relative to. Default: the working directory. */
  readonly directory?: string;
  /** Whether uncaught exceptions, unhandled rejections and warnings of the process are logged while it runs; how it ends is not changed. Default false. */
  readonly hookProcess?: boolean;
}

/** How Raptor Mini is. */
export interface RaptorMiniStatus {
  readonly running: boolean;
  /** The file that was read, absolute; null for the built-in defaults. */
  readonly configFile: string | null;
  readonly config: RaptorConfig;
  /** Undefined while it does not run. */
  readonly host: HostMonitorStatus | undefined;
  /** Undefined while it does not run. */
  readonly log: RaptorLogReport | undefined;
}
