import { RaptorFlowError } from 'raptorflow/kernel';
import type { Attempt } from 'raptorflow/resilience';
import type { ResourceHandle } from 'raptorflow/resources';
import type { ModelAnswer, ModelChunk } from '../models/model.ts';
import { newCall, openAttempt, type OngoingCall, type OpenAttempt } from './attempt.ts';
import {
  executeOptionsOf,
  findKept,
  keepAnswer,
  keptResult,
  throughChain,
  toResult,
  type CallingParts,
} from './calling.ts';
import type { CallChain, CallPlan } from './planning.ts';
import { countCall, countsCalls } from './quota-meters.ts';
import type { DispatchChunk } from './request.ts';
import { registerCall } from './under-way.ts';

/** A stream whose first piece has arrived. */
interface OpenStream {
  readonly open: OpenAttempt;
  readonly chunks: AsyncIterator<ModelChunk>;
  readonly first: IteratorResult<ModelChunk>;
}

/** One streamed call: opened with retries and fallbacks, then passed on piece by piece, and booked however it ends. */
export async function* streamCall(
  plan: () => Promise<CallChain>,
  parts: CallingParts,
): AsyncGenerator<DispatchChunk, void> {
  const chain = await plan();
  let planned: CallPlan = chain[0];
  const kept = await findKept(planned, true, parts);
  if (kept !== undefined) {
    yield* replay(planned, kept);
    return;
  }
  const startedAt = parts.clock.monotonic();
  const abort = new AbortController();
  const deadline = parts.clock.setTimeout(
    () => abort.abort(tookTooLong(planned, parts.deadlineMs)),
    parts.deadlineMs,
  );
  const signal =
    planned.signal === undefined ? abort.signal : AbortSignal.any([planned.signal, abort.signal]);
  const settling: Promise<unknown>[] = [];
  let stream: OpenStream | undefined;
  let handle: ResourceHandle | undefined;
  try {
    handle = registerCall(parts, planned, (why) => abort.abort(why));
    const { quotas } = parts;
    const call = newCall(true, countsCalls(quotas) ? await countCall(quotas, planned) : 0);
    const opened = await throughChain(chain, call, parts, (each, deadlineMs) =>
      parts.executor.execute(
        'model_stream',
        (bounds) => {
          const opening = openStream(each, { bounds, signal, call }, parts);
          settling.push(opening);
          return opening;
        },
        executeOptionsOf(each, { ...parts, deadlineMs }),
      ),
    );
    planned = opened.plan;
    stream = opened.result;
    let next = stream.first;
    while (next.done !== true) {
      if (next.value.type === 'finish') {
        const { answer } = next.value;
        await stream.open.completed(answer);
        keepAnswer(planned, chain[0], answer, call, parts);
        const result = toResult(planned, answer, call, parts.clock.monotonic() - startedAt);
        yield { type: 'finish', result };
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
    handle?.release();
    abort.abort();
    await Promise.allSettled(settling);
    // Both do nothing after a stream that ended by itself.
    await stream?.chunks.return?.();
    await stream?.open.abandoned();
  }
}

function tookTooLong(plan: CallPlan, deadlineMs: number): RaptorFlowError {
  const message = `The stream of ${plan.resolved.modelId} took longer than its deadline.`;
  return new RaptorFlowError('timeout', message, { details: { deadline_ms: deadlineMs } });
}

/** A kept answer as a stream. */
function* replay(plan: CallPlan, answer: ModelAnswer): Generator<DispatchChunk, void> {
  if (answer.text !== '') yield { type: 'text', text: answer.text };
  for (const toolCall of answer.toolCalls) yield { type: 'tool-call', toolCall };
  yield { type: 'finish', result: keptResult(plan, answer) };
}

async function openStream(
  plan: CallPlan,
  opening: { readonly bounds: Attempt; readonly signal: AbortSignal; readonly call: OngoingCall },
  parts: CallingParts,
): Promise<OpenStream> {
  const { bounds, signal, call } = opening;
  const open = await openAttempt(plan, call, parts);
  // The attempt's own signal ends with the attempt; the stream goes on after it.
  const until = AbortSignal.any([signal, bounds.signal]);
  try {
    const options = { signal: until, callId: open.providerCallId };
    const stream = plan.resolved.provider.stream(open.request, options);
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
