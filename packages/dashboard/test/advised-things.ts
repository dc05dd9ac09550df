import type {
  WireCapacityForecast,
  WireRecommendation,
  WireUsagePattern,
  WireUsageProfile,
} from '@raptorflow/contract';

const hourMs = 3_600_000;
const past = (hours: number): string => new Date(Date.now() - hours * hourMs).toISOString();
const ahead = (hours: number): string => past(-hours);

/** Files of the installation that nobody gives back. */
export const leakingSeries = 'resource_count{resource_type=temporary_file,status=idle}';

function seriesOf(id: string, change: Partial<WireUsageProfile['series']>): WireUsageProfile['series'] {
  return {
    series_id: id,
    resource_type: 'memory',
    usage: 'held',
    unit: 'percent',
    workspace_id: null,
    capacity: null,
    quota_id: null,
    ...change,
  };
}

const memory = seriesOf('system_memory_percent', { capacity: 100 });
const files = seriesOf(leakingSeries, { resource_type: 'temporary_file', unit: 'resources' });

/** A leak that the program can clean up, and memory that grows towards its limit, for which only people can do something. */
export function recommendationsNow(): readonly [WireRecommendation, WireRecommendation] {
  const advice: WireRecommendation = {
    recommendation_id: 'adv_files',
    title: 'Release leaked temporary file',
    description: '97 % of the changes are rises, 2 resources an hour, and nothing comes back.',
    optimization_type: 'cleanup',
    priority: 'high',
    implementation_effort: 'low',
    estimated_savings: { amount: 670, unit: 'resources' },
    resource_type: 'temporary_file',
    workspace_id: null,
    current_state: '670 resources came together',
    recommended_state: 'what is no longer used is released',
    steps: ['Run the cleanup of temporary_file.', 'Find the call site: the list of leaks names it.'],
    basis: 'leak',
    confidence: 0.9999,
    applicable: true,
    state: 'open',
    application: null,
    tags: ['temporary_file', 'held', 'cleanup', 'leak'],
    created_at: past(2),
    last_seen: past(0.05),
  };
  return [
    advice,
    {
      ...advice,
      recommendation_id: 'adv_memory',
      title: 'Raise the limit of memory',
      description: 'It grows by 0.1 percent an hour, season and noise aside.',
      optimization_type: 'quota_adjustment',
      priority: 'medium',
      estimated_savings: null,
      resource_type: 'memory',
      current_state: '82 percent of 100 percent; full in about 7d 10h',
      recommended_state: 'a limit of 190 percent, enough for 30 days',
      steps: ['Make sure that the growth is wanted.', 'Set the limit to 190.'],
      basis: 'gradual_growth',
      confidence: 0.95,
      applicable: false,
    },
  ];
}

/** How the leak was seen. */
export function patternsNow(): readonly WireUsagePattern[] {
  return [
    {
      pattern_type: 'leak',
      series: files,
      resource_type: 'temporary_file',
      time_window_start: past(336),
      time_window_end: past(0),
      samples: 336,
      season_hours: null,
      confidence: 0.9999,
      evidence: { growth_per_hour: 2, rising_share: 0.97, resets: 0, accumulated: 670, level: 691 },
      first_seen: past(2),
      last_seen: past(0.05),
    },
  ];
}

/** Two weeks that say something, and a day that does not. */
export function profilesNow(): readonly WireUsageProfile[] {
  const profile = (
    series: WireUsageProfile['series'],
    hours: number,
    figures: WireUsageProfile['figures'],
  ): WireUsageProfile => ({
    series,
    resource_type: series.resource_type,
    time_window_hours: hours,
    from: past(hours),
    to: past(0),
    figures,
  });
  const missing = { status: 'not_enough_data', samples: 3, needed: 10, missing: 7 } as const;
  const measured = {
    status: 'measured',
    samples: 330,
    gaps: 6,
    total_usage: 119_000,
    peak_usage: 691,
    peak_at: past(1),
    average_usage: 356,
    usage_variance: 37_000,
    growth_rate_per_hour: 2,
    growth_rate_error: 0.1,
    efficiency_score: 0.44,
    waste_percentage: 48,
  } as const;
  const level = { ...measured, peak_usage: 87, average_usage: 65, growth_rate_per_hour: 0.05 };
  return [
    profile(memory, 24, missing),
    profile(files, 24, missing),
    profile(memory, 336, level),
    profile(files, 336, measured),
  ];
}

/** A day ahead of memory, which reaches its limit in it. */
export function forecastNow(): WireCapacityForecast {
  return {
    status: 'forecast',
    method: 'holt_winters',
    season_hours: 24,
    step_seconds: 3_600,
    samples: 336,
    coverage: 0.95,
    points: Array.from({ length: 24 }, (_, hour) => ({
      at: ahead(hour + 1),
      value: 90 + hour,
      low: 88 + hour / 2,
      high: 92 + hour,
    })),
    comparison: [
      { method: 'seasonal_naive', error: 3.6 },
      { method: 'holt_winters', error: 0.26 },
    ],
    exhaustion: { limit: 100, at: ahead(11), earliest: ahead(9), latest: null },
  };
}
