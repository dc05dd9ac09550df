import type { Frame, PreparedAnswer, ReadRequest, ServerUsage, WireFormat } from '../call.ts';
import { tokensOf } from '../tokens.ts';
import { asCount, asList, asRecord, sse, type JsonRecord } from './reading.ts';

// https://cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/GenerateContentResponse

const statusNames: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'NOT_FOUND',
  429: 'RESOURCE_EXHAUSTED',
  500: 'INTERNAL',
  503: 'UNAVAILABLE',
  504: 'DEADLINE_EXCEEDED',
};

/** Vertex AI's generateContent, streamGenerateContent and countTokens. */
export const geminiWire: WireFormat = {
  read: (body) => {
    if (!Array.isArray(body['contents'])) return 'contents is required.';
    const contents = [asRecord(body['systemInstruction']), ...body['contents'].map(asRecord)];
    return readContents(contents, body);
  },
  whole: (answer) => ({
    candidates: [
      {
        content: { role: 'model', parts: [...textParts(answer.chunks.join('')), ...callParts(answer)] },
        finishReason: finishReason(answer),
        index: 0,
      },
    ],
    ...tail(answer),
    ...(answer.reportedUsage === null ? {} : { usageMetadata: usageMetadata(answer.reportedUsage) }),
  }),
  frames: (answer) => buildFrames(answer),
  error: (status, message) => ({
    error: { code: status, message, status: statusNames[status] ?? 'UNKNOWN' },
  }),
};

/** The answer of countTokens. */
export function countTokensAnswer(request: ReadRequest, input: number): unknown {
  return {
    totalTokens: input,
    totalBillableCharacters: Array.from(request.prompt).length,
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: input }],
  };
}

function readContents(contents: readonly JsonRecord[], body: JsonRecord): ReadRequest {
  const texts: string[] = [];
  let images = 0;
  for (const part of contents.flatMap((content) => asList(content['parts'])).map(asRecord)) {
    if (typeof part['text'] === 'string') texts.push(part['text']);
    else if (part['inlineData'] !== undefined) images += 1;
    else texts.push(JSON.stringify(part));
  }
  const declarations = asList(body['tools']).flatMap((tool) =>
    asList(asRecord(tool)['functionDeclarations']),
  );
  if (declarations.length > 0) texts.push(JSON.stringify(declarations));
  const generation = asRecord(body['generationConfig']);
  const schema = generation['responseSchema'] ?? generation['responseJsonSchema'];
  if (schema !== undefined) texts.push(JSON.stringify(schema));
  return {
    prompt: texts.join('\n'),
    images,
    toolNames: declarations.map((declaration) => String(asRecord(declaration)['name'])),
    outputTokensMax: asCount(generation['maxOutputTokens']) ?? 65_536,
    includeUsage: true,
  };
}

function buildFrames(answer: PreparedAnswer): Frame[] {
  const frames: Frame[] = [];
  let outputTokens = answer.usage.thinking;
  const calls = callParts(answer);
  answer.chunks.forEach((chunk, at) => {
    outputTokens += tokensOf(chunk);
    const last = at === answer.chunks.length - 1 && calls.length === 0;
    frames.push(frame(answer, textParts(chunk), outputTokens, last));
  });
  if (calls.length > 0 || frames.length === 0) {
    frames.push(frame(answer, calls.length > 0 ? calls : textParts(''), answer.usage.output, true));
  }
  return frames;
}

function frame(answer: PreparedAnswer, parts: unknown[], outputTokens: number, last: boolean): Frame {
  const generated = last ? answer.usage.output : Math.min(outputTokens, answer.usage.output);
  const told = answer.reportedUsage;
  // Each chunk is a GenerateContentResponse of its own; there is no closing marker.
  const soFar =
    told === null ? {} : { usageMetadata: usageMetadata(last ? told : { ...told, output: generated }) };
  const data = sse({
    candidates: [
      {
        content: { role: 'model', parts },
        index: 0,
        ...(last ? { finishReason: finishReason(answer) } : {}),
      },
    ],
    ...soFar,
    ...tail(answer),
  });
  return { data, outputTokens: generated };
}

function textParts(text: string): unknown[] {
  return [{ text }];
}

function callParts(answer: PreparedAnswer): unknown[] {
  return answer.toolCalls.map((call) => ({
    functionCall: { name: call.name, args: call.input },
    thoughtSignature: 'cmlnLXNpZ25hdHVyZQ==',
  }));
}

function tail(answer: PreparedAnswer): JsonRecord {
  return {
    modelVersion: answer.model,
    createTime: new Date(answer.createdSeconds * 1_000).toISOString(),
    responseId: answer.id,
  };
}

function finishReason(answer: PreparedAnswer): string {
  return answer.finish === 'length' ? 'MAX_TOKENS' : 'STOP';
}

// promptTokenCount includes the cached tokens; thoughts are counted beside the candidates and billed as output.
function usageMetadata(usage: ServerUsage): JsonRecord {
  const candidates = usage.output - usage.thinking;
  return {
    promptTokenCount: usage.input,
    candidatesTokenCount: candidates,
    totalTokenCount: usage.input + usage.output,
    trafficType: 'ON_DEMAND',
    promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }],
    candidatesTokensDetails: [{ modality: 'TEXT', tokenCount: candidates }],
    ...(usage.thinking > 0 ? { thoughtsTokenCount: usage.thinking } : {}),
    ...(usage.cached > 0 ? { cachedContentTokenCount: usage.cached } : {}),
  };
}
