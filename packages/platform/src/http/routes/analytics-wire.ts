/** Analysis of usage between the wire and the library. */
import type {
  WireCapacityForecast,
  WireRecommendation,
  WireUsagePattern,
  WireUsageProfile,
} from '@raptorflow/contract';
import { maskSecrets } from 'raptorflow/kernel';
import type {
  CapacityForecast,
  KeptPattern,
  NotEnoughData,
  Recommendation,
  UsageProfile,
  UsageSeries,
} from 'raptorflow/resources';

const hourMs = 3_600_000;
const momentOf = (ms: number): string => new Date(ms).toISOString();
const momentIfAny = (ms: number | null): string | null => (ms === null ? null : momentOf(ms));

function seriesToWire(series: UsageSeries): WireUsageProfile['series'] {
  return {
    series_id: series.id,
    resource_type: series.resourceType,
    usage: series.kind,
    unit: series.unit,
    workspace_id: series.workspaceId,
    capacity: series.capacity,
    quota_id: series.quotaId,
  };
}

function missingToWire({ samples, needed, missing }: NotEnoughData) {
  return { status: 'not_enough_data', samples, needed, missing } as const;
}

/** A profile on the wire. */
export function profileToWire(profile: UsageProfile): WireUsageProfile {
  const { figures } = profile;
  return {
    series: seriesToWire(profile.series),
    resource_type: profile.resourceType,
    time_window_hours: profile.windowHours,
    from: momentOf(profile.from),
    to: momentOf(profile.to),
    figures:
      figures.status === 'not_enough_data'
        ? missingToWire(figures)
        : {
            status: 'measured',
            samples: figures.samples,
            gaps: figures.gaps,
            total_usage: figures.total,
            peak_usage: figures.peak,
            peak_at: momentOf(figures.peakAt),
            average_usage: figures.average,
            usage_variance: figures.variance,
            growth_rate_per_hour: figures.growthPerHour,
            growth_rate_error: figures.growthPerHourError,
            efficiency_score: figures.efficiency,
            waste_percentage: figures.waste * 100,
          },
  };
}

/** A pattern on the wire; its evidence is named as everywhere there. */
export function patternToWire(pattern: KeptPattern): WireUsagePattern {
  const { kind, ...evidence } = pattern.evidence;
  return {
    pattern_type: kind,
    series: seriesToWire(pattern.series),
    resource_type: pattern.resourceType,
    time_window_start: momentOf(pattern.windowFrom),
    time_window_end: momentOf(pattern.windowTo),
    samples: pattern.samples,
    season_hours: pattern.seasonMs === null ? null : pattern.seasonMs / hourMs,
    confidence: pattern.confidence,
    evidence: evidenceToWire(evidence),
    first_seen: momentOf(pattern.firstSeenAt),
    last_seen: momentOf(pattern.seenAt),
  };
}

// Moments end in At, and are told as moments are.
function evidenceToWire(
  evidence: Readonly<Record<string, number | string>>,
): Record<string, number | string> {
  return Object.fromEntries(
    Object.entries(evidence).map(([name, value]) => {
      const isMoment = typeof value === 'number' && (name === 'at' || name.endsWith('At'));
      const written = name.replaceAll(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);
      return [written, isMoment ? momentOf(value) : value];
    }),
  );
}

/** Advice on the wire. */
export function recommendationToWire(advice: Recommendation): WireRecommendation {
  const { application } = advice;
  return {
    recommendation_id: advice.id,
    title: advice.title,
    description: advice.description,
    optimization_type: advice.type,
    priority: advice.priority,
    implementation_effort: advice.effort,
    estimated_savings: advice.estimatedSaving === null ? null : { ...advice.estimatedSaving },
    resource_type: advice.resourceType,
    workspace_id: advice.series.workspaceId,
    current_state: advice.currentState,
    recommended_state: advice.recommendedState,
    steps: [...advice.steps],
    basis: advice.basis,
    confidence: advice.confidence,
    applicable: advice.action !== null && advice.state === 'open',
    state: advice.state,
    application:
      application === null
        ? null
        : {
            by: application.by,
            at: momentOf(application.at),
            outcome: application.outcome,
            result: maskSecrets(application.result),
          },
    tags: [...advice.tags],
    created_at: momentOf(advice.createdAt),
    last_seen: momentOf(advice.seenAt),
  };
}

/** A forecast on the wire. */
export function forecastToWire(forecast: CapacityForecast | NotEnoughData): WireCapacityForecast {
  if (forecast.status === 'not_enough_data') return missingToWire(forecast);
  const { exhaustion } = forecast;
  return {
    status: 'forecast',
    method: forecast.method,
    season_hours: forecast.seasonMs === null ? null : forecast.seasonMs / hourMs,
    step_seconds: forecast.stepMs / 1_000,
    samples: forecast.samples,
    coverage: forecast.coverage,
    points: forecast.points.map(({ at, ...values }) => ({ at: momentOf(at), ...values })),
    comparison: forecast.comparison.flatMap(({ method, error }) =>
      error === null ? [] : [{ method, error }],
    ),
    exhaustion:
      exhaustion === null
        ? null
        : {
            limit: exhaustion.limit,
            at: momentIfAny(exhaustion.at),
            earliest: momentIfAny(exhaustion.earliest),
            latest: momentIfAny(exhaustion.latest),
          },
  };
}
