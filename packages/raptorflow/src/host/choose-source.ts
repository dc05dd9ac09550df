import type { Clock } from '../kernel/index.ts';
import type { HostParts, HostSource } from './host-source.ts';
import { linuxSource } from './sources/linux.ts';
import { nodeOsSource } from './sources/node-os.ts';
import { systeminformationSource } from './sources/systeminformation.ts';

/** What choosing needs. */
export interface ChoiceDeps {
  readonly clock: Clock;
  readonly root: string;
  readonly platform: string;
}

/** An open source, and why it is not the best one of its platform, where it is not. */
export interface Choice {
  readonly source: HostSource;
  readonly reason: string | undefined;
}

/** Opens the best source that the platform has; where that fails, Node's own, which never does. */
export async function chooseSource(parts: HostParts, deps: ChoiceDeps): Promise<Choice> {
  const best = bestOf(parts, deps);
  let reason: string | undefined;
  if (best) {
    try {
      await best.open();
      return { source: best, reason: undefined };
    } catch (error) {
      best.close();
      reason = error instanceof Error ? error.message : String(error);
    }
  } else {
    reason = `The platform ${deps.platform} is known to Node alone.`;
  }
  const source = nodeOsSource(parts);
  await source.open();
  return { source, reason };
}

function bestOf(parts: HostParts, { platform, ...deps }: ChoiceDeps): HostSource | undefined {
  if (platform === 'linux') return linuxSource(parts, deps);
  if (platform === 'darwin' || platform === 'win32') return systeminformationSource(parts);
  return undefined;
}
