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
  const { bus, agents, clock, logger } = deps;
  const timers: Timer[] = [];
  const dead = new Set<string>();
  let listening: Subscription | undefined;

  const beat = async (): Promise<void> => {
    for (const workspaceId of await deps.workspaceIds()) {
      const payload = (code: string): Heartbeat => ({
        agent_code: code,
        status: 'idle',
        tasks_in_progress: 0,
      });
      await bus.publishMany(
        heartbeatChannel,
        lords.map((code) => ({
          type: 'heartbeat',
          workspaceId,
          sourceAgentId: code,
          priority: 'low' as const,
          payload: payload(code),
        })),
      );
    }
  };

  const note = async (event: BusEvent): Promise<void> => {
    if (event.workspaceId === null || event.sourceAgentId === null) return;
    await agents.noteHeartbeat(event.workspaceId, [event.sourceAgentId], Date.parse(event.timestamp));
  };

  const sweep = async (): Promise<void> => {
    for (const workspaceId of await deps.workspaceIds()) {
      for (const agent of await agents.list(workspaceId, { kind: 'lord' })) {
        const liveness = livenessOf(agent.lastSeenAt, clock.now());
        const was = dead.has(agent.id);
        if ((liveness === 'dead') === was) continue;
        if (was) dead.delete(agent.id);
        else dead.add(agent.id);
        const payload: AgentStatusChanged = was
          ? { agent_code: agent.code, from: 'dead', to: 'active', reason: 'Heartbeats arrive again.' }
          : {
              agent_code: agent.code,
              from: 'active',
              to: 'dead',
              reason: 'No heartbeat for more than 90 seconds.',
            };
        await bus.publish(heartbeatChannel, {
          type: 'agent_status_changed',
          workspaceId,
          sourceAgentId: architectCode,
          priority: 'high',
          payload,
        });
      }
    }
  };

  const quietly = (work: () => Promise<void>, what: string) => (): void => {
    void work().catch((error: unknown) =>
      logger.warn(`${what} failed; it is tried again at the next beat.`, { error }),
    );
  };
  const lifecycle = new Lifecycle('the heartbeats', {
    async start() {
      listening = await bus.subscribe(heartbeatChannel, note, {
        group: 'lord.architect.heartbeats',
        name: 'lord.architect.heartbeats',
        types: ['heartbeat'],
        concurrency: 4,
      });
      timers.push(clock.setInterval(quietly(beat, 'A heartbeat'), beatMs).unref());
      timers.push(clock.setInterval(quietly(sweep, 'The sweep for silent agents'), sweepMs).unref());
      quietly(beat, 'A heartbeat')();
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
