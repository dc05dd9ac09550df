import type { ConnectionWatch } from '../../storage/index.ts';
import type { RegisterOptions, ResourceHandle, ResourceScope } from '../registry/resource.ts';
import type { Resources } from '../registry/resources.ts';
import type { Tracking } from './tracking.ts';

/** The connections of one part of a program. */
export interface WatchedConnections {
  /** For the part's options. */
  readonly onConnection: ConnectionWatch;
  /** To be called when the part has stopped: what it has left open is a leak a second later. */
  ended(): void;
}

/**
 * Tracks the connections to Redis that a part of the program opens, by its option `onConnection`. They are in use until the part has ended, however little goes
 * over them, so that only a forced cleanup closes them before. One for which the registry has no room is used all the same.
 */
export function trackConnections(
  resources: ResourceScope & Pick<Resources, 'ended'>,
  { owner, ...tracking }: Tracking & { readonly owner: string },
): WatchedConnections {
  let hasEnded = false;
  return {
    onConnection({ use, close }) {
      let looks = 0;
      let handle: ResourceHandle | undefined;
      const options: RegisterOptions = {
        site: `${owner}.${use}`,
        ...tracking,
        owner,
        type: 'database_connection',
        dispose: close,
        lifetimeMsMax: Number.POSITIVE_INFINITY,
        // A figure that changes whenever somebody looks, until the end.
        activity: () => (hasEnded ? looks : (looks += 1)),
      };
      try {
        handle = resources.register(options);
      } catch {
        // The part works without being counted.
      }
      return () => handle?.release();
    },
    ended() {
      hasEnded = true;
      resources.ended({ owner });
    },
  };
}
