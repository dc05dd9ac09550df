import { RaptorFlowError, type Clock, type Ids, type Logger } from '../../kernel/index.ts';
import type { HealthStatus } from '../../resilience/index.ts';
import { createSchedule, createScheduleTimer } from '../../schedule/index.ts';
import type { CleanupPorts } from './ports.ts';
import type { Cause } from './record.ts';
import type {
  CleanupTaskDefinition,
  CleanupTrigger,
  EventTrigger,
  HealthTrigger,
  ThresholdTrigger,
} from './task.ts';
import { isSchedule } from './task-schema.ts';
import { Watch, type Level } from './watch.ts';

/** What triggers work with. */
export interface TriggerParts {
  readonly ports: CleanupPorts;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly log: Logger;
}

/** A trigger that is set. */
export interface ArmedTrigger {
  /** Of a schedule; null without one, and when it has no time left. */
  readonly nextAt: number | null;
  /** Afterwards it does not fire. */
  disarm(): Promise<void>;
}

const checkEveryMsDefault = 30_000;
const repeatMsDefault = 900_000;
const pauseMsDefault = 1_000;
const backShare = 0.05;

const healthRanks: Readonly<Record<HealthStatus, number>> = {
  healthy: 0,
  degraded: 1,
  unhealthy: 2,
  critical: 3,
};

/** Throws `invalid_input` when a trigger needs a port that is not there. */
export function assertPorts(trigger: CleanupTrigger, ports: CleanupPorts): void {
  const missing =
    (trigger.kind === 'threshold' && !ports.readMetric && 'readMetric') ||
    (trigger.kind === 'health' && !ports.readHealth && 'readHealth') ||
    (trigger.kind === 'event' && !ports.subscribe && 'subscribe');
  if (!missing) return;
  throw new RaptorFlowError(
    'invalid_input',
    `A trigger of kind ${trigger.kind} needs the port ${missing}; hand it to createCleanupScheduler.`,
  );
}

/** Sets a task's trigger. `afterMs`: times of a schedule that are later count, also when they are past. */
export async function armTrigger(
  task: CleanupTaskDefinition,
  afterMs: number | undefined,
  fire: (cause: Cause) => void,
  parts: TriggerParts,
): Promise<ArmedTrigger> {
  const { trigger } = task;
  assertPorts(trigger, parts.ports);
  const now = (): void => fire({ key: parts.ids.next(trigger.kind), trigger: trigger.kind, at: null });
  if (isSchedule(trigger)) {
    const timer = createScheduleTimer(
      await createSchedule(trigger),
      { missed: task.pace.missed, ...(afterMs === undefined ? {} : { afterMs }) },
      {
        clock: parts.clock,
        log: parts.log,
        run: ({ at }) => fire({ key: `at:${at}`, trigger: trigger.kind, at }),
      },
    );
    await timer.start();
    return {
      get nextAt() {
        return timer.nextAt;
      },
      disarm: () => timer.stop(),
    };
  }
  if (trigger.kind === 'threshold') return armWatch(trigger, () => levelOfMetric(trigger, parts), now, parts);
  if (trigger.kind === 'health') return armWatch(trigger, () => levelOfHealth(trigger, parts), now, parts);
  if (trigger.kind === 'event') return armEvents(trigger, fire, parts);
  return { nextAt: null, disarm: async () => undefined };
}

function armWatch(
  trigger: ThresholdTrigger | HealthTrigger,
  read: () => Promise<Level>,
  fire: () => void,
  { clock, log }: TriggerParts,
): ArmedTrigger {
  let isFailing = false;
  const watch = new Watch({
    clock,
    fire,
    checkEveryMs: trigger.checkEveryMs ?? checkEveryMsDefault,
    repeatMs: trigger.repeatMs === undefined ? repeatMsDefault : trigger.repeatMs,
    read: async () => {
      try {
        const level = await read();
        isFailing = false;
        return level;
      } catch (error) {
        if (!isFailing) log.warn('What a cleanup task watches cannot be read; it is tried again.', { error });
        isFailing = true;
        return 'unknown';
      }
    },
  });
  return { nextAt: null, disarm: async () => watch.stop() };
}

async function levelOfMetric(trigger: ThresholdTrigger, { ports }: TriggerParts): Promise<Level> {
  const { metric, tags = {}, condition = 'above', value } = trigger;
  const sign = condition === 'above' ? 1 : -1;
  const clearValue = trigger.clearValue ?? value - sign * Math.abs(value) * backShare;
  const present = await ports.readMetric?.({ metric, tags });
  if (present === undefined || !Number.isFinite(present)) return 'unknown';
  if (sign * (present - value) > 0) return 'beyond';
  return sign * (present - clearValue) <= 0 ? 'clear' : 'between';
}

async function levelOfHealth(trigger: HealthTrigger, { ports }: TriggerParts): Promise<Level> {
  const present = await ports.readHealth?.(trigger.component);
  if (present === undefined) return 'unknown';
  return healthRanks[present] >= healthRanks[trigger.status] ? 'beyond' : 'clear';
}

async function armEvents(
  trigger: EventTrigger,
  fire: (cause: Cause) => void,
  { ports, clock }: TriggerParts,
): Promise<ArmedTrigger> {
  const pauseMs = trigger.pauseMs ?? pauseMsDefault;
  let takenAt = -Infinity;
  const unsubscribe = await ports.subscribe?.(
    { channel: trigger.channel, types: trigger.types },
    ({ id }) => {
      if (clock.monotonic() - takenAt < pauseMs) return;
      takenAt = clock.monotonic();
      fire({ key: `event:${id}`, trigger: 'event', at: null });
    },
  );
  return {
    nextAt: null,
    disarm: async () => unsubscribe?.(),
  };
}
