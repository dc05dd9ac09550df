export { toAsyncApi, type AsyncApiDocument, type AsyncApiOptions } from './async-api.ts';
export type { Bus, Groups, ReplayOptions } from './bus.ts';
export { createBusGauges, type BusGaugesDeps, type BusGaugesOptions } from './bus-gauges.ts';
export {
  deadLetterChannel,
  deadLetterReasons,
  defaultRetentionMs,
  isDeadLetterChannel,
  standardChannels,
  type ChannelDeclaration,
  type ChannelLimits,
  type DeadLetterReason,
} from './channel.ts';
export {
  cloudEventBatchMediaType,
  cloudEventMediaType,
  fromCloudEvent,
  fromCloudEventBatch,
  toCloudEvent,
  toCloudEventBatch,
  type CloudEventOptions,
} from './cloud-event.ts';
export { draftFromCloudEvent, type CloudEventDraftOptions } from './cloud-event-draft.ts';
export type { CloudEvent } from './cloud-event-format.ts';
export { decodeEvent, encodeEvent, fromWire, toWire, type WireEvent } from './codec.ts';
export {
  defineContract,
  type BaseType,
  type Contract,
  type EventOf,
  type PayloadInput,
  type PayloadOutput,
  type Untyped,
  type Upcast,
  type UpcastFrom,
} from './contract.ts';
export { createBus } from './create-bus.ts';
export type {
  AttemptRecord,
  ChainLink,
  DeadLetter,
  DeadLetterChange,
  DeadLetterFilter,
  DeadLetterPage,
  DeadLetters,
  FailureRecord,
} from './dead-letter.ts';
export type {
  AppendOutcome,
  BusEngine,
  ChannelPolicy,
  DeadLetterFacts,
  Delivery,
  EngineDeadLetters,
  EngineGroups,
  EngineHost,
  EngineMember,
  EngineReport,
  EventFate,
  HandlingState,
  HandlingTimes,
  MemberSpec,
  NewEvent,
  ReadPage,
  ReadQuery,
  Settlement,
  StoredChain,
  StoredDeadLetter,
  StoredEvent,
  StoredHandling,
} from './engine.ts';
export { redisEngine, type RedisEngineOptions } from './engines/redis.ts';
export { sqliteEngine, type SqliteEngineOptions } from './engines/sqlite.ts';
export {
  priorities,
  splitType,
  type BusEvent,
  type Cause,
  type DraftEnvelope,
  type EventDraft,
  type Priority,
} from './event.ts';
export { permanentError, type Handler, type HandlerContext } from './handler.ts';
export { isChannelName, isChannelPattern, isEventType } from './names.ts';
export type { Ambient, BusDeps, BusLimits, BusOptions } from './options.ts';
export { matchesPattern } from './pattern.ts';
export type {
  BusHealth,
  BusMetrics,
  ChannelMetrics,
  ChannelReport,
  DurabilityReport,
  GroupReport,
  PollingReport,
} from './report.ts';
export {
  liftEnvelope,
  standardRoutes,
  type ForeignEnvelope,
  type Route,
  type RoutedDraft,
} from './routing.ts';
export type {
  RetryOptions,
  StartFrom,
  SubscribeOptions,
  Subscription,
  SubscriptionInfo,
} from './subscription.ts';
export type {
  CostOf,
  Trace,
  TraceCost,
  TraceCounts,
  TracedEvent,
  TracedStory,
  TraceHandling,
  TraceNode,
  TraceOptions,
} from './trace.ts';
