/** One live subscription of the process, shared by all its sockets: each event is encoded once, whoever looks at it. */
import type { SocketFrame } from '@raptorflow/contract';
import { workspaceChannel } from '@raptorflow/runtime';
import { matchesPattern, type Bus, type BusEvent, type Subscription } from 'raptorflow/bus';
import { Lifecycle, type Service } from 'raptorflow/kernel';
import { shownPayload } from '../routes/bus-wire.ts';

/** The channel that every dashboard listens to. */
export const stateChannel = 'sys.state.update';

/** Somebody who looks. */
export interface Viewer {
  /** Whether this viewer may see events of that workspace (null: events of the installation). */
  sees(workspaceId: string | null): boolean;
  /** Patterns of channels beside the state updates; mutable, read at each event. */
  readonly tails: readonly string[];
  /** Takes a frame that was encoded already. */
  deliver(encoded: string): void;
  /** Hears that somebody's rights may have changed: a membership, a session, a key. */
  rightsChanged(event: Pick<BusEvent, 'type' | 'workspaceId' | 'payload'>): void;
}

/** Hands live events to viewers. */
export interface EventHub extends Service {
  join(viewer: Viewer): void;
  leave(viewer: Viewer): void;
  /** Says that a viewer's tails have changed; resolves once what they name arrives. */
  retune(): Promise<void>;
  readonly viewers: number;
}

/** Builds the hub. It subscribes to everything only while somebody tails something beside the state updates. */
export function createEventHub(deps: { readonly bus: Bus }): EventHub {
  const viewers = new Set<Viewer>();
  let listening: readonly Subscription[] = [];
  let everything: Promise<Subscription> | undefined;

  const hand = (event: BusEvent, wanted: (viewer: Viewer) => boolean): void => {
    let encoded: string | undefined;
    for (const viewer of viewers) {
      if (!viewer.sees(event.workspaceId) || !wanted(viewer)) continue;
      encoded ??= JSON.stringify(frameOf(event));
      viewer.deliver(encoded);
    }
  };

  const retune = async (): Promise<void> => {
    const needed = [...viewers].some((viewer) => viewer.tails.length > 0);
    if (needed) {
      everything ??= deps.bus.subscribe(
        '>',
        (event) => {
          // State updates come by their own subscription, to everybody.
          if (event.channel === stateChannel) return;
          hand(event, (viewer) => viewer.tails.some((pattern) => matchesPattern(pattern, event.channel)));
        },
        { name: 'dashboard tail' },
      );
      // One that failed, because the engine is away, is tried again by whoever asks next.
      await everything.catch((error: unknown) => {
        everything = undefined;
        throw error;
      });
    } else if (everything) {
      const ending = everything;
      everything = undefined;
      await (await ending).stop();
    }
  };

  const lifecycle = new Lifecycle('the event hub', {
    async start() {
      listening = await Promise.all([
        deps.bus.subscribe(stateChannel, (event) => hand(event, () => true), { name: 'dashboard state' }),
        deps.bus.subscribe(workspaceChannel, (event) => tellRights(viewers, event), {
          name: 'dashboard rights',
        }),
      ]);
    },
    async stop() {
      viewers.clear();
      for (const subscription of listening) await subscription.stop();
      await (await everything)?.stop();
    },
  });
  return {
    get state() {
      return lifecycle.state;
    },
    start: () => lifecycle.start(),
    stop: (options) => lifecycle.stop(options),
    join: (viewer) => void viewers.add(viewer),
    leave(viewer) {
      viewers.delete(viewer);
      void retune().catch(() => undefined);
    },
    retune,
    get viewers() {
      return viewers.size;
    },
  };
}

function tellRights(viewers: Iterable<Viewer>, event: BusEvent): void {
  for (const viewer of viewers) viewer.rightsChanged(event);
}

/** An event as a frame. */
export function frameOf(event: BusEvent): SocketFrame {
  return {
    type: event.type,
    data: shownPayload(event.payload),
    event_id: event.id,
    channel: event.channel,
    workspace_id: event.workspaceId,
    timestamp: event.timestamp,
  };
}
