import type { LanguageModelV4 } from '@ai-sdk/provider';
import type { OAuth2Client } from 'google-auth-library';
import type { ModelProvider } from '../model.ts';
import { createProviderFetch } from './http.ts';
import { createSdkProvider, type LoadModels } from './sdk.ts';

/** Where Vertex AI is and how to get in. Without `accessToken`, Google's application default credentials are used. */
export interface VertexOptions {
  readonly project: string;
  /** A region, or `global`. */
  readonly location: string;
  /** Gives an OAuth access token for each call. */
  readonly accessToken?: (() => Promise<string>) | undefined;
  /** Replaces `https://<location>-aiplatform.googleapis.com/v1/projects/<project>/locations/<location>`. */
  readonly baseUrl?: string | undefined;
}

/** Gemini and Claude on Vertex AI. The packages (and Google's auth library) are imported with the first call. */
export function createVertexProvider(
  options: VertexOptions,
  fetch: typeof globalThis.fetch = createProviderFetch(),
): ModelProvider {
  const load: LoadModels = (gated) => {
    let gemini: Promise<ModelMaker> | undefined;
    let claude: Promise<ModelMaker> | undefined;
    return Promise.resolve(async (modelId: string) => {
      if (modelId.startsWith('claude')) {
        claude ??= loadClaude(options, gated);
        return (await claude)(modelId);
      }
      gemini ??= loadGemini(options, gated);
      return (await gemini)(modelId);
    });
  };
  return createSdkProvider('vertex', load, fetch);
}

type ModelMaker = (modelId: string) => LanguageModelV4;

async function loadGemini(options: VertexOptions, fetch: typeof globalThis.fetch): Promise<ModelMaker> {
  const { createGoogleVertex } = await import('@ai-sdk/google-vertex');
  const token = options.accessToken;
  const base = baseOf(options);
  return createGoogleVertex({
    project: options.project,
    location: options.location,
    fetch,
    ...(token === undefined ? {} : { googleAuthOptions: { authClient: await tokenClient(token) } }),
    ...(base === undefined ? {} : { baseURL: `${base}/publishers/google` }),
  });
}

/** A client of Google's library that takes its tokens from the caller. */
async function tokenClient(token: () => Promise<string>): Promise<OAuth2Client> {
  const { OAuth2Client } = await import('google-auth-library');
  const client = new OAuth2Client();
  // A token that has long expired is asked for anew with every call: how long it may be kept is the caller's affair.
  client.refreshHandler = async () => ({ access_token: await token(), expiry_date: 1 });
  return client;
}

async function loadClaude(options: VertexOptions, fetch: typeof globalThis.fetch): Promise<ModelMaker> {
  const { createGoogleVertexAnthropic } = await import('@ai-sdk/google-vertex/anthropic');
  const base = baseOf(options);
  return createGoogleVertexAnthropic({
    project: options.project,
    location: options.location,
    fetch,
    ...(options.accessToken === undefined ? {} : { generateAuthToken: options.accessToken }),
    ...(base === undefined ? {} : { baseURL: `${base}/publishers/anthropic/models` }),
  });
}

function baseOf(options: VertexOptions): string | undefined {
  return options.baseUrl?.replace(/\/$/, '');
}
