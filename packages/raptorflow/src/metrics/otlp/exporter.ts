import { z } from 'zod';
import {
  Lifecycle,
  parseOptions,
  silentLogger,
  systemClock,
  systemRandom,
  toRaptorFlowError,
  type Clock,
  type Logger,
  type RaptorFlowError,
  type Random,
  type Service,
  type Timer,
} from '../../kernel/index.ts';
import type { AnyKind } from '../exposition/family.ts';
import type { Metrics } from '../registry.ts';
import {
  attributesOf,
  nanoseconds,
  otlpMetricsOf,
  pointsOf,
  withPoints,
  type OtlpAttribute,
  type OtlpMetric,
} from './encoding.ts';
import { createPostBox, type PostBox } from './posting.ts';

/** Where and how often metrics are pushed. */
export interface OtlpExporterOptions {
  /** The collector's address, such as `http://localhost:4318`; without a path, `/v1/metrics` is meant. */
  readonly url: string;
  /** Headers of every request, such as an API key. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Seconds between two pushes. Default 15. */
  readonly everySeconds?: number;
  /** How long one request may take, milliseconds. Default 10,000. */
  readonly timeoutMs?: number;
  /** Attributes of the resource. Default `service.name` = `raptorflow`. */
  readonly resource?: Readonly<Record<string, string>>;
  /** Default gzip, which every collector takes. */
  readonly compression?: 'gzip' | 'none';
  /** Points of one request; a push of more is several requests. Default 1,000. */
  readonly pointsPerRequestMax?: number;
}

/** What an exporter needs from outside. */
export interface OtlpExporterDeps {
  /** What is pushed. */
  readonly metrics: Pick<Metrics, 'snapshotEach' | 'startedAt'>;
  /** The kinds of one's own that are pushed; metrics of others are left out. */
  readonly kinds?: readonly AnyKind[];
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}

/** What an exporter has done. */
export interface OtlpExporterStatus {
  /** Pushes that arrived whole. */
  readonly pushed: number;
  /** Pushes that were given up. Nothing is lost by one: the next says everything since the start. */
  readonly failed: number;
  /** Points that the collector took no notice of, as it said. */
  readonly pointsRejected: number;
  /** Why the last push was given up; null when it arrived. */
  readonly lastError: RaptorFlowError | null;
}

/** Pushes all metrics to an OpenTelemetry collector, over HTTP as JSON (OTLP 1). */
export interface OtlpExporter extends Service {
  /** Pushes now. Rejects with `unavailable`, `timeout`, `cancelled` or `invalid_input` when the push is given up. */
  push(): Promise<void>;
  status(): OtlpExporterStatus;
}

const optionsSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }),
  headers: z.record(z.string(), z.string()).default({}),
  everySeconds: z.number().min(1).max(86_400).default(15),
  timeoutMs: z.number().min(1).max(600_000).default(10_000),
  resource: z.record(z.string(), z.string()).default({ 'service.name': 'raptorflow' }),
  compression: z.enum(['gzip', 'none']).default('gzip'),
  pointsPerRequestMax: z.int().positive().max(100_000).default(1_000),
});

type ExporterSettings = z.output<typeof optionsSchema>;

const firstRetryMs = 1_000;

/**
 * Builds an exporter. Values are cumulative since the registry was made. A request that fails for a passing reason is repeated with
 * growing pauses (1 s, 2 s, 4 s …, each by chance up to twice as long, or what the collector asks for) until the next push is due.
 * Stopping pushes once more, within the deadline.
 *
 * Throws `invalid_options`.
 */
export function createOtlpExporter(options: OtlpExporterOptions, deps: OtlpExporterDeps): OtlpExporter {
  return new HttpJsonExporter(parseOptions('createOtlpExporter', optionsSchema, options), deps);
}

class HttpJsonExporter implements OtlpExporter {
  readonly #settings: ExporterSettings;
  readonly #deps: OtlpExporterDeps;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Logger;
  readonly #box: PostBox;
  readonly #lifecycle: Lifecycle;
  readonly #resource: readonly OtlpAttribute[];
  #timer: Timer | undefined;
  /** Aborted when stopping begins: nobody waits for a retry any more. */
  readonly #ending: AbortController = new AbortController();
  /** Aborted when its deadline is over. */
  readonly #stopping: AbortController = new AbortController();
  #pushing: Promise<void> | undefined;
  #status: OtlpExporterStatus = { pushed: 0, failed: 0, pointsRejected: 0, lastError: null };

