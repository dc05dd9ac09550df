/** The program's health: probes of its parts, run together, each with a deadline, the worst verdict winning. */
import { maskSecrets, type Clock } from 'raptorflow/kernel';

/** From best to worst. */
export type HealthWord = 'healthy' | 'degraded' | 'unhealthy' | 'critical';

/** What a probe found; `reasons` is empty exactly when the part is healthy. */
export interface PartHealth {
  readonly status: HealthWord;
  readonly reasons: readonly string[];
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Looks at one part. Throwing means unhealthy, with the error as its reason. */
export type Probe = () => Promise<PartHealth> | PartHealth;

/** One part of the program. */
export interface HealthPart {
  readonly probe: Probe;
  /** Whether `/health/ready` waits for it: the program cannot serve without it. */
  readonly needed: boolean;
  /** The worst this part can make the whole: things outside the program degrade it at most. */
  readonly worst: HealthWord;
}

/** The outcome of probing. */
export interface HealthReading {
  readonly status: HealthWord;
  readonly parts: Readonly<Record<string, PartHealth & { readonly latencyMs: number }>>;
  /** When it was read, epoch milliseconds. */
  readonly readAtMs: number;
}

/** The health of the program. */
export interface Health {
  /** Every part. */
  all(): Promise<HealthReading>;
  /** The parts that the program cannot serve without. */
  ready(): Promise<HealthReading>;
}

const ranks: Readonly<Record<HealthWord, number>> = { healthy: 0, degraded: 1, unhealthy: 2, critical: 3 };
/** A probe is not waited for any longer than this, so that the whole answers within 100 ms. */
const probeDeadlineMs = 80;
/** A part that is late is degraded: busy processes stall for a moment. One that stays silent this long is unhealthy. */
const silenceMsMax = 3_000;
/** Probes are not repeated within this time, so that asking often costs nothing. */
const readingLifetimeMs = 1_000;

/** The worse of two words. */
function worseOf(left: HealthWord, right: HealthWord): HealthWord {
  return ranks[left] >= ranks[right] ? left : right;
}

/** Nothing to complain about. */
export function healthy(details?: Readonly<Record<string, unknown>>): PartHealth {
  return details === undefined
    ? { status: 'healthy', reasons: [] }
    : { status: 'healthy', reasons: [], details };
}

/** Builds the health of a program with these parts. */
export function createHealth(parts: Readonly<Record<string, HealthPart>>, clock: Clock): Health {
  let reading: Promise<HealthReading> | undefined;
  let readAt = Number.NEGATIVE_INFINITY;
  /** Since when a part has not answered; a late answer ends its silence too. */
  const silentSince = new Map<string, number>();

  const look = async (name: string, part: HealthPart, began: number): Promise<PartHealth> => {
    const answer = probe(part).finally(() => silentSince.delete(name));
    const found = await withDeadline(answer, clock);
    if (found) return found;
    const since = silentSince.get(name) ?? began;
    silentSince.set(name, since);
    const silentMs = Math.round(clock.monotonic() - since);
    return {
      status: silentMs < silenceMsMax ? 'degraded' : 'unhealthy',
      reasons: [`has not answered for ${silentMs} ms`],
    };
  };

  const read = async (): Promise<HealthReading> => {
    const entries = await Promise.all(
      Object.entries(parts).map(async ([name, part]) => {
        const began = clock.monotonic();
        const found = await look(name, part, began);
        return [name, { ...found, latencyMs: clock.monotonic() - began }] as const;
      }),
    );
    return summarise(Object.fromEntries(entries), () => true);
  };

  const summarise = (found: HealthReading['parts'], counts: (part: HealthPart) => boolean): HealthReading => {
    let status: HealthWord = 'healthy';
    const shown: Record<string, PartHealth & { latencyMs: number }> = {};
    for (const [name, health] of Object.entries(found)) {
      const part = parts[name];
      if (!part || !counts(part)) continue;
      shown[name] = health;
      const capped = ranks[health.status] > ranks[part.worst] ? part.worst : health.status;
      status = worseOf(status, capped);
    }
    return { status, parts: shown, readAtMs: clock.now() };
  };

  const all = (): Promise<HealthReading> => {
    if (!reading || clock.monotonic() - readAt > readingLifetimeMs) {
      readAt = clock.monotonic();
      reading = read();
    }
    return reading;
  };
  return {
    all,
    ready: async () => summarise((await all()).parts, (part) => part.needed),
  };
}

async function probe(part: HealthPart): Promise<PartHealth> {
  try {
    return await part.probe();
  } catch (error) {
    return {
      status: 'unhealthy',
      reasons: [maskSecrets(error instanceof Error ? error.message : String(error))],
    };
  }
}

/** The answer, or undefined when it is late. */
async function withDeadline(answer: Promise<PartHealth>, clock: Clock): Promise<PartHealth | undefined> {
  const late = Promise.withResolvers<undefined>();
  const timer = clock.setTimeout(() => late.resolve(undefined), probeDeadlineMs);
  try {
    return await Promise.race([answer, late.promise]);
  } finally {
    timer.cancel();
  }
}
