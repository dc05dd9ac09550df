import { formatDuration } from '../../kernel/index.ts';
import type { ResourceInfo, ResourceType } from '../registry/resource.ts';

/** From age over the limit: 5 times is critical, 3 times high, twice medium. For growth, from how many times larger the figure is. */
export type LeakSeverity = 'low' | 'medium' | 'high' | 'critical';

/**
 * Why something is called a leak.
 *
 * - `age`: older than the limit of its type, and unused for half of that.
 * - `call_site`: the same with a limit learned from what the place in the program usually does.
 * - `collected`: its handle was collected as garbage, so that its owner cannot release it any more. Proved.
 * - `ownership`: the run, agent or owner that it belongs to has ended. Proved.
 * - `growth`: a figure of the process, or one that is watched, keeps growing.
 */
export type LeakReason = 'age' | 'call_site' | 'collected' | 'ownership' | 'growth';

/** A resource that nobody will release, or a figure that keeps growing. It leaves the list when that is over. */
export interface Leak {
  readonly id: string;
  readonly reason: LeakReason;
  readonly severity: LeakSeverity;
  /** Milliseconds since 1970 UTC. */
  readonly detectedAt: number;
  /** The resource's type; for growth the name of the figure. */
  readonly type: ResourceType;
  readonly resource: ResourceInfo | undefined;
  readonly callSite: string | undefined;
  /** The figures that the verdict rests on. */
  readonly evidence: Readonly<Record<string, number | string>>;
  readonly description: string;
  readonly suggestedAction: string;
}

/** Which leaks are meant; all that is named must fit. */
export interface LeakFilter {
  readonly severity?: LeakSeverity;
  readonly reason?: LeakReason;
  readonly type?: ResourceType;
  readonly workspaceId?: string;
  /** Default 1,000. */
  readonly limit?: number;
}

/** What one scan saw. */
export interface LeakScan {
  readonly scanned: number;
  /** Found by this scan, the most severe first; at most `leaksMax`. */
  readonly found: readonly Leak[];
  /** Taken back by this scan. */
  readonly retracted: number;
  /** Open leaks after it. */
  readonly open: number;
  readonly durationMs: number;
}

/** How verdicts about resources turned out. Growth is not judged. */
export interface LeakAccuracy {
  /** Closed by us, or confirmed by somebody. */
  readonly confirmed: number;
  /** Used again, released by their owner after all, or rejected by somebody. */
  readonly wrong: number;
  /** Leaks that somebody reported, or a sweep closed, without a verdict before. */
  readonly missed: number;
  /** Not decided yet. */
  readonly open: number;
  /** Share of the decided verdicts that were right; undefined before the first. */
  readonly precision: number | undefined;
  /** Share of the known leaks that had a verdict; undefined before the first. */
  readonly recall: number | undefined;
  readonly byReason: Readonly<Record<LeakReason, { readonly confirmed: number; readonly wrong: number }>>;
}

/** How a figure is watched for growth. */
export interface WatchOptions {
  /** Growth by less is nothing; default the option `growth.countMin`. */
  readonly growthMin?: number;
  /** What the figure counts, for the description; default its name. */
  readonly unit?: string;
}

/** Finds what was forgotten. */
export interface Leaks {
  /** Looks at everything now; 100,000 resources take some milliseconds, in which the event loop waits. */
  scan(): LeakScan;
  /** Open leaks, the most severe first. */
  list(filter?: LeakFilter): Leak[];
  accuracy(): LeakAccuracy;
  /** Watches a figure for growth; it is asked for at each scan. Returns the way to stop. Throws `conflict` for a name in use, `exhausted` beyond 1,000. */
  watch(name: string, read: () => number, options?: WatchOptions): () => void;
  /** A person says that the verdict is right: it is counted, and stays until the resource is gone. False when there is none of this id. */
  confirm(leakId: string): boolean;
  /** A person says that the verdict is wrong: it is taken back, and the resource counts as used just now. False when there is none of this id. */
  reject(leakId: string): boolean;
  /** A person says that this open resource is a leak, which no scan has found. False when it is not open or reported already. */
  report(resourceId: string): boolean;
}

/** Severity from how many times the limit is exceeded. */
export function severityOf(ratio: number): LeakSeverity {
  if (ratio >= 5) return 'critical';
  if (ratio >= 3) return 'high';
  return ratio >= 2 ? 'medium' : 'low';
}

/** Rank of a severity, the worst first. */
export function rankOf(severity: LeakSeverity): number {
  return ['critical', 'high', 'medium', 'low'].indexOf(severity);
}

const prefixes: Readonly<Record<LeakSeverity, string>> = {
  critical: 'URGENT: ',
  high: 'HIGH PRIORITY: ',
  medium: '',
  low: '',
};

/** What to do about a leak, with how soon. */
export function actionFor(severity: LeakSeverity, action: string): string {
  return prefixes[severity] + action;
}

/** A resource in words: type, id and whose it is. */
export function nameOf(info: ResourceInfo): string {
  const whose = [
    info.owner === undefined ? '' : ` of ${info.owner}`,
    info.workspaceId === undefined ? '' : `, workspace ${info.workspaceId}`,
    info.agentId === undefined ? '' : `, agent ${info.agentId}`,
    info.runId === undefined ? '' : `, run ${info.runId}`,
  ];
  return `${info.type} ${info.id}${whose.join('')}`;
}

/** A duration for people, without fractions of its unit. */
export function roughly(durationMs: number): string {
  return formatDuration(Math.max(1, Math.round(durationMs)));
}
