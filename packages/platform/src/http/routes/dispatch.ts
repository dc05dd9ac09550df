/** Calls of models in our own words, whole or as server-sent events. */
import { routes, type DispatchEvent, type DispatchRequestWire } from '@raptorflow/contract';
import type { Agents, Dispatcher, DispatchRequest } from '@raptorflow/runtime';
import { RaptorFlowError } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import type { Call } from '../call.ts';
import { toldInStream } from '../errors.ts';
import { openEventStream } from '../event-stream.ts';
import { registerRoutes, replied, type RegisterDeps } from '../register.ts';
import { dispatchResultToWire, toDispatchRequest, toolCallToWire } from './dispatch-wire.ts';

/** What the route answers from. */
export interface DispatchRouteDeps extends RegisterDeps {
  readonly dispatcher: Pick<Dispatcher, 'dispatch' | 'dispatchStream'>;
  readonly agents: Pick<Agents, 'get'>;
  readonly campaigns: {
    names(workspaceId: string, ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  };
}

/** Registers `POST /api/v1/dispatch`. */
export function registerDispatchRoutes(app: FastifyInstance, deps: DispatchRouteDeps): void {
  registerRoutes(
    app,
    routes.dispatch,
    {
      async dispatch({ body }, call) {
        const request = await requestOf(body, call, deps);
        if (!body.stream) return dispatchResultToWire(await deps.dispatcher.dispatch(request));
        await stream(request, call, deps);
        return replied;
      },
    },
    deps,
  );
}

// Whom a call is charged to must be of this workspace, or its figures would be nobody's.
async function requestOf(
  body: DispatchRequestWire,
  call: Call,
  { agents, campaigns }: DispatchRouteDeps,
): Promise<DispatchRequest> {
  const { workspaceId } = call;
  const agent = body.agent_id === undefined ? undefined : await agents.get(workspaceId, body.agent_id);
  if (body.campaign_id !== undefined) {
    const known = await campaigns.names(workspaceId, [body.campaign_id]);
    if (!known.has(body.campaign_id)) {
      throw new RaptorFlowError('not_found', `There is no campaign ${body.campaign_id} in this workspace.`);
    }
  }
  return toDispatchRequest(body, {
    workspaceId,
    correlationId: call.correlationId,
    signal: call.signal,
    ...(agent !== undefined && { agentId: agent.id, guild: agent.guild }),
    ...(body.campaign_id !== undefined && { campaignId: body.campaign_id }),
    ...(body.budget_id !== undefined && { budgetId: body.budget_id }),
  });
}

async function stream(request: DispatchRequest, call: Call, deps: DispatchRouteDeps): Promise<void> {
  const chunks = deps.dispatcher.dispatchStream(request)[Symbol.asyncIterator]();
  // The first piece decides: until then a refusal (budget, unknown model) is an ordinary error with its status.
  let next = await chunks.next();
  const events = openEventStream(call.reply);
  const send = (event: DispatchEvent): Promise<void> => events.write(event);
  try {
    for (; next.done !== true; next = await chunks.next()) {
      const chunk = next.value;
      if (chunk.type === 'text') await send(chunk);
      else if (chunk.type === 'tool-call') {
        await send({ type: 'tool_call', tool_call: toolCallToWire(chunk.toolCall) });
      } else await send({ type: 'finish', result: dispatchResultToWire(chunk.result) });
    }
  } catch (error) {
    const { code, message, details } = toldInStream(error);
    await send({ type: 'error', error: { code, message, details } });
  } finally {
    events.end();
  }
}
