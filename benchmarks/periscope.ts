import type { Question } from './harness/question.ts';
import { deadBackend } from './periscope/dead-backend.ts';
import { overhead } from './periscope/overhead.ts';

/** What resilient execution costs, and what it keeps away from something that is down. */
export const periscopeQuestion: Question = {
  name: 'periscope',
  about: 'what breaker, retry, timeout and latency sketch cost, beside cockatiel and opossum',
  figures: {
    overhead_us: {
      about: 'breaker, retry, timeout and latency sketch over a raw await, microseconds a call',
      target: 'at most 0.35, and at most opossum',
    },
    dead_backend_calls_ratio: {
      about: 'calls that reach a dead backend, to those that threshold and probes allow',
      target: 'at most 1.1',
    },
  },
  async run(settings, findings) {
    const asked = (key: string): boolean => settings.only === null || settings.only.has(key);
    if (asked('overhead_us')) await overhead(settings, findings);
    if (asked('dead_backend_calls_ratio')) await deadBackend(settings, findings);
  },
};
