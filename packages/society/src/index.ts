export {
  suggestBrief,
  type BriefSuggestion,
  type BriefSuggestionDeps,
  type BriefSuggestionRequest,
  type SuggestedField,
  type SuggestedValue,
} from './campaigns/brief-suggestion.ts';
export {
  briefToFields,
  checkBrief,
  parseBrief,
  type BriefFields,
  type CampaignBrief,
  type Persona,
} from './campaigns/brief.ts';
export {
  createCampaigns,
  type CampaignApproval,
  type CampaignCounts,
  type CampaignOverview,
  type Campaigns,
  type NewCampaignRequest,
  type StartedCampaign,
} from './campaigns/campaigns.ts';
export { type CampaignEstimate, type PlannedCampaign, type StageEstimate } from './campaigns/estimate.ts';
export { automaticDecider, type Decision } from './campaigns/process/approval-stage.ts';
export { type Quest, type QuestChapter, type QuestMove, type QuestRisk } from './campaigns/quest.ts';
export {
  finalStatuses,
  type Campaign,
  type CampaignFilter,
  type CampaignStatus,
  type Stage,
  type StageTask,
} from './campaigns/store/campaign-store.ts';
export { type AssetReview, type StoredAsset, type StoredReview } from './campaigns/store/results.ts';
export { campaignMigrations, campaignTables } from './campaigns/store/tables.ts';
export {
  type BriefAnswer,
  type BriefChannel,
  type BriefCompetitor,
  type BriefContradiction,
  type BriefFact,
  type BriefObjection,
  type BriefPersona,
  type BriefSentence,
  type Confidence,
  type SentimentRow,
  type ValueProposition,
  type WarBrief,
} from './campaigns/war-brief.ts';
export {
  platformIds,
  platformLimits,
  platformRules,
  type PlatformId,
  type PlatformLimit,
  type Review,
  type RuleFinding,
  type Verdict,
} from './guardians/index.ts';
export { offlineMark, type ModelMark } from './guilds/ask-model.ts';
export {
  type Asset,
  type AssetVariant,
  type DebateRound,
  type PanelFinding,
  type PanelOpinion,
} from './guilds/muse/index.ts';
export { type BegunLoop, type LoopProof, type OverspendProof, type Overspending } from './proofs/index.ts';
export { societyRoster } from './rosters/index.ts';
export {
  announceSignal,
  routeSignal,
  severities,
  signalMigrations,
  signalTables,
  type Severity,
  type SeverityBasis,
  type Signal,
  type SignalFilter,
  type SignalMood,
  type SignalPage,
  type SignalRoute,
  type Signals,
  type ThreatFormat,
  type ThreatIngest,
  type ThreatReport,
} from './signals/index.ts';
export { createSociety, type Society, type SocietyDeps, type SocietyOptions } from './society.ts';
export {
  guildChannel,
  guildChannels,
  guilds,
  isGuild,
  parseGuild,
  societyChannels,
  societyContracts,
  societyRoutes,
  subscribeToGuild,
  type Guild,
  type SocietyContract,
} from './topology/index.ts';
