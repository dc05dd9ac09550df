import { defineContract, type Contract } from 'raptorflow/bus';
import { z } from 'zod';

const id = z.string().min(1).max(200);
const code = z.string().regex(/^[A-Z]{2,6}-[A-Z0-9]{2,6}$/u, 'must look like "RES-001"');
const text = z.string().max(4_000);

/** Work waits for a person. */
export interface ApprovalRequired {
  approval_id: string;
  campaign_id: string;
  /** What is to be approved, for people. */
  subject: string;
  asset_ids: string[];
  /** RFC 3339; after it the rule of the approval decides. */
  expires_at: string | null;
}

/** `approval_required`. */
export const approvalRequired: Contract<'approval_required', 1, z.ZodType<ApprovalRequired>> = defineContract(
  'approval_required',
  1,
  z.object({
    approval_id: id,
    campaign_id: id,
    subject: text,
    asset_ids: z.array(id).max(500),
    expires_at: z.iso.datetime().nullable(),
  }),
);

/** A person, or the rule of the brief, has decided. */
export interface ApprovalDecided {
  approval_id: string;
  campaign_id: string;
  /** The person's id, or `rule:automatic`. */
  decided_by: string;
  reason?: string | undefined;
}

const approvalDecided: z.ZodType<ApprovalDecided> = z.object({
  approval_id: id,
  campaign_id: id,
  decided_by: id,
  reason: text.optional(),
});

/** `approval_granted`. */
export const approvalGranted: Contract<'approval_granted', 1, z.ZodType<ApprovalDecided>> = defineContract(
  'approval_granted',
  1,
  approvalDecided,
);

/** `approval_denied`. */
export const approvalDenied: Contract<'approval_denied', 1, z.ZodType<ApprovalDecided>> = defineContract(
  'approval_denied',
  1,
  approvalDecided,
);

/** An agent is alive. */
export interface Heartbeat {
  agent_code: string;
  status: 'idle' | 'working' | 'draining';
  tasks_in_progress: number;
  memory_bytes?: number | undefined;
}

/** `heartbeat`: every 30 s; an agent without one for 90 s is dead. */
export const heartbeat: Contract<'heartbeat', 1, z.ZodType<Heartbeat>> = defineContract(
  'heartbeat',
  1,
  z.object({
    agent_code: code,
    status: z.enum(['idle', 'working', 'draining']),
    tasks_in_progress: z.int().nonnegative(),
    memory_bytes: z.number().nonnegative().optional(),
  }),
);

/** An agent was started, paused, found dead or restarted. */
export interface AgentStatusChanged {
  agent_code: string;
  from: 'active' | 'paused' | 'dead' | 'unknown';
  to: 'active' | 'paused' | 'dead';
  reason: string;
}

/** `agent_status_changed`. */
export const agentStatusChanged: Contract<
  'agent_status_changed',
  1,
  z.ZodType<AgentStatusChanged>
> = defineContract(
  'agent_status_changed',
  1,
  z.object({
    agent_code: code,
    from: z.enum(['active', 'paused', 'dead', 'unknown']),
    to: z.enum(['active', 'paused', 'dead']),
    reason: text,
  }),
);

/** Kinds of signals. */
export type SignalKind = 'competitor_move' | 'sentiment_shift' | 'trend_emerging' | 'crisis';

/** The matrix guild has seen something. */
export interface IntelligenceUpdate {
  signal_id: string;
  kind: SignalKind;
  subject: string;
  summary: string;
  source_url?: string | undefined;
  observed_at: string;
}

const intelligence: z.ZodType<IntelligenceUpdate> = z.object({
  signal_id: id,
  kind: z.enum(['competitor_move', 'sentiment_shift', 'trend_emerging', 'crisis']),
  subject: text,
  summary: text,
  source_url: z.url().optional(),
  observed_at: z.iso.datetime(),
});

/** `intelligence_update`. */
export const intelligenceUpdate: Contract<
  'intelligence_update',
  1,
  z.ZodType<IntelligenceUpdate>
> = defineContract('intelligence_update', 1, intelligence);

