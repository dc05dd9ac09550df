import type { ChannelDeclaration, Route } from 'raptorflow/bus';
import { guildChannel, guilds, isGuild } from './guild.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** Where the two agents of the proof **Loop it** answer each other. */
export const loopProofChannel = 'sys.proof.loop';
/** How long their words, and so the trace of a proof, are kept. */
export const loopProofRetentionMs: number = dayMs;

/** Where the swarm of the proof **Overspend it** says what it did; kept as long as the other proof's words. */
export const overspendProofChannel = 'sys.proof.overspend';

/** The guilds' channels and that of the proof, with their retentions. Hand them to `createBus`. */
export const societyChannels: readonly ChannelDeclaration[] = Object.freeze([
  {
    name: guildChannel('research'),
    retentionMs: hourMs,
    carries: 'Commands to the research guild, its findings, and the war brief made of them.',
  },
  {
    name: guildChannel('muse'),
    retentionMs: dayMs,
    carries: 'Plans for the muse guild and the assets it makes.',
  },
  {
    name: guildChannel('matrix'),
    retentionMs: 7 * dayMs,
    carries: 'Signals and what the matrix guild makes of them.',
  },
  {
    name: guildChannel('guardians'),
    retentionMs: 7 * dayMs,
    carries: 'Reviews of assets, and approvals asked for and given.',
  },
  {
    name: loopProofChannel,
    retentionMs: loopProofRetentionMs,
    expired: 'drop',
    carries:
      'What the two agents of the proof "Loop it" say to each other until the loop breaker stops them.',
  },
  {
    name: overspendProofChannel,
    retentionMs: loopProofRetentionMs,
    expired: 'drop',
    carries:
      'What the agents of the proof "Overspend it" did on their budget of one cent, in rehearsal money.',
  },
]);

/** Where the events of campaigns and signals go. Hand them to `createBus`. */
export const societyRoutes: readonly Route[] = Object.freeze([
  {
    type: 'lord_command',
    channel: (draft) => (isGuild(draft.destinationGuild) ? guildChannel(draft.destinationGuild) : undefined),
    leadsTo: guilds.map(guildChannel),
  },
  { type: 'research_complete', channel: guildChannel('research') },
  { type: 'war_brief_ready', channel: guildChannel('research') },
  { type: 'quest_ready', channel: guildChannel('muse') },
  { type: 'asset_generated', channel: guildChannel('muse') },
  { type: 'asset_reviewed', channel: guildChannel('guardians') },
  { type: 'assets_reviewed', channel: guildChannel('guardians') },
  { type: 'approval_required', channel: guildChannel('guardians') },
  { type: 'approval_granted', channel: guildChannel('guardians') },
  { type: 'approval_denied', channel: guildChannel('guardians') },
  { type: 'intelligence_update', channel: guildChannel('matrix') },
  { type: 'newsjack_opportunity', channel: 'sys.alert.critical' },
  { type: 'crisis', channel: 'sys.alert.critical' },
  { type: 'sentiment_shift', channel: 'sys.alert.warning' },
  { type: 'campaign_created', channel: 'sys.state.update' },
  { type: 'campaign_stage', channel: 'sys.state.update' },
  { type: 'campaign_completed', channel: 'sys.state.update' },
  { type: 'achievement_unlocked', channel: 'sys.state.update' },
  { type: 'proof_turn', channel: loopProofChannel },
  { type: 'proof_swarm_started', channel: overspendProofChannel },
  { type: 'proof_call_made', channel: overspendProofChannel },
  { type: 'proof_calls_refused', channel: overspendProofChannel },
  { type: 'proof_swarm_ended', channel: overspendProofChannel },
] satisfies Route[]);

/** The channels of all guilds, in their order. */
export const guildChannels: readonly string[] = Object.freeze(guilds.map(guildChannel));
