import { listIssues, RaptorFlowError, toRaptorFlowError } from 'raptorflow/kernel';
import type {
  ModelAnswer,
  ModelChunk,
  ModelMessage,
  ModelProvider,
  ModelRequest,
  ModelTask,
} from '../model.ts';
import type { ChatMessage, TextTask } from '../offline/index.ts';

/** The name of the offline model and of its provider. */
const offlineModelId = 'offline';

type OfflineRoom = typeof import('../offline/index.ts');

interface LoadedEngine {
  readonly room: OfflineRoom;
  readonly engine: ReturnType<OfflineRoom['createTextEngine']>;
}

/**
 * The offline model: deterministic, free, and made of nothing but the sources' own sentences. A request with a task gets
 * that task's result as JSON; any other is answered as a chat over its sources. The engine is loaded with the first call.
 */
export function createOfflineProvider(load: () => Promise<OfflineRoom> = loadRoom): ModelProvider {
  let loading: Promise<LoadedEngine> | undefined;
  const generate: ModelProvider['generate'] = async (request, options = {}) => {
    try {
      options.signal?.throwIfAborted();
      loading ??= load().then((room) => ({ room, engine: room.createTextEngine() }));
      const loaded = await loading;
      return request.task === undefined
        ? await chat(request, loaded, options.signal)
        : await runTask(request, request.task, loaded, options.signal);
    } catch (error) {
      if (options.signal?.aborted === true) {
        throw new RaptorFlowError('cancelled', 'The call of the offline model was cancelled.', {
          details: { requestLeft: false },
          cause: error,
        });
      }
      // There is no network behind it: what it throws of its own is a bug of ours, and calling again would not help.
      throw toRaptorFlowError(error);
    }
  };
  return {
    name: offlineModelId,
    generate,
    async *stream(request, options = {}): AsyncGenerator<ModelChunk, void> {
      const answer = await generate(request, options);
      // The answer is there at once; it is passed on sentence by sentence so that readers can be treated alike.
      for (const text of answer.text.split(/(?<=[.!?]\s|\n)/)) {
        if (text !== '') yield { type: 'text', text };
      }
      yield { type: 'finish', answer };
    },
  };
}

function loadRoom(): Promise<OfflineRoom> {
  return import('../offline/index.ts');
}

async function runTask(
  request: ModelRequest,
  task: ModelTask,
  { room, engine }: LoadedEngine,
  signal: AbortSignal | undefined,
): Promise<ModelAnswer> {
  const parsed = readTask(request, task, room);
  const { json, usage } = await engine.runToJson(parsed, { signal });
  return toAnswer(json, usage);
}

function readTask(request: ModelRequest, { kind, input }: ModelTask, room: OfflineRoom): TextTask {
  const fields = typeof input === 'object' && input !== null ? input : {};
  const parsed = room.textTaskSchema.safeParse({ ...fields, task: kind, sources: request.sources ?? [] });
  if (parsed.success) return parsed.data;
  const issues = listIssues(parsed.error);
  const list = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ');
  throw new RaptorFlowError(
    'invalid_input',
    `The offline model does not understand the task "${kind}": ${list}.`,
    {
      details: { task: kind, issues },
    },
  );
}

async function chat(
  request: ModelRequest,
  { room, engine }: LoadedEngine,
  signal: AbortSignal | undefined,
): Promise<ModelAnswer> {
  const messages = request.messages.map(toChatMessage);
  const answer = await room.answerChat(messages, { engine, sources: request.sources, signal });
  return toAnswer(answer.text, answer.usage);
}

/** What of a message is text. A tool's result is evidence, like a document. */
function toChatMessage(message: ModelMessage): ChatMessage {
  if (message.role === 'tool') return { role: 'tool', content: message.content };
  if (typeof message.content === 'string') return { role: message.role, content: message.content };
  const texts = message.content.map((part) => (part.type === 'text' ? part.text : ''));
  return { role: message.role, content: texts.filter((text) => text !== '').join('\n') };
}

function toAnswer(
  text: string,
  usage: { readonly inputTokens: number; readonly outputTokens: number },
): ModelAnswer {
  const { inputTokens, outputTokens } = usage;
  return {
    text,
    toolCalls: [],
    finishReason: 'stop',
    usage: { inputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens, reasoningTokens: 0 },
    rawUsage: { input_tokens: inputTokens, output_tokens: outputTokens },
    providerMetadata: null,
    modelId: offlineModelId,
  };
}
