import { z } from 'zod';
import { listIssues, RaptorFlowError, type Clock } from '../../kernel/index.ts';
import type { Tags } from './sampled.ts';
import { Accumulator } from './accumulator.ts';
import { mergedLast } from './answer.ts';
import type { ResolvedHistoryOptions } from './options.ts';
import { resolutionFor } from './plan.ts';
import type { Point } from './point.ts';
import { findSeries, readGroups, type SeriesGroup } from './series-reading.ts';
import type { HistoryStore } from './store.ts';
import { csvFormat, openMetricsFormat, type ExportFormat, type ExportedSeries } from './text-format.ts';

/** What is exported. */
export interface HistoryExport {
  readonly format: 'openmetrics' | 'csv';
  /** Metrics in the order of the text; all when absent. */
  readonly metrics?: readonly string[];
  /** Series whose tags contain all of these. */
  readonly tags?: Tags;
  /** Epoch milliseconds; the beginning is outside, the end inside. */
  readonly from: number;
  readonly to: number;
}

const schema = z
  .strictObject({
    format: z.enum(['openmetrics', 'csv']),
    metrics: z.array(z.string().min(1)).optional(),
    tags: z.record(z.string(), z.string()).optional(),
    from: z.number().min(0).max(8.64e15),
    to: z.number().min(0).max(8.64e15),
  })
  .refine(({ from, to }) => from < to, { message: 'must be earlier than to', path: ['from'] });

/** Series that are read together. */
const groupsAtOnce = 32;

/** Checks what is to be exported. Throws `invalid_input`. */
export function checkExport(request: HistoryExport): HistoryExport {
  const result = schema.safeParse(request);
  if (result.success) return request;
  const issues = listIssues(result.error);
  const lines = issues.map(({ path, message }) => `${path}: ${message}`);
  throw new RaptorFlowError('invalid_input', `The history cannot export this: ${lines.join('; ')}.`, {
    details: { issues },
  });
}

/** Writes series as text, a piece for each. Sources are merged as in queries. */
export async function* exportText(
  request: HistoryExport,
  {
    store,
    clock,
    options,
  }: { readonly store: HistoryStore; readonly clock: Clock; readonly options: ResolvedHistoryOptions },
): AsyncGenerator<string> {
  const { from, to, tags = {} } = request;
  const format: ExportFormat = request.format === 'csv' ? csvFormat : openMetricsFormat;
  const metrics = request.metrics ?? (await metricsOf(store));
  const range = { ...resolutionFor(options, from, clock.now()), from, to };
  yield format.head;
  for (const metric of metrics) {
    const groups = await findSeries(store, clock, metric, tags);
    const [first] = groups;
    if (!first) continue;
    // One family has one kind; should processes disagree, the others are left to an export of their own.
    const alike = groups.filter(({ kind }) => kind === first.kind);
    const description = first.members[0];
    if (description) yield format.family(description);
    for (let next = 0; next < alike.length; next += groupsAtOnce) {
      const some = alike.slice(next, next + groupsAtOnce);
      const { points } = await readGroups(store, clock, some, range);
      for (const [place, group] of some.entries()) {
        const text = format.series(mergedSeries(group, points[place] ?? [], range.resolution.stepMs, to));
        if (text !== '') yield text;
      }
    }
  }
  yield format.tail;
}

async function metricsOf(store: HistoryStore): Promise<string[]> {
  const names = new Set((await store.listSeries({})).map(({ metric }) => metric));
  return [...names].toSorted();
}

/** The steps of a series, all sources together, at the resolution that is exported. */
function mergedSeries(
  group: SeriesGroup,
  sources: readonly (readonly Point[])[],
  stepMs: number,
  to: number,
): ExportedSeries {
  const [description] = group.members;
  const steps = new Map<number, { readonly all: Accumulator; lasts: number[] }>();
  for (const points of sources) {
    const lasts = new Map<number, number>();
    for (const point of points) {
      const at = Math.ceil(point.at / stepMs) * stepMs;
      let step = steps.get(at);
      if (!step) steps.set(at, (step = { all: new Accumulator(), lasts: [] }));
      step.all.add(point, group.kind === 'histogram');
      lasts.set(at, point.last);
    }
    for (const [at, last] of lasts) {
      steps.get(at)?.lasts.push(last);
    }
  }
  return {
    metric: description?.metric ?? '',
    unit: description?.unit ?? '',
    kind: group.kind,
    lowest: description?.lowest ?? 0,
    tags: group.tags,
    steps: [...steps]
      .toSorted(([a], [b]) => a - b)
      .map(([at, { all, lasts }]) => ({
        // A step that is not over yet has the time of its newest sample.
        at: at > to ? all.lastAt : at,
        all,
        last: mergedLast(description?.merge ?? 'sum', all, lasts),
      })),
  };
}
