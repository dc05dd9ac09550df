export {
  type AssetGenerated,
  type AssetReviewed,
  type AssetsReviewed,
  type CampaignCompleted,
  type CampaignCreated,
  type CampaignStage,
  campaignStages,
  type CampaignStageUpdate,
  type LordCommand,
  type QuestReady,
  type ResearchComplete,
  type StageStatus,
  type WarBriefReady,
} from './campaign-contracts.ts';
export {
  guildChannels,
  loopProofChannel,
  loopProofRetentionMs,
  overspendProofChannel,
  societyChannels,
  societyRoutes,
} from './channels.ts';
export { societyContracts, type SocietyContract } from './contracts.ts';
export { guildChannel, guilds, isGuild, parseGuild, subscribeToGuild, type Guild } from './guild.ts';
export type {
  AchievementUnlocked,
  AgentStatusChanged,
  ApprovalDecided,
  ApprovalRequired,
  Crisis,
  Heartbeat,
  IntelligenceUpdate,
  NewsjackOpportunity,
  ProofSwarm,
  ProofTurn,
  SentimentShift,
  SignalKind,
} from './society-contracts.ts';
