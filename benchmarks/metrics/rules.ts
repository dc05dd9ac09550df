import { createAlerts, type Alerts, type LiveHistory, type LiveSeries } from 'raptorflow/alerts';
import { recordedHistory, type RecordedHistory } from 'raptorflow/alerts/contract-suite';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { assertCount } from '../harness/fault.ts';
import { ours, type Findings } from '../harness/findings.ts';
import type { BenchSettings, Question } from '../harness/question.ts';
import { runRace } from '../harness/race.ts';
import { median } from '../harness/statistics.ts';
import { evaluatePrometheus } from '../peers/prometheus.ts';
import { hostsOfShard, metric, ruleName, shards, tagsOf, threshold, valueAt } from '../workload/queues.ts';

const key = 'rules_100x10k_ms';
const bytesKey = 'rules_100x10k_bytes';
const stepMs = 10_000;
const warmUpRounds = 20;
const measuredRounds = 60;

/** How long a round over many rules takes. */
export const rulesQuestion: Question = {
  name: 'rules',
  about: 'how long one evaluation of a hundred rules over ten thousand series takes',
  figures: {
    [key]: {
      about: '100 rules, each over 100 of 10,000 series by labels, alerts kept; one evaluation',
      target: 'at most 5',
    },
    [bytesKey]: { about: 'Bytes of heap that one evaluation of ours takes, nothing changing' },
  },
  run,
};

async function run(settings: BenchSettings, findings: Findings): Promise<void> {
  const evaluations = settings.rounds > 1 ? 10 : 3;
  await runRace(
    {
      title: 'One evaluation of 100 rules over 10,000 series; Prometheus tells its own duration of the group',
      legs: [
        { who: ours, run: evaluateOurs },
        { who: 'prometheus', run: async () => ({ [key]: await evaluatePrometheus(evaluations) }) },
      ],
      rounds: settings.rounds,
    },
    findings,
    settings.print,
  );
}

async function evaluateOurs(): Promise<Record<string, number>> {
  const recorded = recordedHistory();
  const [took] = await evaluate(recorded, (at, step) => recordAll(recorded, at, step));
  // A history that makes no objects of its own, so that what is left is ours.
  const still = new StillHistory();
  const [, bytes] = await evaluate(still, (at) => still.take(at));
  return { [key]: took, [bytesKey]: bytes };
}

/** Milliseconds and bytes of one evaluation, medians. */
async function evaluate(
  live: LiveHistory,
  sample: (at: number, step: number) => void,
): Promise<[took: number, bytes: number]> {
  const clock = createFakeClock();
  const alerts = createAlerts({ times: { graceSeconds: 0 } }, { sources: { live }, clock });
  await alerts.start();
  for (let shard = 0; shard < shards; shard += 1) await alerts.rules.put(ruleOf(shard));
  const took: number[] = [];
  const bytes: number[] = [];
  for (let step = 0; step < warmUpRounds + measuredRounds; step += 1) {
    sample(clock.now() + stepMs, step);
    // The timer must not fire before the round that is measured.
    clock.jump(clock.now() + stepMs);
    const heapBefore = process.memoryUsage().heapUsed;
    const begunAt = performance.now();
    await alerts.evaluate();
    const ms = performance.now() - begunAt;
    const heap = process.memoryUsage().heapUsed - heapBefore;
    if (step < warmUpRounds) continue;
    took.push(ms);
    // A collection in between makes less than nothing of it.
    if (heap > 0) bytes.push(heap);
  }
  check(alerts);
  await alerts.stop();
  return [median(took), median(bytes)];
}

/** Series whose summaries never change. */
class StillHistory implements LiveHistory {
  readonly generation = 1;
  readonly spanMs = 7_200_000;
  latestAt: number | null = null;
  readonly #byShard: readonly (readonly LiveSeries[])[] = Array.from({ length: shards }, (_, shard) =>
    Array.from({ length: hostsOfShard }, (__, host) => {
      const value = valueAt(shard, host, 0);
      const summary = { count: 1, sum: value, min: value, max: value, first: value, last: value };
      return {
        tags: tagsOf(shard, host),
        kind: 'gauge',
        window: () => summary,
        percentile: () => null,
      } satisfies LiveSeries;
    }),
  );

  take(at: number): void {
    this.latestAt = at;
  }

  select(_metric: string, tags: Readonly<Record<string, string>>): readonly LiveSeries[] {
    return this.#byShard[Number(tags['shard'])] ?? [];
  }
}

function ruleOf(shard: number): Parameters<Alerts['rules']['put']>[0] {
  return {
    name: ruleName(shard),
    metric,
    tags: { shard: String(shard) },
    aggregation: 'last',
    windowSeconds: 60,
    intervalSeconds: 10,
    condition: 'gt',
    threshold,
    durationSeconds: 300,
  };
}

function recordAll(history: RecordedHistory, at: number, step: number): void {
  for (let shard = 0; shard < shards; shard += 1) {
    for (let host = 0; host < hostsOfShard; host += 1) {
      history.record(metric, tagsOf(shard, host), at, valueAt(shard, host, step));
    }
  }
}

// Every rule has looked at its hundred series, and one in ten of them fires.
function check(alerts: Alerts): void {
  const reports = alerts.rules.list();
  assertCount('rules', reports.length, shards);
  const firing = reports.reduce((sum, report) => sum + report.firing, 0);
  assertCount('alerts that fire', firing, (shards * hostsOfShard) / 10);
}
