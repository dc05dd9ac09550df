/** The past of metrics, as the routes and the alerts ask for it. */
import type { PastPoint, PastSource } from 'raptorflow/alerts';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { History, HistoryAnswer } from 'raptorflow/metrics';
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

/** Reads a history for rules, which want windows that end at moments of their own: each is answered by the samples that lie nearest. */
export function rulePastOf(history: Pick<History, 'query'>): PastSource {
  return {
    async query({ step, from, to, ...question }) {
      const answer = await history.query({ ...question, from, to, step, align: 'end', limit: ruleSeriesMax });
      const count = Math.max(1, Math.round((to - from) / step));
      const moments = Array.from({ length: count }, (_, index) => from + (index + 1) * step);
      return {
        series: answer.series.map(({ tags, points }) => ({
          tags,
          points: moments.map((at) => pointAt(at, to, answer, points)),
        })),
      };
    },
  };
}

function pointAt(
  at: number,
  to: number,
  answer: HistoryAnswer,
  points: HistoryAnswer['series'][number]['points'],
): PastPoint {
  const shifted = at + answer.to - to;
  const point = points[Math.ceil((shifted - answer.from) / answer.step) - 1];
  return { at, value: point?.value ?? null, relativeError: point?.relativeError ?? null };
}
