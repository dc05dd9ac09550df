import {
  assetGenerated,
  assetReviewed,
  assetsReviewed,
  campaignCompleted,
  campaignCreated,
  campaignStage,
  lordCommand,
  questReady,
  researchComplete,
  warBriefReady,
} from './campaign-contracts.ts';
import {
  achievementUnlocked,
  agentStatusChanged,
  approvalDenied,
  approvalGranted,
  approvalRequired,
  crisis,
  heartbeat,
  intelligenceUpdate,
  newsjackOpportunity,
  proofCallMade,
  proofCallsRefused,
  proofSwarmEnded,
  proofSwarmStarted,
  proofTurn,
  sentimentShift,
} from './society-contracts.ts';

/** One of the society's contracts; `Bus<SocietyContract>` gives its events their payload types. */
export type SocietyContract =
  | typeof lordCommand
  | typeof researchComplete
  | typeof warBriefReady
  | typeof questReady
  | typeof assetGenerated
  | typeof assetReviewed
  | typeof assetsReviewed
  | typeof campaignCreated
  | typeof campaignStage
  | typeof campaignCompleted
  | typeof approvalRequired
  | typeof approvalGranted
  | typeof approvalDenied
  | typeof heartbeat
  | typeof agentStatusChanged
  | typeof intelligenceUpdate
  | typeof newsjackOpportunity
  | typeof crisis
  | typeof sentimentShift
  | typeof achievementUnlocked
  | typeof proofTurn
  | typeof proofSwarmStarted
  | typeof proofCallMade
  | typeof proofCallsRefused
  | typeof proofSwarmEnded;

/** Every event type of the society with the schema of its payload. Hand them to `createBus`. */
export const societyContracts: readonly SocietyContract[] = Object.freeze([
  lordCommand,
  researchComplete,
  warBriefReady,
  questReady,
  assetGenerated,
  assetReviewed,
  assetsReviewed,
  campaignCreated,
  campaignStage,
  campaignCompleted,
  approvalRequired,
  approvalGranted,
  approvalDenied,
  heartbeat,
  agentStatusChanged,
  intelligenceUpdate,
  newsjackOpportunity,
  crisis,
  sentimentShift,
  achievementUnlocked,
  proofTurn,
  proofSwarmStarted,
  proofCallMade,
  proofCallsRefused,
  proofSwarmEnded,
]);
