import { existsSync } from 'node:fs';

/** What the driver, or under Windows its Linux subsystem, shows where it is loaded, also inside of a container that was given a GPU. */
const traces = ['/proc/driver/nvidia', '/dev/nvidiactl', '/dev/dxg'] as const;

/** Whether the driver without which nvidia-smi answers nothing may be loaded. Elsewhere than on Linux nothing shows it. */
export function mayHaveDriver(platform: string, root: string): boolean {
  return platform !== 'linux' || traces.some((path) => existsSync(`${root}${path}`));
}
