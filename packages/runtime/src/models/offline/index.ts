export { answerChat } from './chat.ts';
export type { ChatAnswer, ChatMessage, ChatOptions } from './chat.ts';
export { createTextEngine } from './engine.ts';
export type { TextEngine, TextEngineDeps, TextEngineOptions, TextTaskOptions } from './engine.ts';
export type { TaskOutcome } from './engine-thread.ts';
export type {
  Answer,
  AnswerQuestionsResult,
  CheckedSentence,
  CheckTextResult,
  Citation,
  CitedValue,
  Claim,
  ConflictingStatement,
  Contradiction,
  EngineStamp,
  Entity,
  Fact,
  FactContradiction,
  FactKind,
  FillBriefResult,
  FindClaimsResult,
  FindContradictionsResult,
  FindEntitiesResult,
  FindFactsResult,
  FindVoicesResult,
  RankedTerm,
  RankTermsResult,
  Standing,
  TextTaskResult,
  TextTaskResults,
  Voice,
  VoiceKind,
  VoiceTheme,
} from './results.ts';
export { citationHolds, sourceTextSchema, textTaskSchema } from './tasks.ts';
export type {
  AnswerQuestionsTask,
  ChannelWords,
  CheckTextTask,
  ClaimTopic,
  FillBriefTask,
  FindClaimsTask,
  FindContradictionsTask,
  FindEntitiesTask,
  FindFactsTask,
  FindVoicesTask,
  Question,
  RankTermsTask,
  ResultOf,
  SourceMediaType,
  SourceText,
  SubjectHint,
  SubjectRole,
  TextTask,
  TextTaskName,
} from './tasks.ts';
export { countTokens } from './tokens.ts';
