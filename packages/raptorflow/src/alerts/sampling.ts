import type { Tags } from '../metrics/index.ts';
import type { Forecasts } from './forecasts.ts';
import { keyOfTags, type Labels } from './instance.ts';
import { changeBetween } from './measure.ts';
import type { Bands, Reader, Window, WindowValue } from './reader.ts';
import type {
  AlertRule,
  AnomalyRule,
  BurnRateRule,
  ChangeRule,
  CompositeRule,
  MetricRule,
  Selection,
} from './rule.ts';
import { selectionTags, type Sample } from './rule-runtime.ts';

const msOfASecond = 1_000;

/** The rules whose samples are fetched; composite ones look at other rules instead. */
export type SampledRule = Exclude<AlertRule, CompositeRule>;

/** One evaluation's samples of a rule. Rejects with what the sources reject with. */
export async function sample(
  rule: SampledRule,
  reader: Reader,
  at: number,
  forecasts: Forecasts | null,
): Promise<readonly Sample[]> {
  switch (rule.condition) {
    case 'absent':
      return sampleAbsence(rule, await reader.read(windowOf(rule), at));
    case 'change':
      return sampleChange(rule, reader, at);
    case 'anomaly': {
      const values = await reader.read(windowOf(rule), at);
      return forecasts ? judgeAnomalies(rule, values, await forecasts.bandsAt(reader, at)) : [];
    }
    case 'burn_rate':
      return sampleBurn(rule, reader, at);
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
    case 'eq':
    case 'ne':
      return reader.read(windowOf(rule), at);
  }
}

/** Every window that a rule reads, with how far before the evaluation each ends. A back-test fetches them beforehand. */
export function windowsOf(
  rule: SampledRule,
): readonly { readonly window: Window; readonly beforeMs: number }[] {
  if (rule.condition === 'burn_rate') {
    return burnWindows(rule).map((window) => ({ window, beforeMs: 0 }));
  }
  const window = windowOf(rule);
  if (rule.condition !== 'change') return [{ window, beforeMs: 0 }];
  return [
    { window, beforeMs: 0 },
    { window, beforeMs: rule.change.earlierSeconds * msOfASecond },
  ];
}

/** How far back an evaluation of the rule reaches, forecasts left aside. */
export function reachMs(rule: SampledRule): number {
  return Math.max(...windowsOf(rule).map(({ window, beforeMs }) => window.windowMs + beforeMs));
}

function windowOf(rule: MetricRule): Window {
  return {
    metric: rule.metric,
    tags: selectionTags(rule),
    aggregation: rule.aggregation,
    windowMs: rule.windowSeconds * msOfASecond,
  };
}

function sampleAbsence(rule: MetricRule, values: readonly WindowValue[]): readonly Sample[] {
  const present = values.filter(({ value }) => value !== null).length;
  return [{ tags: rule.tags, value: present, verdict: present === 0 ? 'breach' : 'clear' }];
}

async function sampleChange(rule: ChangeRule, reader: Reader, at: number): Promise<readonly Sample[]> {
  const window = windowOf(rule);
  const { mode, earlierSeconds } = rule.change;
  const [now, before] = await Promise.all([
    reader.read(window, at),
    reader.read(window, at - earlierSeconds * msOfASecond),
  ]);
  const earlier = new Map(before.map(({ tags, value }) => [keyOfTags(tags), value]));
  return now.map(({ tags, value }) => {
    const then = earlier.get(keyOfTags(tags)) ?? null;
    return { tags, value: value === null || then === null ? null : changeBetween(then, value, mode) };
  });
}

function judgeAnomalies(rule: AnomalyRule, values: readonly WindowValue[], bands: Bands): readonly Sample[] {
  const { direction } = rule.anomaly;
  return values.map(({ tags, value }) => {
    const band = value === null ? null : bands(tags);
    if (value === null || !band) return { tags, value, verdict: 'missing' };
    const isOut = (direction !== 'down' && value > band.high) || (direction !== 'up' && value < band.low);
    return { tags, value, verdict: isOut ? 'breach' : 'clear' };
  });
}

function burnWindows(rule: BurnRateRule): readonly [Window, Window, Window, Window] {
  const windowOver = ({ metric, tags }: Selection, seconds: number): Window => ({
    metric,
    tags: selectionTags({ tags, workspaceId: rule.workspaceId }),
    aggregation: 'sum',
    windowMs: seconds * msOfASecond,
  });
  const { good, total, longWindowSeconds: long, shortWindowSeconds: short } = rule;
  return [windowOver(good, long), windowOver(total, long), windowOver(good, short), windowOver(total, short)];
}

async function sampleBurn(rule: BurnRateRule, reader: Reader, at: number): Promise<readonly Sample[]> {
  const [goodLong, totalLong, goodShort, totalShort] = burnWindows(rule);
  const [longGood, longTotal, shortGood, shortTotal] = await Promise.all([
    reader.read(goodLong, at).then((values) => addUp(values, rule.by)),
    reader.read(totalLong, at).then((values) => addUp(values, rule.by)),
    reader.read(goodShort, at).then((values) => addUp(values, rule.by)),
    reader.read(totalShort, at).then((values) => addUp(values, rule.by)),
  ]);
  return [...longTotal].map(([key, { tags, sum: total }]) => {
    const long = burnOf(longGood.get(key)?.sum ?? 0, total, rule.objective);
    const short = burnOf(shortGood.get(key)?.sum ?? 0, shortTotal.get(key)?.sum ?? 0, rule.objective);
    const isBurning = long > rule.threshold && short > rule.threshold;
    return { tags, value: long, verdict: isBurning ? 'breach' : 'clear' };
  });
}

// Without events nothing was spent.
function burnOf(good: number, total: number, objective: number): number {
  return total <= 0 ? 0 : Math.max(0, 1 - good / total) / (1 - objective);
}

function addUp(
  values: readonly WindowValue[],
  by: readonly string[],
): Map<string, { readonly tags: Tags; sum: number }> {
  const sums = new Map<string, { readonly tags: Tags; sum: number }>();
  for (const { tags, value } of values) {
    if (value === null) continue;
    const group = tagsBy(tags, by);
    const key = keyOfTags(group);
    const known = sums.get(key);
    if (known) known.sum += value;
    else sums.set(key, { tags: group, sum: value });
  }
  return sums;
}

/** Only these of the labels, as far as they are there. */
export function tagsBy(labels: Labels, by: readonly string[]): Tags {
  const kept: Record<string, string> = {};
  for (const name of by) {
    const value = labels[name];
    if (value !== undefined) kept[name] = value;
  }
  return kept;
}

/** What a composite rule sees of one other rule: the tags of its alerts that fire. */
export type FiringTags = readonly Tags[];

/** The samples of a composite rule. The value is how many of the others fire. */
export function sampleComposite(rule: CompositeRule, others: readonly FiringTags[]): readonly Sample[] {
  const groups = new Map<string, { readonly tags: Tags; firing: number }>();
  if (rule.by.length === 0) groups.set('', { tags: {}, firing: 0 });
  for (const firing of others) {
    const seen = new Set<string>();
    for (const labels of firing) {
      const tags = tagsBy(labels, rule.by);
      const key = keyOfTags(tags);
      if (seen.has(key)) continue;
      seen.add(key);
      const group = groups.get(key) ?? { tags, firing: 0 };
      group.firing += 1;
      groups.set(key, group);
    }
  }
  const needed = rule.condition === 'all' ? others.length : 1;
  return [...groups.values()].map(({ tags, firing }) => ({
    tags,
    value: firing,
    verdict: firing >= needed ? 'breach' : 'clear',
  }));
}
