export { pipelineChannels } from './channels.ts';
export type { Checkpoint, CheckpointStore } from './checkpoint.ts';
export { busCheckpoints, type BusCheckpointsDeps, type BusCheckpointsOptions } from './checkpoints/bus.ts';
export { fileCheckpoints, type FileCheckpointsOptions } from './checkpoints/file.ts';
export { memoryCheckpoints } from './checkpoints/memory.ts';
export type { FailureStage, PipelineCounts } from './counts.ts';
export { createPipeline } from './create-pipeline.ts';
export type {
  FailedItem,
  ItemAttempt,
  PipelineDeadLetters,
  PipelineLetter,
  PipelineLetterPage,
  Redeliver,
} from './dead-letter.ts';
export { busDeadLetters, type BusDeadLettersOptions } from './letters/bus.ts';
export { memoryDeadLetters } from './letters/memory.ts';
export type {
  ConvertContext,
  KeyedItem,
  Pipeline,
  PipelineDeps,
  PipelineLimits,
  PipelineOptions,
  PipelineProgress,
  RunOptions,
  RunReport,
  StoreContext,
} from './pipeline.ts';
export { iterableSource, type ItemPosition, type OpenBytes, type Reading, type Source } from './source.ts';
export { busSource, type BusSourceOptions } from './sources/bus.ts';
export { fileBytes, httpSource, type HttpSourceDeps, type HttpSourceOptions } from './sources/bytes.ts';
export { csvSource, type CsvSourceOptions } from './sources/csv.ts';
export { jsonLinesSource, type JsonLinesSourceOptions } from './sources/json-lines.ts';
export { jsonSource, type JsonSourceOptions } from './sources/json.ts';
