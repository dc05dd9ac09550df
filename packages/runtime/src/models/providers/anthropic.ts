import type { ModelProvider } from '../model.ts';
import { createProviderFetch } from './http.ts';
import { createSdkProvider } from './sdk.ts';

/** How to reach Anthropic's API. */
export interface AnthropicOptions {
  readonly apiKey: string;
  /** Replaces `https://api.anthropic.com/v1`. */
  readonly baseUrl?: string | undefined;
}

/** Claude over Anthropic's own API. The package is imported with the first call. */
export function createAnthropicProvider(
  options: AnthropicOptions,
  fetch: typeof globalThis.fetch = createProviderFetch(),
): ModelProvider {
  return createSdkProvider(
    'anthropic',
    async (gated) => {
      const { createAnthropic } = await import('@ai-sdk/anthropic');
      return createAnthropic({
        apiKey: options.apiKey,
        fetch: gated,
        ...(options.baseUrl === undefined ? {} : { baseURL: options.baseUrl }),
      });
    },
    fetch,
  );
}
