/** The bus over HTTP: events and dead letters of the caller's workspace; whole channels for the operator. */
import { routes, type BusEvent as WireEvent } from '@raptorflow/contract';
import type { Bus, BusEvent, DeadLetterFilter } from 'raptorflow/bus';
import { isRaptorFlowError, RaptorFlowError, type Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import type { WorkOf } from '../../compose/trace-work.ts';
import type { AuditedDoing } from '../audited.ts';
import type { Call } from '../call.ts';
import { registerRoutes, type Handlers, type RegisterDeps } from '../register.ts';
import { describeTrace } from './bus-trace-wire.ts';
import {
  channelDetailToWire,
  channelToWire,
  deadLetterToWire,
  eventToWire,
  groupToWire,
} from './bus-wire.ts';
import { assertMayContinue, assertMayPublish } from './publish-rights.ts';

/** What the bus routes answer from. */
export interface BusRouteDeps extends RegisterDeps {
  readonly bus: Bus;
  /** What traces show besides events. */
  readonly workOf: WorkOf;
  readonly clock: Clock;
  readonly startedAtMs: number;
}

/** The newest events that a channel's page shows. */
const recentEventsMax = 50;

/** Registers `/api/v1/bus/…`. */
export function registerBusRoutes(app: FastifyInstance, deps: BusRouteDeps): void {
  registerRoutes(
    app,
    routes.bus,
    {
      ...channelHandlers(deps),
      ...eventHandlers(deps),
      ...publishingHandlers(deps),
      ...deadLetterHandlers(deps),
    },
    deps,
  );
}

type BusHandlers = Handlers<typeof routes.bus>;

function channelHandlers(
  deps: BusRouteDeps,
): Pick<BusHandlers, 'channel' | 'channels' | 'health' | 'metrics'> {
  const { bus, clock } = deps;
  const now = (): string => new Date(clock.now()).toISOString();
  return {
    async channel({ params }) {
      const reports = await bus.channels();
      const report = reports.find((candidate) => candidate.name === params.name);
      if (!report) {
        throw new RaptorFlowError(
          'not_found',
          `There is no channel "${params.name}" and no event on it; GET /api/v1/bus/channels lists them.`,
        );
      }
      const recent = await newest(bus, params.name, clock);
      return channelDetailToWire(
        report,
        bus.channelMetrics(report.name),
        await bus.groups.list(),
        recent,
        now(),
      );
    },
    async channels() {
      const [reports, groups] = await Promise.all([bus.channels(), bus.groups.list()]);
      const measuredAt = now();
      return {
        items: reports.map((report) =>
          channelToWire(report, bus.channelMetrics(report.name), groups, measuredAt),
        ),
      };
    },
    async health() {
      const health = await bus.health();
      return {
        status: health.status,
        reasons: [...health.reasons],
        engine: health.engine,
        engine_version: health.version,
        durability: health.durability,
        connected_clients: health.connectedClients,
        used_memory_mb: null,
        stored_bytes: health.storedBytes,
        groups: health.groups.map(groupToWire),
        dead_letters: { ...health.deadLetters },
      };
    },
    metrics() {
      const metrics = bus.metrics();
      return {
        measured_at: now(),
        since: new Date(deps.startedAtMs).toISOString(),
        published: metrics.published,
        published_by_priority: { ...metrics.publishedByPriority },
        received: metrics.received,
        failed: metrics.failed,
        retried: metrics.retried,
        dlq_sent: metrics.deadLettered,
        expired: metrics.expired,
        is_connected: metrics.isConnected,
        active_subscriptions: metrics.activeSubscriptions,
      };
    },
  };
}

function eventHandlers({ bus, workOf }: BusRouteDeps): Pick<BusHandlers, 'message' | 'replay' | 'trace'> {
  return {
    async message({ params }, call) {
      const event = await bus.getMessage(params.event_id);
      if (!event || !maySee(event.workspaceId, call)) {
        throw new RaptorFlowError(
          'not_found',
          `There is no event ${params.event_id} in this workspace, or its retention has ended.`,
        );
      }
      return eventToWire(event);
    },
    async replay({ body }, call) {
      const everything = assertScope(body.all_workspaces, call);
      const items: WireEvent[] = [];
      const enough = new AbortController();
      await bus
        .replayChannel(
          body.channel,
          (event) => {
            if (!everything && event.workspaceId !== call.workspaceId) return;
            items.push(eventToWire(event));
            if (items.length >= body.limit) enough.abort();
          },
          {
            maxAgeSeconds: body.max_age_seconds,
            since: body.since,
            until: body.until,
            types: body.types,
            signal: enough.signal,
          },
        )
        .catch((error: unknown) => {
          if (!enough.signal.aborted) throw error;
        });
      return { count: items.length, items };
    },
    async trace({ params }, call) {
      const fence = call.caller.operator ? {} : { workspaceId: call.workspaceId };
      const trace = await bus.trace(params.id, fence);
      if (!trace) {
        throw new RaptorFlowError(
          'not_found',
          `No event of a request ${params.id} is in this workspace, nor is there an event of that id; perhaps its retention has ended.`,
        );
      }
      return describeTrace(trace, workOf);
    },
  };
}

function publishingHandlers({ bus }: BusRouteDeps): Pick<BusHandlers, 'publish'> {
  return {
    async publish({ body }, call) {
      assertMayPublish(body, call);
      await assertMayContinue(body.causation_id, bus, call);
      const publishing = bus.publish(body.channel, {
        type: body.type,
        payload: body.payload,
        priority: body.priority,
        workspaceId: call.workspaceId,
        sourceAgentId: body.source_agent_id,
        destinationGuild: body.destination_guild,
        requestId: body.request_id ?? call.correlationId,
        causedBy: body.causation_id,
        dedupeKey: body.dedupe_key,
        orderingKey: body.ordering_key,
        delayMs: body.delay_ms,
        expiresInMs: body.expires_in_ms,
      });
      return { event_id: await publishing.catch((error: unknown) => rethrow(error, body.channel)) };
    },
  };
}

function deadLetterHandlers({ bus }: BusRouteDeps): Pick<BusHandlers, 'deadLetters' | 'redrive' | 'discard'> {
  return {
    async deadLetters({ query }, call) {
      const everything = assertScope(query.all_workspaces, call);
      const page = await bus.deadLetters.list({
        reason: query.reason,
        channel: query.channel,
        group: query.group,
        workspaceId: everything ? undefined : call.workspaceId,
        limit: query.limit,
        ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
      });
      return { items: page.items.map(deadLetterToWire), next_cursor: page.cursor, total: page.total };
    },
    async redrive({ body }, call) {
      const selection = await select(bus, body, call);
      const change = await call.audited(changeOf('redrive', body), () => bus.deadLetters.redrive(selection));
      return { count: settled(change, 'redriven') };
    },
    async discard({ body }, call) {
      const selection = await select(bus, body, call);
      const change = await call.audited(changeOf('discard', body), () => bus.deadLetters.discard(selection));
      return { count: settled(change, 'discarded') };
    },
  };
}

function maySee(workspaceId: string | null, call: Call): boolean {
  return workspaceId === call.workspaceId || (workspaceId === null && call.caller.operator);
}

// The bus tells its embedder to declare the channel; a caller of the API can only choose another one.
function rethrow(error: unknown, channel: string): never {
  if (!isRaptorFlowError(error) || error.code !== 'routing_error') throw error;
  throw new RaptorFlowError(
    'routing_error',
    `There is no channel "${channel}"; GET /api/v1/bus/channels and the dashboard's Bus page list them. The attempt is kept as a dead letter.`,
    { cause: error, details: { channel } },
  );
}

/** Whether every workspace is meant; only the operator may mean it. */
function assertScope(allWorkspaces: boolean | undefined, call: Call): boolean {
  if (allWorkspaces !== true) return false;
  if (!call.caller.operator) {
    throw new RaptorFlowError(
      'forbidden',
      'Only the operator of this installation sees the events of all workspaces.',
    );
  }
  return true;
}

interface Selection {
  readonly ids?: readonly string[] | undefined;
  readonly reason?: DeadLetterFilter['reason'];
  readonly channel?: string | undefined;
  readonly group?: string | undefined;
  readonly all_workspaces?: boolean | undefined;
}

async function select(
  bus: Bus,
  selection: Selection,
  call: Call,
): Promise<DeadLetterFilter | readonly string[]> {
  const everything = assertScope(selection.all_workspaces, call);
  if (selection.ids === undefined) {
    const { reason, channel, group } = selection;
    return { reason, channel, group, workspaceId: everything ? undefined : call.workspaceId };
  }
  for (const id of selection.ids) {
    const letter = await bus.deadLetters.get(id);
    if (!letter || !(everything || maySee(letter.workspaceId, call))) {
      throw new RaptorFlowError(
        'not_found',
        `There is no dead letter ${id} in this workspace; nothing was changed.`,
      );
    }
  }
  return selection.ids;
}

// Of many ids the first say enough; the count is in the outcome.
const idsNamed = 100;

function changeOf(
  operation: 'redrive' | 'discard',
  { ids, reason, channel, group, all_workspaces: everything }: Selection,
): AuditedDoing<{ changed: number }> {
  return {
    action: `dead_letter.${operation}`,
    chain: everything === true ? 'installation' : 'workspace',
    details: { ids: ids?.slice(0, idsNamed), ids_count: ids?.length, reason, channel, group },
    resultOf: ({ changed }) => ({ changed }),
  };
}

function settled(
  change: { changed: number; refused: readonly { id: string; why: string }[] },
  done: string,
): number {
  const [first] = change.refused;
  if (first !== undefined && change.changed === 0) {
    throw new RaptorFlowError('conflict', `Nothing was ${done}: ${first.id}: ${first.why}`, {
      details: { refused: change.refused },
    });
  }
  return change.changed;
}

async function newest(bus: Bus, channel: string, clock: Clock): Promise<BusEvent[]> {
  const found: BusEvent[] = [];
  // The newest stand at the end of the log; an hour back is where a person looks.
  await bus.replayChannel(
    channel,
    (event) => {
      found.push(event);
      if (found.length > recentEventsMax) found.shift();
    },
    { since: clock.now() - 3_600_000, limit: 20_000 },
  );
  return found.toReversed();
}
