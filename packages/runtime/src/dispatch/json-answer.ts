import { listIssues, RaptorFlowError } from 'raptorflow/kernel';
import { z } from 'zod';
import { asJson, parseJson } from '../models/json.ts';
import type { JsonObject, JsonValue, ModelMessage } from '../models/model.ts';
import type { DispatchRequest, DispatchResult } from './request.ts';

/** A result with the value that was asked for. Its cost is that of both calls when the model was asked again. */
export interface JsonResult<T> extends DispatchResult {
  readonly value: T;
}

/** The JSON in a model's text, with or without a code fence around it. Throws `model_answer_invalid`. */
export function readJson(text: string): JsonValue {
  const fenced = /^\s*```(?:json)?\s*\n([\s\S]*?)\n?```\s*$/.exec(text);
  try {
    return parseJson(fenced?.[1] ?? text);
  } catch (error) {
    throw new RaptorFlowError('model_answer_invalid', 'The answer is not JSON.', { cause: error });
  }
}

/** Asks for JSON by schema, and once more with the issues when the first answer does not fit it. */
export async function answerJson<T>(
  dispatch: (request: DispatchRequest) => Promise<DispatchResult>,
  request: DispatchRequest,
  schema: z.ZodType<T>,
  name = 'answer',
): Promise<JsonResult<T>> {
  const asked = askedAsJson(request, schema, name);
  const first = await dispatch(asked);
  const read = check(first, schema);
  if (read.ok) return { ...first, value: read.value };
  // The offline model is deterministic: asked again, it would say the same.
  if (first.offline) throw invalidAnswer(first, read.issues);
  const repair: ModelMessage[] = [
    ...request.messages,
    { role: 'assistant', content: first.text },
    { role: 'user', content: repairPrompt(read.issues) },
  ];
  const second = await dispatch({ ...asked, messages: repair });
  const again = check(second, schema);
  if (!again.ok) throw invalidAnswer(second, again.issues);
  return {
    ...second,
    value: again.value,
    costMicroUsd: first.costMicroUsd + second.costMicroUsd,
    costEstimated: first.costEstimated || second.costEstimated,
    latencyMs: first.latencyMs + second.latencyMs,
  };
}

/** The request as it is sent: it asks for JSON of this form. */
export function askedAsJson(request: DispatchRequest, schema: z.ZodType, name = 'answer'): DispatchRequest {
  return { ...request, responseFormat: { type: 'json', name, schema: toJsonSchema(schema) } };
}

type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly string[] };

function check<T>(result: DispatchResult, schema: z.ZodType<T>): Checked<T> {
  if (result.json === undefined) return { ok: false, issues: ['The answer is not JSON.'] };
  const parsed = schema.safeParse(result.json);
  if (parsed.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    issues: listIssues(parsed.error).map(
      (issue) => `${issue.path === '' ? 'value' : issue.path}: ${issue.message}`,
    ),
  };
}

function toJsonSchema(schema: z.ZodType): JsonObject {
  // What the model writes is the schema's input; a transform's result is ours.
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { target: 'draft-7', io: 'input' });
  return asJson(rest);
}

function repairPrompt(issues: readonly string[]): string {
  return [
    'Your answer does not have the form that was asked for:',
    ...issues.slice(0, 20).map((issue) => `- ${issue}`),
    'Answer again with nothing but the corrected JSON.',
  ].join('\n');
}

function invalidAnswer(result: DispatchResult, issues: readonly string[]): RaptorFlowError {
  return new RaptorFlowError(
    'model_answer_invalid',
    `${result.model} answered JSON of another form: ${issues.slice(0, 5).join('; ')}.`,
    { details: { model: result.model, call_id: result.callId, issues }, retryable: !result.offline },
  );
}
