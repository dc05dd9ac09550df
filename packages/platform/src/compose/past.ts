/** The past of metrics, as the routes and the alerts ask for it. */
import type { PastSource } from 'raptorflow/alerts';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { History } from 'raptorflow/metrics';
import type { MetricPast } from '../http/routes/metric-history.ts';

/** Series that a rule can be tried on. */
const ruleSeriesMax = 1_000;

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

/**
 * Reads a history for rules, whose windows end at moments of their own. A history counts its steps from the beginning of the range, rounded down to
 * what it keeps there: so each window is answered by the one that ends at its moment, or less than a step of that resolution before.
 */
export function rulePastOf(history: Pick<History, 'query'>): PastSource {
  return {
    async query({ step, from, to, ...question }) {
      const answer = await history.query({ ...question, from, to, step, limit: ruleSeriesMax });
      const count = Math.max(1, Math.round((to - from) / step));
      return {
        series: answer.series.map(({ tags, points }) => ({
          tags,
          points: Array.from({ length: count }, (_, index) => ({
            at: from + (index + 1) * step,
            value: points[index]?.value ?? null,
            relativeError: points[index]?.relativeError ?? null,
          })),
        })),
      };
    },
  };
}
