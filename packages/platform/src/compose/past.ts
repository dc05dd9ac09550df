/** The past of metrics, as the routes ask for it. */
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
