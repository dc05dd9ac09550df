export { BoundedQueue } from './bounded-queue.ts';
export { sleepWith, systemClock, timerDelayMsMax, type Clock, type Timer } from './clock.ts';
export { formatDuration, parseDuration } from './durations.ts';
export { errorCatalogue, type ErrorEntry } from './error-catalogue.ts';
export type { ErrorCode, ErrorKind } from './error-code.ts';
export {
  invariant,
  isRaptorFlowError,
  RaptorFlowError,
  toRaptorFlowError,
  type ErrorExtras,
} from './errors.ts';
export { createIds, isId, uuidV7Millis, type Ids } from './ids.ts';
export { consoleLogger, silentLogger, type Logger, type LogLevel } from './logger.ts';
export { maskSecrets, maskSecretsIn, maySecretsBeIn } from './masking.ts';
export { listIssues, parseOptions, type Issue } from './options.ts';
export { seededRandom, systemRandom, type Random } from './random.ts';
export {
  Lifecycle,
  stopDeadlineMs,
  type LifecycleHooks,
  type Service,
  type ServiceState,
  type StopOptions,
} from './service.ts';
