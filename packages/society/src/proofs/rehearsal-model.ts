/** A model for rehearsals: it runs in this process, is priced like any other, and keeps its own bill. Nobody is paid for it. */
import { Buffer } from 'node:buffer';
import type { ModelAnswer, ModelProvider, ModelRequest, PriceOverrides } from '@raptorflow/runtime';
import type { Clock } from 'raptorflow/kernel';

/** The provider's name; also the prefix that its model is asked for by. */
export const rehearsalProvider = 'rehearsal';
/** The one model that it has. */
export const rehearsalModel = 'rehearsal-1';

// $0.05 for a million tokens in, $0.40 for a million out: a cent is worth a few dozen calls.
const inputPico = 50_000;
const outputPico = 400_000;

/** Its price, in the form of a price file; no other price list has it. */
export const rehearsalPrices: PriceOverrides = {
  file: 'the price list of rehearsals',
  content: {
    version: 'rehearsal',
    models: [
      {
        models: [rehearsalModel],
        provider: rehearsalProvider,
        periods: [
          {
            from: '2026-01-01',
            input: inputPico,
            cachedInput: inputPico,
            cacheWrite: inputPico,
            output: outputPico,
            thinking: outputPico,
          },
        ],
      },
    ],
  },
};

/** What it served, told apart from whatever the ledger says. */
export interface RehearsalBill {
  readonly calls: number;
  readonly microUsd: number;
  /** Calls that it was answering at the same time. */
  readonly atOnceMax: number;
}

/** The model, with its bill. */
export interface RehearsalModel extends ModelProvider {
  bill(): RehearsalBill;
}

/** Builds the model. It counts every byte as a token, thinks for `answerMs`, and always uses all the output that it may. */
export function createRehearsalModel(
  options: { readonly answerMs: number },
  { clock }: { readonly clock: Clock },
): RehearsalModel {
  let calls = 0;
  let microUsd = 0;
  let atOnce = 0;
  let atOnceMax = 0;
  const generate: ModelProvider['generate'] = async (request, { signal } = {}) => {
    atOnce += 1;
    atOnceMax = Math.max(atOnceMax, atOnce);
    try {
      await clock.sleep(options.answerMs, signal);
    } finally {
      atOnce -= 1;
    }
    const answer = answerTo(request);
    calls += 1;
    microUsd += Math.ceil(
      (answer.usage.inputTokens * inputPico + answer.usage.outputTokens * outputPico) / 1_000_000,
    );
    return answer;
  };
  return {
    name: rehearsalProvider,
    generate,
    async *stream(request, callOptions) {
      const answer = await generate(request, callOptions);
      yield { type: 'text', text: answer.text };
      yield { type: 'finish', answer };
    },
    bill: () => ({ calls, microUsd, atOnceMax }),
  };
}

function answerTo(
  request: ModelRequest,
): ModelAnswer & { readonly usage: NonNullable<ModelAnswer['usage']> } {
  const said = request.messages.map(({ content }) => (typeof content === 'string' ? content : ''));
  const inputTokens = Buffer.byteLength(said.join(''), 'utf8');
  const outputTokens = request.maxOutputTokens;
  return {
    text: 'rehearsal '.repeat(Math.ceil(outputTokens / 10)).slice(0, outputTokens),
    toolCalls: [],
    finishReason: 'length',
    usage: { inputTokens, cachedInputTokens: 0, cacheWriteTokens: 0, outputTokens, reasoningTokens: 0 },
    rawUsage: { bytes_in: inputTokens, bytes_out: outputTokens },
    providerMetadata: null,
    modelId: rehearsalModel,
  };
}
