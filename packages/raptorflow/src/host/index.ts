export { readHostConfig, type RaptorConfig } from './config/raptor-config.ts';
export { createHostMonitor, type HostMonitorDeps } from './create-host-monitor.ts';
export type { GpuState } from './gpu/gpu-stream.ts';
export type { HostSourceName } from './host-source.ts';
export type { HostMonitor, HostMonitorStatus } from './monitor.ts';
export type { HostMonitorOptions } from './options.ts';
export type {
  CpuFigures,
  DiskFigures,
  GpuFigures,
  HostProcess,
  HostReading,
  HostSample,
  LoadFigures,
  MemoryFigures,
  NetworkFigures,
  ProcessFigures,
} from './sample.ts';
