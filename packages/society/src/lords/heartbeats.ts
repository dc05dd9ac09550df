/**
 * The Lords' heartbeats: each worker says every 30 seconds, per workspace, that its Lords are alive; the Architect notes
 * it in the registry, finds who has fallen silent, and says so once.
 */
import { livenessOf, type Agents } from '@raptorflow/runtime';
import type { Bus, BusEvent, Subscription } from 'raptorflow/bus';
import { Lifecycle, type Clock, type Logger, type Service, type Timer } from 'raptorflow/kernel';
import type { AgentStatusChanged, Heartbeat } from '../topology/index.ts';
import {
  aestheteCode,
  arbiterCode,
  architectCode,
  cognitionCode,
  heraldCode,
  seerCode,
  strategosCode,
} from './codes.ts';

const heartbeatChannel = 'sys.global.heartbeat';
const beatMs = 30_000;
const sweepMs = 120_000;
const lords: readonly string[] = [
  architectCode,
  cognitionCode,
  strategosCode,
  aestheteCode,
  seerCode,
  arbiterCode,
  heraldCode,
];

/** What heartbeats need. */
export interface HeartbeatDeps {
  readonly bus: Bus;
  readonly agents: Agents;
  readonly workspaceIds: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Builds the heartbeats of this process. */
export function createHeartbeats(deps: HeartbeatDeps): Service {
  const { bus, clock, logger } = deps;
  const timers: Timer[] = [];
  const sweep = createSweep(deps);
  let listening: Subscription | undefined;

  const every = (periodMs: number, work: () => Promise<void>): void => {
    const run = (): void => {
      void work().catch((error: unknown) => {
        logger.warn('The heartbeats failed; they are tried again at the next beat.', { error });
      });
    };
    timers.push(clock.setInterval(run, periodMs).unref());
    run();
  };
  const lifecycle = new Lifecycle('the heartbeats', {
    async start() {
      const group = 'lord.architect.heartbeats';
      const options = { group, name: group, types: ['heartbeat'], concurrency: 4 };
      listening = await bus.subscribe(heartbeatChannel, (event) => note(deps, event), options);
      every(beatMs, () => beat(deps));
      every(sweepMs, sweep);
    },
    async stop({ deadlineMs }) {
      for (const timer of timers) timer.cancel();
      await listening?.stop({ deadlineMs });
    },
  });
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
  };
}

async function beat({ bus, workspaceIds }: HeartbeatDeps): Promise<void> {
  for (const workspaceId of await workspaceIds()) {
    const beats = lords.map((code) => {
      const payload: Heartbeat = { agent_code: code, status: 'idle', tasks_in_progress: 0 };
      return { type: 'heartbeat', workspaceId, sourceAgentId: code, priority: 'low' as const, payload };
    });
    await bus.publishMany(heartbeatChannel, beats);
  }
}

async function note({ agents }: HeartbeatDeps, event: BusEvent): Promise<void> {
  if (event.workspaceId === null || event.sourceAgentId === null) return;
  await agents.noteHeartbeat(event.workspaceId, [event.sourceAgentId], Date.parse(event.timestamp));
}

/** Finds who has fallen silent or come back since the last look, and says so once. */
function createSweep({ bus, agents, workspaceIds, clock }: HeartbeatDeps): () => Promise<void> {
  const dead = new Set<string>();
  return async () => {
    for (const workspaceId of await workspaceIds()) {
      for (const agent of await agents.list(workspaceId, { kind: 'lord' })) {
        const silent = livenessOf(agent.lastSeenAt, clock.now()) === 'dead';
        if (silent === dead.has(agent.id)) continue;
        if (silent) dead.add(agent.id);
        else dead.delete(agent.id);
        const payload: AgentStatusChanged = silent
          ? {
              agent_code: agent.code,
              from: 'active',
              to: 'dead',
              reason: 'No heartbeat for more than 90 seconds.',
            }
          : { agent_code: agent.code, from: 'dead', to: 'active', reason: 'Heartbeats arrive again.' };
        const draft = { type: 'agent_status_changed', workspaceId, sourceAgentId: architectCode, payload };
        await bus.publish(heartbeatChannel, { ...draft, priority: 'high' });
      }
    }
  };
}
