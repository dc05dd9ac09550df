import { RaptorFlowError } from 'raptorflow/kernel';
import type { ResourceHandle, ResourceScope } from 'raptorflow/resources';
import { offlineProviderName, type CallPlan } from './planning.ts';

/** Where calls are registered while they are under way. */
export type CallRegistry = Pick<ResourceScope, 'register'>;

/** The registry and the longest that a call may take: so long it is no leak, however fast others of its kind were. */
export interface CallBounds {
  readonly resources: CallRegistry | undefined;
  readonly deadlineMs: number;
}

/** Registers a call, whose closing is to break it off; without a registry, nowhere. Throws as `register` does. */
export function registerCall(
  { resources, deadlineMs }: CallBounds,
  plan: CallPlan,
  breakOff: (why: RaptorFlowError) => void,
): ResourceHandle | undefined {
  const { workspaceId, agentId, agentRunId } = plan.attribution;
  return resources?.register({
    type: plan.resolved.provider.name === offlineProviderName ? 'async_task' : 'network_connection',
    site: 'model_call',
    workspaceId,
    ...(agentId !== null && { agentId }),
    ...(agentRunId !== null && { runId: agentRunId }),
    lifetimeMsMax: deadlineMs,
    metadata: { call_id: plan.callId, model: plan.resolved.modelId },
    dispose: () =>
      breakOff(
        new RaptorFlowError('cancelled', `The call of ${plan.resolved.modelId} was closed by a cleanup.`),
      ),
  });
}

/** A request on its way to a provider, with a signal that its closing aborts, too. */
export class RequestUnderWay {
  readonly signal: AbortSignal;
  readonly #handle: ResourceHandle | undefined;
  readonly #outer: AbortSignal;
  readonly #onAbort: () => void;

  constructor(bounds: CallBounds, plan: CallPlan, outer: AbortSignal) {
    // By hand, because `AbortSignal.any` costs several times as much as everything else here.
    const controller = new AbortController();
    this.signal = controller.signal;
    this.#handle = registerCall(bounds, plan, (why) => controller.abort(why));
    this.#outer = outer;
    this.#onAbort = () => controller.abort(outer.reason);
    if (outer.aborted) this.#onAbort();
    else outer.addEventListener('abort', this.#onAbort, { once: true });
  }

  over(): void {
    this.#handle?.release();
    this.#outer.removeEventListener('abort', this.#onAbort);
  }
}
