import type { PreparedAnswer, ReadRequest, ServerAnswer, ServerCall, ServerUsage } from './call.ts';
import type { Fault } from './faults.ts';
import {
  splitIntoChunks,
  tokensOf,
  tokensOfToolPreamble,
  tokensPerImage,
  truncateToTokens,
} from './tokens.ts';

/** Input tokens of a request, as billed and as countTokens answers. */
export function countInput(request: ReadRequest): number {
  const preamble = request.toolNames.length > 0 ? tokensOfToolPreamble : 0;
  return tokensOf(request.prompt) + request.images * tokensPerImage + preamble;
}

/** What the server says when nothing else was asked of it: the last line of the prompt, told back. */
export function echoAnswer(call: ServerCall): ServerAnswer {
  return { text: `You said: ${call.prompt.split('\n').at(-1) ?? ''}` };
}

/** What an answer is made of besides its content. */
export interface AnswerFrame {
  readonly id: string;
  readonly createdSeconds: number;
  readonly chunkCharacters: number;
}

/** Cuts an answer to the request's maximum, counts it, and applies a fault that concerns what is told of it. */
export function prepareAnswer(
  call: ServerCall,
  request: ReadRequest,
  answer: ServerAnswer,
  frame: AnswerFrame,
  fault: Fault | undefined,
): PreparedAnswer {
  const thinking = Math.min(answer.thinkingTokens ?? 0, request.outputTokensMax);
  // Chunks count one by one, so that a stream cut after n of them has a definite price.
  const chunks: string[] = [];
  let left = request.outputTokensMax - thinking;
  let cutShort = false;
  for (const chunk of splitIntoChunks(answer.text, frame.chunkCharacters)) {
    const kept = truncateToTokens(chunk, left);
    if (kept !== '') chunks.push(kept);
    left -= tokensOf(kept);
    if (kept !== chunk) {
      cutShort = true;
      break;
    }
  }
  const toolCalls = cutShort
    ? []
    : (answer.toolCalls ?? []).map(({ name, input }, at) => ({ name, input, id: `${frame.id}_${at}` }));
  const toolTokens = toolCalls.reduce(
    (sum, tool) => sum + tokensOf(JSON.stringify(tool.input) + tool.name),
    0,
  );
  const input = countInput(request);
  const usage: ServerUsage = {
    input,
    cached: Math.min(answer.cachedInputTokens ?? 0, input),
    cacheWrite: call.wire === 'claude' ? Math.min(answer.cacheWriteTokens ?? 0, input) : 0,
    output: thinking + chunks.reduce((sum, chunk) => sum + tokensOf(chunk), 0) + toolTokens,
    thinking,
  };
  return {
    id: frame.id,
    model: call.model,
    createdSeconds: frame.createdSeconds,
    chunks,
    toolCalls,
    finish: cutShort ? 'length' : toolCalls.length > 0 ? 'tool-calls' : 'stop',
    usage,
    reportedUsage: toldUsage(usage, fault),
    includeUsage: request.includeUsage,
  };
}

function toldUsage(usage: ServerUsage, fault: Fault | undefined): ServerUsage | null {
  if (fault?.kind !== 'usage') return usage;
  if (fault.told === 'none') return null;
  return { input: fault.told.input, cached: 0, cacheWrite: 0, output: fault.told.output, thinking: 0 };
}
