import type { Service } from '../../kernel/index.ts';
import type { Ending } from '../leaks/endings.ts';
import type { Leaks } from '../leaks/leak.ts';
import type { Lease, LeaseOptions } from '../leases/lease.ts';
import type {
  CleanupReport,
  CleanupRequest,
  CleanupStrategy,
  ResourceFilter,
  ResourceInfo,
  ResourceScope,
  ResourceSummary,
  ResourceType,
} from './resource.ts';

/**
 * Knows what is open, whose it is and what it takes, finds what was forgotten, and closes it. Resources can be registered before `start`, which begins the
 * scans and sweeps; `stop` ends all leases and all process trees and registers nothing any more, but leaves the other resources to their owners.
 */
export interface Resources extends Service, ResourceScope {
  /** Says that it was used just now. False when nothing of this id is open. */
  touch(id: string): boolean;
  /** Says that its owner has closed it. Nothing is called. False when nothing of this id is open. */
  release(id: string): boolean;
  /** An open resource, or one of the last 1,000 that were cleaned up; undefined when there is none. */
  find(id: string): ResourceInfo | undefined;
  /** Those that fit; with status `cleaned_up`, those of the last 1,000. */
  list(filter?: ResourceFilter): ResourceInfo[];
  summary(): ResourceSummary;
  /**
   * Closes what fits and is not active; with `force` active ones too. Failures are in the report and not thrown. Rejects with `invalid_input` for
   * `force` without saying of what.
   */
  cleanup(request?: CleanupRequest): Promise<CleanupReport>;
  /** From now on, resources of the type are closed this way, after their own `dispose`. */
  useStrategy(type: ResourceType, strategy: CleanupStrategy): void;
  /** Takes a lease. Throws `exhausted` beyond `leasesMax`, `invalid_input`, and `unavailable` after the end. */
  lease(options?: LeaseOptions): Lease;
  /** Says that a run, an agent or an owner has ended: what is still open of it a second later is a leak, and swept. */
  ended(ending: Ending): void;
  readonly leaks: Leaks;
}
