import type { ModelProvider } from '../model.ts';
import { createProviderFetch } from './http.ts';
import { createSdkProvider } from './sdk.ts';

/** How to reach an OpenAI-compatible server. One of the two must be given. */
export interface OpenAiOptions {
  /** Not needed by most local servers. */
  readonly apiKey?: string | undefined;
  /** Up to and including `/v1`. Default: OpenAI's own. */
  readonly baseUrl?: string | undefined;
}

/** OpenAI's own address. */
export const openAiBaseUrl = 'https://api.openai.com/v1';

// OpenAI's reasoning families take `max_completion_tokens` and no sampling parameters; other servers know only `max_tokens`.
const reasoningFamily = /^(gpt-[5-9]|o[1-9])(?![0-9])/;

/** OpenAI and every server that speaks its chat completions. The package is imported with the first call. */
export function createOpenAiProvider(
  options: OpenAiOptions,
  fetch: typeof globalThis.fetch = createProviderFetch(),
): ModelProvider {
  const baseURL = options.baseUrl ?? openAiBaseUrl;
  return createSdkProvider(
    'openai',
    async (gated) => {
      const { createOpenAICompatible } = await import('@ai-sdk/openai-compatible');
      return createOpenAICompatible({
        name: 'openai',
        baseURL,
        fetch: gated,
        // Without it a streamed answer carries no usage, and its cost would be a guess.
        includeUsage: true,
        supportsStructuredOutputs: true,
        transformRequestBody: (body) =>
          reasoningFamily.test(String(body['model'])) ? toReasoningBody(body) : body,
        ...(options.apiKey === undefined ? {} : { apiKey: options.apiKey }),
      });
    },
    fetch,
  );
}

function toReasoningBody(body: Record<string, unknown>): Record<string, unknown> {
  const { max_tokens: outputTokensMax, temperature: _temperature, ...rest } = body;
  return { ...rest, max_completion_tokens: outputTokensMax };
}
