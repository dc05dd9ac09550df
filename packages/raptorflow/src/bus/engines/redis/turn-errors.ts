import { RaptorFlowError } from '../../../kernel/index.ts';

/** What publishers are told when Redis refused the call. */
export function refusal(error: unknown): RaptorFlowError {
  const why = error instanceof Error ? error.message : String(error);
  if (why.startsWith('OOM')) {
    return new RaptorFlowError(
      'exhausted',
      'Redis has reached its maxmemory and takes no more events; give it more memory, or keep events for less time.',
      { cause: error },
    );
  }
  return new RaptorFlowError('unavailable', `Redis refused the call: ${why}`, { cause: error });
}

/** … when it could not be reached in time; `repeated`: it may have been stored. */
export function timeoutError(repeated: boolean, publishTimeoutMs: number): RaptorFlowError {
  const fate = repeated ? 'it may or may not have been stored' : 'it was not stored';
  return new RaptorFlowError(
    'unavailable',
    `Redis could not be reached within ${publishTimeoutMs} ms (publishTimeoutMs); ${fate}. Publishing again with the same id is safe.`,
  );
}

/** … when too few replicas had it in time. */
export function replicasError(publishTimeoutMs: number): RaptorFlowError {
  return new RaptorFlowError(
    'unavailable',
    `Too few replicas of Redis had the event within ${publishTimeoutMs} ms (publishTimeoutMs); it may have been stored. See that replicas follow; publishing again with the same id is safe.`,
  );
}

/** … when the engine was closed. */
export function closedError(): RaptorFlowError {
  return new RaptorFlowError('unavailable', 'The bus engine is closed.');
}
