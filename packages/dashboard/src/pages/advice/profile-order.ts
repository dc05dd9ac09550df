/** The order in which usage is listed. */
import type { WireUsageProfile } from '@raptorflow/contract';

/** The windows that there are, the shortest first. */
export function windowsOf(profiles: readonly WireUsageProfile[]): readonly number[] {
  return [...new Set(profiles.map(({ time_window_hours: hours }) => hours))].toSorted((a, b) => a - b);
}

/** The shortest window that says something of at least one series; undefined where none does. */
export function shortestMeasured(profiles: readonly WireUsageProfile[]): number | undefined {
  return windowsOf(profiles.filter(({ figures }) => figures.status === 'measured'))[0];
}

/** What was used first, then what was measured and never used, then what lacks samples; equal ones by name. */
export function inOrder(profiles: readonly WireUsageProfile[]): readonly WireUsageProfile[] {
  return profiles.toSorted(
    (a, b) =>
      rankOf(a) - rankOf(b) ||
      a.resource_type.localeCompare(b.resource_type) ||
      a.series.series_id.localeCompare(b.series.series_id),
  );
}

function rankOf({ figures }: WireUsageProfile): number {
  if (figures.status !== 'measured') return 2;
  return figures.peak_usage > 0 ? 0 : 1;
}

/** The series that is foretold unless somebody chooses another: one with a bound, that has been used. */
export function mostTelling(profiles: readonly WireUsageProfile[]): WireUsageProfile['series'] | undefined {
  const ordered = inOrder(profiles);
  return (ordered.find(({ series }) => series.capacity !== null) ?? ordered[0])?.series;
}
