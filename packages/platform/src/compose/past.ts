/** The past of metrics, as routes and rules ask for it. */
import type { PastSource } from 'raptorflow/alerts';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { History } from 'raptorflow/metrics';
import type { MetricPast } from '../http/routes/metric-history.ts';

/** Reads a history for the routes; without one every question is refused. */
export function pastOf(history: History | undefined): MetricPast {
  return {
    async query({ limit, ...question }) {
      if (!history) {
        throw new RaptorFlowError(
          'unavailable',
          'Monitoring is switched off (METRICS=false), so there is no history.',
        );
      }
      // A history answers at least one series; who only counts is given none.
      const answer = await history.query({ ...question, limit: Math.max(1, limit) });
      return {
        series: limit === 0 ? [] : answer.series,
        total: answer.total,
        stepMs: answer.step,
        resolutionMs: answer.resolutionMs,
      };
    },
  };
}

/** A past that is told later than it was: what is asked of a moment is answered by what was `lagMs` before it. */
export function laggingPast(past: PastSource, lagMs: number): PastSource {
  return {
    async query({ from, to, ...question }) {
      const answer = await past.query({ ...question, from: from - lagMs, to: to - lagMs });
      return {
        ...answer,
        series: answer.series.map(({ tags, points }) => ({
          tags,
          points: points.map((point) => ({ ...point, at: point.at + lagMs })),
        })),
      };
    },
  };
}
