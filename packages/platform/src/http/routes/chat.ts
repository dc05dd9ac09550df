/** The OpenAI-compatible door: that API's words in and out, our dispatcher behind. */
import { routes, type ChatCompletionChunk, type ChatCompletionRequest } from '@raptorflow/contract';
import type { DispatchChunk, Dispatcher, DispatchResult, ModelSettings } from '@raptorflow/runtime';
import type { Clock } from 'raptorflow/kernel';
import type { FastifyInstance } from 'fastify';
import type { Call } from '../call.ts';
import { statusOf, toldInStream } from '../errors.ts';
import { openEventStream } from '../event-stream.ts';
import { registerRoutes, replied, type RegisterDeps } from '../register.ts';
import { completionOf, finishReasonOf, modelListOf, toDispatchRequest, usageOf } from './chat-wire.ts';

/** What the door answers from. */
export interface ChatRouteDeps extends RegisterDeps {
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly newId: (prefix: string) => string;
  /** Which aliases and models a workspace can call now. */
  readonly modelSettings: Pick<ModelSettings, 'callableModels' | 'list'>;
}

/** Registers `POST /v1/chat/completions` and `GET /v1/models`. */
export function registerChatRoutes(app: FastifyInstance, deps: ChatRouteDeps): void {
  const created = (): number => Math.floor(deps.clock.now() / 1000);
  registerRoutes(
    app,
    routes.chat,
    {
      async complete({ body }, call) {
        const request = toDispatchRequest(body, {
          workspaceId: call.workspaceId,
          correlationId: call.correlationId,
          signal: call.signal,
          // The header that the whole of HTTP says it with: nothing from a cache, and nothing into one.
          cache: !/\bno-(?:store|cache)\b/i.test(call.request.headers['cache-control'] ?? ''),
        });
        if (body.stream === true) {
          await stream(deps.dispatcher.dispatchStream(request), body, call, deps);
          return replied;
        }
        const result = await deps.dispatcher.dispatch(request);
        markOffline(call, result);
        return completionOf(result, deps.newId('chatcmpl'), created());
      },
      async models(_input, { workspaceId }) {
        const aliases = await deps.modelSettings.list(workspaceId);
        return modelListOf(aliases, deps.modelSettings.callableModels());
      },
    },
    deps,
  );
}

// Clients show only the text, which carries its own mark; programs read the header.
function markOffline(call: Call, result: DispatchResult): void {
  if (result.offline) void call.reply.header('x-raptorflow-offline-model', 'true');
}

type Delta = ChatCompletionChunk['choices'][number]['delta'];

async function stream(
  chunks: AsyncIterable<DispatchChunk>,
  body: ChatCompletionRequest,
  call: Call,
  deps: ChatRouteDeps,
): Promise<void> {
  const base = {
    id: deps.newId('chatcmpl'),
    object: 'chat.completion.chunk' as const,
    created: Math.floor(deps.clock.now() / 1000),
    model: body.model,
  };
  const iterator = chunks[Symbol.asyncIterator]();
  // The first piece decides: until then a refusal (budget, unknown model) is an ordinary error with its status.
  let next = await iterator.next();
  const events = openEventStream(call.reply);
  const write = (value: unknown): Promise<void> => events.write(value);
  const send = (delta: Delta, finish: ReturnType<typeof finishReasonOf> | null = null): Promise<void> =>
    write({ ...base, choices: [{ index: 0, delta, finish_reason: finish }] });
  try {
    await send({ role: 'assistant', content: '' });
    let toolIndex = 0;
    for (; next.done !== true; next = await iterator.next()) {
      const chunk = next.value;
      if (chunk.type === 'text') await send({ content: chunk.text });
      else if (chunk.type === 'tool-call') {
        const { id, name, input } = chunk.toolCall;
        await send({
          tool_calls: [
            { index: toolIndex, id, type: 'function', function: { name, arguments: JSON.stringify(input) } },
          ],
        });
        toolIndex += 1;
      } else {
        await send({}, finishReasonOf(chunk.result));
        if (body.stream_options?.include_usage === true) {
          await write({
            ...base,
            model: chunk.result.model,
            choices: [],
            usage: usageOf(chunk.result.usage),
          });
        }
      }
    }
    await write('[DONE]');
  } catch (error) {
    // The status is long sent; clients of this API read an error object from the stream.
    await write(errorFrameOf(error));
  } finally {
    events.end();
  }
}

function errorFrameOf(error: unknown): { error: Readonly<Record<string, unknown>> } {
  const { kind, code, message } = toldInStream(error);
  return { error: { message, type: kind, code, status: statusOf(kind) } };
}
