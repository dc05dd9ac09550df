import { RaptorFlowError } from 'raptorflow/kernel';
import type { Database } from '../../db/index.ts';
import type { Dispatcher, DispatchRequest, DispatchResult } from '../../dispatch/index.ts';
import { createRunStore } from '../sql-run-store.ts';
import { createRuns, type Runs, type RunsDeps, type RunsOptions } from '../runs.ts';

/** A dispatcher that tells the prompt back and counts its calls: runs only care that an answer is recorded. */
export function echoDispatcher(): Pick<Dispatcher, 'dispatch' | 'dispatchJson'> & {
  readonly asked: string[];
  /** The requests, with whom each is charged to. */
  readonly requests: DispatchRequest[];
} {
  const asked: string[] = [];
  const requests: DispatchRequest[] = [];
  const dispatch = async (request: DispatchRequest): Promise<DispatchResult> => {
    const last = request.messages.at(-1);
    const prompt = typeof last?.content === 'string' ? last.content : '';
    asked.push(prompt);
    requests.push(request);
    if (request.signal?.aborted === true) throw new RaptorFlowError('cancelled', 'The call was cancelled.');
    if (prompt === 'fail')
      throw new RaptorFlowError('model_refused', 'No.', { details: { why: 'asked to' } });
    return {
      callId: `call_${asked.length}`,
      text: `echo ${prompt}`,
      json: { echo: prompt },
      toolCalls: [],
      finishReason: 'stop',
      model: 'echo',
      provider: 'test',
      usage: {
        inputTokens: 7,
        cachedInputTokens: 0,
        cacheWriteTokens: 0,
        outputTokens: 3,
        reasoningTokens: 0,
      },
      rawUsage: null,
      costMicroUsd: 11,
      costEstimated: false,
      cached: false,
      fellBackFrom: [],
      shrunkToOutputTokens: null,
      offline: false,
      latencyMs: asked.length,
    };
  };
  return {
    asked,
    requests,
    dispatch,
    dispatchJson: async (request, schema) => {
      const result = await dispatch(request);
      return { ...result, value: schema.parse(result.json) };
    },
  };
}

/** Runs over a database, as one process would have them. */
export function runsOver(
  db: Database,
  dispatcher: RunsDeps['dispatcher'] = echoDispatcher(),
  options: RunsOptions = {},
  more: Pick<RunsDeps, 'clock' | 'meter' | 'audit' | 'resources' | 'quotas'> = {},
): Runs {
  const { clock } = more;
  const store = createRunStore({ db, ...(clock && { clock }) });
  return createRuns(options, { store, dispatcher, ...more });
}

/** What a crash looks like from inside: nothing more happens, ever. */
export function crash(): Promise<never> {
  return Promise.withResolvers<never>().promise;
}
