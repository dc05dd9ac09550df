import { randomUUID } from 'node:crypto';
import { parseOptions, silentLogger, systemClock, type Clock, type Logger } from '../../kernel/index.ts';
import { silentMeter, type Meter } from '../../metrics/index.ts';
import { CallSites } from '../leaks/call-sites.ts';
import { Detector } from '../leaks/detector.ts';
import { Endings } from '../leaks/endings.ts';
import { Growth } from '../leaks/growth.ts';
import type { Leak } from '../leaks/leak.ts';
import { ProcessFigures } from '../leaks/process-figures.ts';
import { Verdicts } from '../leaks/verdicts.ts';
import { Leases } from '../leases/leases.ts';
import { Reaper } from '../leases/reaper.ts';
import { Closing } from './closing.ts';
import { resourcesOptionsSchema, type ResolvedResourcesOptions, type ResourcesOptions } from './options.ts';
import { Recorder } from './recorder.ts';
import { Registry, type RegistryListener } from './registry.ts';
import type { Resources } from './resources.ts';
import { TypeTable } from './type-table.ts';
import { WatchedResources } from './watched-resources.ts';

/** What resources work with; all optional. */
export interface ResourcesDeps {
  readonly clock?: Clock;
  readonly log?: Logger;
  /** Gets counts by type and status, leaks, cleaned ones and errors. */
  readonly meter?: Meter;
  /** Is told of leaks as they are found. What it throws is logged. */
  readonly onLeak?: (leak: Leak) => void;
}

const growthMinUsual = 64;
const looksMinUsual = 8;

/** Makes a registry of resources. Throws `invalid_options`. */
export function createResources(options: ResourcesOptions = {}, deps: ResourcesDeps = {}): Resources {
  const resolved = parseOptions('createResources', resourcesOptionsSchema, options);
  const { clock = systemClock, log = silentLogger, meter = silentMeter, onLeak } = deps;
  const recorder = new Recorder(meter);
  const { registry, listen } = makeRegistry(resolved, clock);
  const verdicts = new Verdicts(registry, resolved.leaks.leaksMax, (reason, right) =>
    recorder.judged(reason, right),
  );
  listen({
    onType: (type) => recorder.observeType(registry, type, registry.types.names[type] ?? ''),
    onUsed: (slot) => verdicts.retract(slot),
    onGone: (slot, how) => verdicts.conclude(slot, how),
  });
  const closing = new Closing(registry, resolved.cleanup, {
    log,
    listener: {
      onCleaned: (type, bytes) => recorder.cleaned(type, bytes),
      onFailed: (type) => recorder.failed(type),
    },
  });
  const endings = new Endings();
  const { growth } = resolved.leaks;
  const trends = new Growth(growth === false ? looksMinUsual : growth.looksMin);
  const figures = growth === false ? undefined : new ProcessFigures(trends, growth);
  const detector = new Detector({
    registry,
    verdicts,
    growth: trends,
    figures,
    endings,
    idleAfterMs: resolved.idleAfterMs,
    growthMin: growth === false ? growthMinUsual : growth.countMin,
    onFound: (found) => announce(found, { log, onLeak, recorder }),
    onScanned: (durationMs) => recorder.scanned(durationMs),
  });
  const reaper = new Reaper(
    { killAfterMs: resolved.leases.killAfterMs, nonce: randomUUID() },
    { clock, log },
  );
  const leases = new Leases({
    registry,
    closing,
    endings,
    trees: reaper,
    log,
    leasesMax: resolved.leases.leasesMax,
  });
  recorder.observe(registry, () => verdicts.open + trends.open);
  return new WatchedResources(resolved, {
    registry,
    closing,
    verdicts,
    detector,
    endings,
    figures,
    reaper,
    leases,
    recorder,
    log,
  });
}

/** A registry whose listener is given afterwards, because it needs the registry itself. */
function makeRegistry(
  { resourcesMax, leaks }: ResolvedResourcesOptions,
  clock: Clock,
): { readonly registry: Registry; readonly listen: (listener: RegistryListener) => void } {
  const types = new TypeTable(leaks.ageMs);
  const { samplesMin, learnedAgeMsMin, stackEvery } = leaks;
  const sites = new CallSites({ samplesMin, learnedAgeMsMin, stackEvery, typeAges: types.ageMs });
  let actual: RegistryListener | undefined;
  const listener: RegistryListener = {
    onType: (type) => actual?.onType(type),
    onUsed: (slot) => actual?.onUsed(slot),
    onGone: (slot, how) => actual?.onGone(slot, how),
  };
  const listen = (given: RegistryListener): void => {
    actual = given;
  };
  return { registry: new Registry({ resourcesMax, types, sites, clock, listener }), listen };
}

function announce(
  found: readonly Leak[],
  to: { readonly log: Logger; readonly onLeak: ResourcesDeps['onLeak']; readonly recorder: Recorder },
): void {
  to.recorder.found(found);
  for (const leak of found) {
    to.log.warn(leak.description, {
      leak: leak.id,
      reason: leak.reason,
      severity: leak.severity,
      action: leak.suggestedAction,
    });
    try {
      to.onLeak?.(leak);
    } catch (error) {
      to.log.error('Whoever wants to be told of leaks has failed.', { error });
    }
  }
}
