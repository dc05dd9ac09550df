export type { WorkspaceAliases } from './aliases.ts';
export { createModelCatalog, modelAliases } from './catalog.ts';
export type {
  AliasMapping,
  ModelAlias,
  ModelCatalog,
  ModelCatalogDeps,
  ModelCatalogOptions,
  ResolvedModel,
} from './catalog.ts';
export { provablyUnbilled } from './failure.ts';
export type {
  ImagePart,
  JsonObject,
  JsonValue,
  ModelAnswer,
  ModelCallOptions,
  ModelChunk,
  ModelFinishReason,
  ModelMessage,
  ModelProvider,
  ModelRequest,
  ModelTask,
  ModelTool,
  ModelToolCall,
  ModelToolChoice,
  ModelUsage,
  SourceText,
  TextPart,
} from './model.ts';
