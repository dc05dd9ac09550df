import { RaptorFlowError } from 'raptorflow/kernel';
import type { Attempt } from 'raptorflow/resilience';
import type { ModelChunk } from '../models/model.ts';
import { openAttempt, type OpenAttempt } from './attempt.ts';
import { executeOptionsOf, toResult, type CallingParts } from './calling.ts';
import type { Settlement } from '../ledger/index.ts';
import type { CallPlan } from './planning.ts';
import type { DispatchChunk } from './request.ts';

/** A stream whose first piece has arrived. */
interface OpenStream {
  readonly open: OpenAttempt;
  readonly chunks: AsyncIterator<ModelChunk>;
  readonly first: IteratorResult<ModelChunk>;
}

/** One streamed call: opened with retries, then passed on piece by piece, and booked however it ends. */
export async function* streamCall(
  plan: () => Promise<CallPlan>,
  parts: CallingParts,
): AsyncGenerator<DispatchChunk, void> {
  const planned = await plan();
  const startedAt = parts.clock.monotonic();
  const abort = new AbortController();
  const deadline = parts.clock.setTimeout(() => {
    abort.abort(
      new RaptorFlowError(
        'timeout',
        `The stream of ${planned.resolved.modelId} took longer than its deadline.`,
        {
          details: { deadline_ms: parts.deadlineMs },
        },
      ),
    );
  }, parts.deadlineMs);
  const signal =
    planned.signal === undefined ? abort.signal : AbortSignal.any([planned.signal, abort.signal]);
  const settling: Promise<unknown>[] = [];
  const booked: Settlement[] = [];
  let stream: OpenStream | undefined;
  try {
    stream = await parts.executor.execute(
      'model_stream',
      (bounds) => {
        const opening = openStream(planned, { bounds, signal, booked }, parts);
        settling.push(opening);
        return opening;
      },
      executeOptionsOf(planned, parts),
    );
    let next = stream.first;
    while (next.done !== true) {
      if (next.value.type === 'finish') {
        const { answer } = next.value;
        await stream.open.completed(answer);
        yield {
          type: 'finish',
          result: toResult(planned, answer, booked, parts.clock.monotonic() - startedAt),
        };
        return;
      }
      yield next.value;
      next = await stream.chunks.next();
    }
    throw new RaptorFlowError(
      'model_unavailable',
      `${planned.resolved.modelId} ended its stream without an end.`,
    );
  } catch (error) {
    const reason = deadlineReason(abort.signal) ?? error;
    await stream?.open.failed(error);
    throw reason;
  } finally {
    deadline.cancel();
    abort.abort();
    await Promise.allSettled(settling);
    // Both do nothing after a stream that ended by itself.
    await stream?.chunks.return?.();
    await stream?.open.abandoned();
  }
}

async function openStream(
  plan: CallPlan,
  call: { readonly bounds: Attempt; readonly signal: AbortSignal; readonly booked: Settlement[] },
  parts: CallingParts,
): Promise<OpenStream> {
  const { bounds, signal, booked } = call;
  const open = await openAttempt(plan, { number: bounds.number, streamed: true, booked }, parts);
  // The attempt's own signal ends with the attempt; the stream goes on after it.
  const opening = AbortSignal.any([signal, bounds.signal]);
  try {
    const options = { signal: opening, callId: open.providerCallId };
    const stream = plan.resolved.provider.stream(plan.modelRequest, options);
    const chunks = stream[Symbol.asyncIterator]();
    const first = await chunks.next();
    if (bounds.signal.aborted) {
      await chunks.return?.();
      throw new RaptorFlowError('cancelled', `The stream of ${plan.resolved.modelId} was cancelled.`);
    }
    return { open, chunks, first };
  } catch (error) {
    await open.failed(error);
    throw error;
  }
}

function deadlineReason(signal: AbortSignal): unknown {
  return signal.aborted ? signal.reason : undefined;
}
