import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createAlerts, type AlertRuleDraft, type Comparison } from 'raptorflow/alerts';
import { recordedHistory } from 'raptorflow/alerts/contract-suite';
import { seededRandom, type Random } from 'raptorflow/kernel';
import { createFakeClock } from 'raptorflow/kernel/testing';
import { expect, test } from 'vitest';

/*
 * The semantics of `durationSeconds` and `keepFiringSeconds` are those of Prometheus' `for` and `keep_firing_for`: random rules over random series,
 * and Prometheus' own test program has to find the states that our service had, at every step.
 */

const run = promisify(execFile);
const traces = 200;
const steps = 60;
const intervalSeconds = 10;
const operators: Readonly<Record<Comparison, string>> = {
  gt: '>',
  gte: '>=',
  lt: '<',
  lte: '<=',
  eq: '==',
  ne: '!=',
};

interface Trace {
  readonly name: string;
  readonly metric: string;
  readonly condition: Comparison;
  readonly threshold: number;
  readonly durationSeconds: number;
  readonly keepFiringSeconds: number;
  /** Null where the series has ended for the moment. */
  readonly values: readonly (number | null)[];
}

function traceOf(index: number, random: Random): Trace {
  const below = (limit: number): number => Math.floor(random.next() * limit);
  const names = Object.keys(operators) as Comparison[];
  // Values stay for a while, so that conditions hold and end, for shorter and longer than the durations.
  let value = below(5);
  const stay = 0.4 + random.next() * 0.55;
  const values = Array.from({ length: steps }, () => {
    if (random.next() > stay) value = below(5);
    return random.next() < 0.05 ? null : value;
  });
  return {
    name: `rule_${index}`,
    metric: `metric_${index}`,
    condition: names[index % names.length] ?? 'gt',
    threshold: 1 + below(3),
    // Not only multiples of the interval.
    durationSeconds: below(3) === 0 ? 0 : below(16) * 5,
    keepFiringSeconds: below(2) === 0 ? 0 : below(16) * 5,
    values,
  };
}

function ruleOf({ values: _values, ...trace }: Trace): AlertRuleDraft {
  // Prometheus looks at the newest sample, and a series that has ended does not meet any condition.
  return { ...trace, aggregation: 'last', windowSeconds: intervalSeconds, intervalSeconds, missing: 'ok' };
}

/** What our service says at every step: `rule state` of every alert that is pending or fires. */
async function statesOf(all: readonly Trace[]): Promise<ReadonlySet<string>[]> {
  const clock = createFakeClock();
  const history = recordedHistory();
  const alerts = createAlerts({ times: { graceSeconds: 0 } }, { sources: { live: history }, clock });
  await alerts.start();
  for (const trace of all) await alerts.rules.put(ruleOf(trace));
  const found: ReadonlySet<string>[] = [];
  for (let step = 0; step < steps; step += 1) {
    // Samples of this step belong to the window that ends with its evaluation.
    const at = clock.now() + intervalSeconds * 1_000;
    history.record('heartbeat', {}, at, 1);
    for (const { metric, values } of all) {
      const value = values[step];
      if (value !== null && value !== undefined) history.record(metric, { s: 'x' }, at, value);
    }
    await clock.advance(intervalSeconds * 1_000);
    await alerts.evaluate();
    const active = alerts.list().filter(({ state }) => state.kind === 'pending' || state.kind === 'firing');
    found.push(new Set(active.map(({ rule, state }) => `${rule} ${state.kind}`)));
  }
  await alerts.stop();
  return found;
}

function rulesFile(all: readonly Trace[]): string {
  const rules = all.map(({ name, metric, condition, threshold, durationSeconds, keepFiringSeconds }) => ({
    alert: name,
    expr: `${metric} ${operators[condition]} ${threshold}`,
    for: `${durationSeconds}s`,
    // "0s" is refused by older versions; absent means the same.
    ...(keepFiringSeconds > 0 && { keep_firing_for: `${keepFiringSeconds}s` }),
  }));
  return JSON.stringify({ groups: [{ name: 'traces', interval: `${intervalSeconds}s`, rules }] });
}

function testsFile(all: readonly Trace[], states: readonly ReadonlySet<string>[]): string {
  const input = all.map(({ metric, values }) => ({
    series: `${metric}{s="x"}`,
    values: values.map((value) => value ?? 'stale').join(' '),
  }));
  const expected = states.map((active, step) => ({
    expr: 'ALERTS',
    eval_time: `${step * intervalSeconds}s`,
    exp_samples: [...active].map((line) => {
      const [name, state] = line.split(' ');
      return { labels: `ALERTS{alertname="${name}", alertstate="${state}", s="x"}`, value: 1 };
    }),
  }));
  const tests = [{ interval: `${intervalSeconds}s`, input_series: input, promql_expr_test: expected }];
  // JSON is YAML.
  return JSON.stringify({ rule_files: ['rules.yml'], evaluation_interval: `${intervalSeconds}s`, tests });
}

test(`${traces} random traces have the same states at every step as with Prometheus`, async () => {
  const random = seededRandom(2_042);
  const all = Array.from({ length: traces }, (_, index) => traceOf(index, random));
  const states = await statesOf(all);
  const seen = states.flatMap((active) => [...active].map((line) => line.split(' ')[1]));
  expect(seen.filter((state) => state === 'pending').length).toBeGreaterThan(500);
  expect(seen.filter((state) => state === 'firing').length).toBeGreaterThan(500);

  const folder = mkdtempSync(join(tmpdir(), 'raptorflow-promtool-'));
  try {
    writeFileSync(join(folder, 'rules.yml'), rulesFile(all));
    writeFileSync(join(folder, 'tests.yml'), testsFile(all, states));
    const { stdout } = await run('promtool', ['test', 'rules', 'tests.yml'], { cwd: folder });
    expect(stdout).toContain('SUCCESS');

    // The comparison is one: a single state that is different at a single step is found.
    const wrong = states.map((active, step) => (step === 30 ? new Set([...active].slice(1)) : active));
    writeFileSync(join(folder, 'tests.yml'), testsFile(all, wrong));
    await expect(run('promtool', ['test', 'rules', 'tests.yml'], { cwd: folder })).rejects.toMatchObject({
      code: 1,
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
