import type { Question } from './harness/question.ts';
import { quotaFigures, quotas } from './resources/quotas.ts';

/** What it costs to know what is open and to say who may have how much. */
export const resourcesQuestion: Question = {
  name: 'resources',
  about: 'what quotas cost, in memory and on Redis, beside rate-limiter-flexible',
  figures: quotaFigures,
  run: quotas,
};