  constructor(settings: ExporterSettings, deps: OtlpExporterDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#clock = deps.clock ?? systemClock;
    this.#random = deps.random ?? systemRandom;
    this.#log = (deps.logger ?? silentLogger).child('otlp');
    const url = new URL(settings.url);
    if (url.pathname === '/') url.pathname = '/v1/metrics';
    const { headers, compression, timeoutMs } = settings;
    this.#box = createPostBox({ url, headers, compression, timeoutMs }, this.#clock);
    this.#resource = attributesOf(settings.resource);
    this.#lifecycle = new Lifecycle('The OTLP exporter', {
      start: () => this.#schedule(),
      stop: ({ deadlineMs }) => this.#finish(deadlineMs),
    });
  }

  get state(): Service['state'] {
    return this.#lifecycle.state;
  }

  start(): Promise<void> {
    return this.#lifecycle.start();
  }

  stop(options?: { readonly deadlineMs?: number }): Promise<void> {
    return this.#lifecycle.stop(options);
  }

  status(): OtlpExporterStatus {
    return this.#status;
  }

  push(): Promise<void> {
    this.#lifecycle.assertRunning();
    return this.#pushOnce();
  }

  #schedule(): void {
    this.#timer = this.#clock
      .setTimeout(() => {
        this.#pushOnce()
          .catch(() => undefined)
          .finally(() => {
            if (!this.#ending.signal.aborted) this.#schedule();
          });
      }, this.#settings.everySeconds * 1_000)
      .unref();
  }

  async #finish(deadlineMs: number): Promise<void> {
    this.#timer?.cancel();
    this.#ending.abort();
    const deadline = this.#clock.setTimeout(() => this.#stopping.abort(), deadlineMs);
    try {
      // What is under way began before the last recordings.
      await this.#pushing?.catch(() => undefined);
      if (!this.#stopping.signal.aborted) await this.#pushOnce().catch(() => undefined);
    } finally {
      deadline.cancel();
      this.#stopping.abort();
      this.#box.close();
    }
  }

  /** One push at a time: a second caller gets the one that is under way. */
  #pushOnce(): Promise<void> {
    this.#pushing ??= this.#pushAll().finally(() => {
      this.#pushing = undefined;
    });
    return this.#pushing;
  }

  async #pushAll(): Promise<void> {
    const retriesUntil = this.#clock.monotonic() + this.#settings.everySeconds * 1_000;
    try {
      for (const body of this.#bodies()) {
        const answer = await this.#postWithRetries(body, retriesUntil);
        this.#noteAnswer(answer);
      }
    } catch (error) {
      const reason = toRaptorFlowError(error);
      if (this.#status.lastError === null) {
        this.#log.warn('A push of metrics was given up; the next says everything again.', { error: reason });
      }
      this.#status = { ...this.#status, failed: this.#status.failed + 1, lastError: reason };
      throw reason;
    }
    if (this.#status.lastError !== null) this.#log.info('Metrics are pushed again.');
    this.#status = { ...this.#status, pushed: this.#status.pushed + 1, lastError: null };
  }

  /** The requests of one push, each made when the one before has arrived, so that only one of them is in memory. */
  *#bodies(): Generator<string> {
    const { metrics, kinds = [] } = this.#deps;
    const times = { start: nanoseconds(metrics.startedAt), now: nanoseconds(this.#clock.now()) };
    const pointsMax = this.#settings.pointsPerRequestMax;
    let waiting: OtlpMetric[] = [];
    let room = pointsMax;
    for (const snapshot of metrics.snapshotEach()) {
      for (const metric of otlpMetricsOf(snapshot, times, kinds)) {
        const points = pointsOf(metric);
        for (let from = 0; from < points.length;) {
          const some = points.slice(from, from + room);
          waiting.push(withPoints(metric, some));
          from += some.length;
          room -= some.length;
          if (room > 0) continue;
          yield this.#bodyOf(waiting);
          waiting = [];
          room = pointsMax;
        }
      }
    }
    if (waiting.length > 0) yield this.#bodyOf(waiting);
  }

  #bodyOf(metrics: readonly OtlpMetric[]): string {
    const scope = { name: 'raptorflow' };
    return JSON.stringify({
      resourceMetrics: [{ resource: { attributes: this.#resource }, scopeMetrics: [{ scope, metrics }] }],
    });
  }

  async #postWithRetries(body: string, retriesUntil: number): Promise<string> {
    const { signal } = this.#stopping;
    for (let pauseMs = firstRetryMs; ; pauseMs *= 2) {
      try {
        return await this.#box.post(body, signal);
      } catch (error) {
        const reason = toRaptorFlowError(error);
        const waitMs = reason.retryAfterMs ?? pauseMs * (1 + this.#random.next());
        const inTime = this.#clock.monotonic() + waitMs < retriesUntil;
        if (!reason.retryable || !inTime || this.#ending.signal.aborted) throw reason;
        await this.#clock.sleep(waitMs, this.#ending.signal);
      }
    }
  }

  /** A collector may take a request and yet refuse some of its points. */
  #noteAnswer(text: string): void {
    const answer = answerSchema.safeParse(jsonOf(text));
    const partial = answer.success ? answer.data.partialSuccess : undefined;
    const rejected = Number(partial?.rejectedDataPoints ?? 0);
    if (!(rejected > 0)) return;
    this.#status = { ...this.#status, pointsRejected: this.#status.pointsRejected + rejected };
    this.#log.warn('The collector rejected points.', { points: rejected, reason: partial?.errorMessage });
  }
}

const answerSchema = z.object({
  partialSuccess: z
    .object({
      rejectedDataPoints: z.union([z.string(), z.number()]).optional(),
      errorMessage: z.string().optional(),
    })
    .optional(),
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
