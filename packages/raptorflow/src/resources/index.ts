export {
  forecastCapacity,
  type CapacityForecast,
  type CapacityForecastOptions,
} from './analytics/forecast/capacity.ts';
export type { Comparison } from './analytics/forecast/choice.ts';
export type { Exhaustion } from './analytics/forecast/exhaustion.ts';
export type { CapacityPoint, ForecastMethodName } from './analytics/forecast/method.ts';
export { detectPatterns, type Detection, type DetectOptions } from './analytics/patterns/detect.ts';
export type { PatternEvidence, PatternKind, Undecided, UsagePattern } from './analytics/patterns/pattern.ts';
export { profileOf, type NotEnoughData, type UsageFigures, type UsageProfile } from './analytics/profile.ts';
export type {
  UsageKind,
  UsagePoint,
  UsageRange,
  UsageReading,
  UsageSeries,
  UsageSource,
} from './analytics/usage.ts';
export { windowOf, type UsageWindow } from './analytics/window.ts';
