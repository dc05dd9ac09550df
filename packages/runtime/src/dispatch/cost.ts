import { Buffer } from 'node:buffer';
import { invariant } from 'raptorflow/kernel';
import type { ModelRequest, ModelUsage } from '../models/model.ts';
import type { PricedModel } from './price-table.ts';
import type { TokenRates } from './prices/price.ts';

const picoPerMicro = 1_000_000n;

/** What the provider adds to a prompt on its own: tool preambles, role markers, structured-output instructions. */
const hiddenInputTokensMax = 2_000;

/** More than any of the providers counts for one image, whatever its size. */
const tokensPerImageMax = 16_000;

/** The cost of what was used, in integer micro-USD, rounded up once. */
export function costOf(usage: ModelUsage, price: PricedModel): number {
  const rates = ratesFor(usage.inputTokens, price);
  const fresh = Math.max(0, usage.inputTokens - usage.cachedInputTokens - usage.cacheWriteTokens);
  const spoken = Math.max(0, usage.outputTokens - usage.reasoningTokens);
  const pico =
    times(fresh, rates.input) +
    times(usage.cachedInputTokens, rates.cachedInput) +
    times(usage.cacheWriteTokens, rates.cacheWrite) +
    times(spoken, rates.output) +
    times(usage.reasoningTokens, rates.thinking);
  return toMicro(pico);
}

/**
 * The most that a request can cost, in integer micro-USD: no tokeniser in use makes more tokens than bytes, the whole
 * request is counted as if it were prompt (field names included), and every token is priced at the dearest rate that
 * could apply to it.
 */
export function worstCaseOf(request: ModelRequest, price: PricedModel): number {
  const input = inputTokensMax(request);
  const long = price.longContext;
  const candidates: TokenRates[] = long !== null && input > long.aboveInputTokens ? [price, long] : [price];
  const dearestIn = Math.max(
    ...candidates.map((rate) => Math.max(rate.input, rate.cachedInput, rate.cacheWrite)),
  );
  const dearestOut = Math.max(...candidates.map((rate) => Math.max(rate.output, rate.thinking)));
  return toMicro(times(input, dearestIn) + times(request.maxOutputTokens, dearestOut));
}

/** An upper bound of the input tokens of a request. */
export function inputTokensMax(request: ModelRequest): number {
  const { task: _task, ...sent } = request;
  let images = 0;
  for (const message of request.messages) {
    if (message.role !== 'user' || typeof message.content === 'string') continue;
    images += message.content.filter((part) => part.type === 'image').length;
  }
  return Buffer.byteLength(JSON.stringify(sent), 'utf8') + images * tokensPerImageMax + hiddenInputTokensMax;
}

function ratesFor(inputTokens: number, price: PricedModel): TokenRates {
  const long = price.longContext;
  return long !== null && inputTokens > long.aboveInputTokens ? long : price;
}

function times(tokens: number, picoPerToken: number): bigint {
  invariant(Number.isSafeInteger(tokens) && tokens >= 0, `a token count is a whole number, not ${tokens}`);
  return BigInt(tokens) * BigInt(picoPerToken);
}

function toMicro(pico: bigint): number {
  const micro = (pico + picoPerMicro - 1n) / picoPerMicro;
  invariant(micro <= BigInt(Number.MAX_SAFE_INTEGER), 'a cost fits in a safe integer');
  return Number(micro);
}
