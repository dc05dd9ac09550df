import { RaptorFlowError } from '../kernel/index.ts';
import { splitType, type DraftEnvelope } from './event.ts';
import { isChannelName, shown } from './names.ts';

/** What a route sees of the event that it decides about. */
export interface RoutedDraft extends DraftEnvelope {
  readonly type: string;
  readonly payload?: unknown;
}

/** One line of the routing table: events of this type go to this channel. */
export interface Route {
  /** An event type (its subtypes included), or a prefix with `.*` for all types below it. An exact type wins over a prefix. */
  readonly type: string;
  /** A channel, or a function of the draft; undefined means that this rule cannot say. */
  readonly channel: string | ((draft: RoutedDraft) => string | undefined);
  /** For descriptions of the bus: the channels that a function may answer. */
  readonly leadsTo?: readonly string[] | undefined;
}

/** The routes that the library itself knows. */
export const standardRoutes: readonly Route[] = Object.freeze([
  { type: 'heartbeat', channel: 'sys.global.heartbeat' },
  { type: 'agent_status_changed', channel: 'sys.global.heartbeat' },
  { type: 'workspace.*', channel: 'sys.workspace.lifecycle' },
  { type: 'member.*', channel: 'sys.workspace.lifecycle' },
  { type: 'test.event', channel: 'sys.workspace.lifecycle' },
  { type: 'agent.task_started', channel: 'sys.state.update' },
  { type: 'agent.task_completed', channel: 'sys.state.update' },
  { type: 'agent.error', channel: 'sys.state.update' },
  { type: 'model.inference_complete', channel: 'sys.state.update' },
  { type: 'workflow.completed', channel: 'sys.state.update' },
]);

/** Finds the channel of an event by its type. */
export class Router {
  readonly #exact = new Map<string, Route['channel']>();
  readonly #prefixes = new Map<string, Route['channel']>();

  /** Later routes replace earlier ones of the same type. */
  constructor(routes: readonly Route[]) {
    for (const route of routes) {
      if (typeof route.channel === 'string' && !isChannelName(route.channel)) {
        throw new RaptorFlowError(
          'invalid_options',
          `The route of "${route.type}" leads to "${shown(route.channel)}", which is no channel name.`,
        );
      }
      if (route.type.endsWith('.*')) this.#prefixes.set(route.type.slice(0, -1), route.channel);
      else this.#exact.set(route.type, route.channel);
    }
  }

  /** The channel, or undefined when no rule fits. */
  find(draft: RoutedDraft): string | undefined {
    const { base } = splitType(draft.type);
    const rule = this.#exact.get(draft.type) ?? this.#exact.get(base) ?? this.#byPrefix(base);
    return typeof rule === 'function' ? rule(draft) : rule;
  }

  /** The longest prefix wins. */
  #byPrefix(type: string): Route['channel'] | undefined {
    for (let end = type.lastIndexOf('.'); end > 0; end = type.lastIndexOf('.', end - 1)) {
      const rule = this.#prefixes.get(type.slice(0, end + 1));
      if (rule !== undefined) return rule;
    }
    return undefined;
  }
}

/** How writers of the older dialect wrap an event. */
export interface ForeignEnvelope {
  readonly event_type: string;
  readonly workspace_id?: string | null;
  readonly correlation_id?: string | null;
  readonly payload?: unknown;
  /** When the foreign writer made it; kept only as long as it takes to publish. */
  readonly timestamp?: string;
}

/** Whether a value has the older dialect's form. */
export function isForeignEnvelope(value: object): value is ForeignEnvelope {
  return 'event_type' in value && typeof value.event_type === 'string' && !('type' in value);
}

/** Turns the older dialect's envelope into a draft. */
export function liftEnvelope(envelope: ForeignEnvelope): RoutedDraft {
  return {
    type: envelope.event_type,
    payload: envelope.payload ?? {},
    workspaceId: envelope.workspace_id ?? null,
    ...(envelope.correlation_id ? { requestId: envelope.correlation_id } : {}),
  };
}