/** News the campaign could answer while it is fresh. */
export interface NewsjackOpportunity {
  signal_id: string;
  opportunity: string;
  /** 0 to 1. */
  relevance: number;
  expires_in_minutes: number;
}

/** `newsjack_opportunity`. */
export const newsjackOpportunity: Contract<
  'newsjack_opportunity',
  1,
  z.ZodType<NewsjackOpportunity>
> = defineContract(
  'newsjack_opportunity',
  1,
  z.object({
    signal_id: id,
    opportunity: text,
    relevance: z.number().min(0).max(1),
    expires_in_minutes: z.int().positive(),
  }),
);

/** Several bad signals belong together. */
export interface Crisis {
  subject: string;
  summary: string;
  signal_ids: string[];
}

/** `crisis`. */
export const crisis: Contract<'crisis', 1, z.ZodType<Crisis>> = defineContract(
  'crisis',
  1,
  z.object({ subject: text, summary: text, signal_ids: z.array(id).max(1_000) }),
);

/** The mood about a subject has moved over a threshold. Sentiments are −1 to 1. */
export interface SentimentShift {
  subject: string;
  before: number;
  after: number;
  signals: number;
}

/** `sentiment_shift`. */
export const sentimentShift: Contract<'sentiment_shift', 1, z.ZodType<SentimentShift>> = defineContract(
  'sentiment_shift',
  1,
  z.object({
    subject: text,
    before: z.number().min(-1).max(1),
    after: z.number().min(-1).max(1),
    signals: z.int().nonnegative(),
  }),
);

/** Somebody has reached something. */
export interface AchievementUnlocked {
  achievement: string;
  title: string;
  experience_points: number;
  user_id?: string | undefined;
  campaign_id?: string | undefined;
}

/** `achievement_unlocked`. */
export const achievementUnlocked: Contract<
  'achievement_unlocked',
  1,
  z.ZodType<AchievementUnlocked>
> = defineContract(
  'achievement_unlocked',
  1,
  z.object({
    achievement: id,
    title: text,
    experience_points: z.int().nonnegative(),
    user_id: id.optional(),
    campaign_id: id.optional(),
  }),
);

/** One agent's turn in the proof that the loop breaker works. */
export interface ProofTurn {
  /** 1 for the first word. */
  turn: number;
  text: string;
}

/** `proof_turn`. */
export const proofTurn: Contract<'proof_turn', 1, z.ZodType<ProofTurn>> = defineContract(
  'proof_turn',
  1,
  z.object({ turn: z.int().positive(), text }),
);

const usd = z.string().regex(/^\d+\.\d{6}$/u);

/** What a swarm of agents on a budget of one cent did; all money in it is rehearsal money. */
export interface ProofSwarm {
  text: string;
  call_id?: string | undefined;
  cost_usd?: string | undefined;
  spent_usd?: string | undefined;
  cap_usd?: string | undefined;
  over_usd?: string | undefined;
}

const proofSwarm: z.ZodType<ProofSwarm> = z.object({
  text,
  call_id: id.optional(),
  cost_usd: usd.optional(),
  spent_usd: usd.optional(),
  cap_usd: usd.optional(),
  over_usd: usd.optional(),
});

/** `proof_swarm_started`. */
export const proofSwarmStarted: Contract<'proof_swarm_started', 1, z.ZodType<ProofSwarm>> = defineContract(
  'proof_swarm_started',
  1,
  proofSwarm,
);

/** `proof_call_made`. */
export const proofCallMade: Contract<'proof_call_made', 1, z.ZodType<ProofSwarm>> = defineContract(
  'proof_call_made',
  1,
  proofSwarm,
);

/** `proof_calls_refused`. */
export const proofCallsRefused: Contract<'proof_calls_refused', 1, z.ZodType<ProofSwarm>> = defineContract(
  'proof_calls_refused',
  1,
  proofSwarm,
);

/** `proof_swarm_ended`. */
export const proofSwarmEnded: Contract<'proof_swarm_ended', 1, z.ZodType<ProofSwarm>> = defineContract(
  'proof_swarm_ended',
  1,
  proofSwarm,
);
