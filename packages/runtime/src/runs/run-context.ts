import { Buffer } from 'node:buffer';
import {
  errorCatalogue,
  maskSecrets,
  maskSecretsIn,
  RaptorFlowError,
  toRaptorFlowError,
  type ErrorCode,
} from 'raptorflow/kernel';
import type { ResourceScope } from 'raptorflow/resources';
import type { z } from 'zod';
import { canonicalJson } from '../audit/canonical-json.ts';
import { fromJsonText } from '../db/index.ts';
import type { DispatchRequest, DispatchResult, JsonResult } from '../dispatch/index.ts';
import { asJson } from '../models/json.ts';
import type { JsonObject, JsonValue } from '../models/model.ts';
import { never, type JournalDriver, type StepRecord } from './journal-driver.ts';
import { digest, type JournalEntry } from './journal-entry.ts';
import type { ToolRoom } from './run-lease.ts';
import type { Run, WaitReason } from './run.ts';

/**
 * What a tool does to the world, and so what happens to a call that a crash interrupted:
 * `none` and `idempotent` are called again (with the same idempotency key), `once` waits for a person.
 */
export type ToolEffect = 'none' | 'idempotent' | 'once';

/** What a tool is called with besides its input. */
export interface ToolCall {
  /** Aborts when the run is cancelled, interrupted, past its deadline or over, and when somebody closes this call by a forced cleanup. */
  readonly signal: AbortSignal;
  /** The same for every attempt at this step of this run. */
  readonly idempotencyKey: string;
  /**
   * Where the tool registers what it opens: files, sockets, timers, child processes, browsers. When the execution of its run ends, whatever the tool
   * has not closed by then is closed, and process trees are killed, also when this process dies.
   */
  readonly resources: ResourceScope;
}

/** A model request inside a run: who asks is known. */
export type RunModelRequest = Omit<
  DispatchRequest,
  'workspaceId' | 'guild' | 'agentId' | 'agentRunId' | 'campaignId' | 'budgetId' | 'correlationId' | 'signal'
>;

/**
 * A run as its code sees it. The code must be deterministic between these calls: whatever it learns from the world it
 * learns through them, and step names are unique in a run and the same every time. A step that stands completed in the
 * journal is never done again; its result is read.
 */
export interface RunContext {
  readonly run: Pick<Run, 'id' | 'workspaceId' | 'agentId' | 'campaignId' | 'runType' | 'correlationId'>;
  readonly input: JsonValue;
  /** Aborts when the run is cancelled, interrupted or past its deadline. */
  readonly signal: AbortSignal;
  /** Calls a model. */
  model(step: string, request: RunModelRequest): Promise<DispatchResult>;
  /** Calls a model for JSON of a form. */
  json<T>(step: string, request: RunModelRequest, schema: z.ZodType<T>): Promise<T>;
  /** Calls a tool; input and output are JSON. A failure is recorded too and thrown again on resume. */
  tool<T extends JsonValue>(
    step: string,
    input: JsonValue,
    call: (context: ToolCall) => Promise<T>,
    options?: { readonly effect?: ToolEffect },
  ): Promise<T>;
  /** Writes an event into the journal. */
  note(event: string, fields?: JsonObject): Promise<void>;
  /** Decides once: the value is recorded and read on resume. The place for time, chance and anything else that changes. */
  decide<T extends JsonValue>(step: string, choose: () => T | Promise<T>): Promise<T>;
  /** Asks a person; the run waits, over restarts too, until `runs.waiting.answer` is called. */
  ask(step: string, question: JsonValue): Promise<JsonValue>;
}

/** What a context needs from the execution it belongs to. */
export interface ContextParts {
  readonly run: Run;
  readonly driver: JournalDriver;
  readonly signal: AbortSignal;
  readonly dispatch: (request: DispatchRequest) => Promise<DispatchResult>;
  readonly dispatchJson: <T>(
    request: DispatchRequest,
    schema: z.ZodType<T>,
    name?: string,
  ) => Promise<JsonResult<T>>;
  readonly payloadBytesMax: number;
  /** Records, durably, that a tool which an earlier execution had called is called again. */
  readonly repeating: (step: string, input: JsonValue, effect: ToolEffect) => Promise<void>;
  /** Runs a tool call with its place among the resources. */
  readonly running: <T>(step: string, work: (room: ToolRoom) => Promise<T>) => Promise<T>;
  /** Marks work that must be journaled before the execution may end. */
  inFlight<T>(work: () => Promise<T>): Promise<T>;
  /** Ends the execution: the run waits. */
  suspend(reason: WaitReason): void;
}

/** Builds the context of one execution or replay. */
export function createRunContext(parts: ContextParts): RunContext {
  const used = new Set<string>();
  const claim = (step: string): void => {
    if (step === '' || used.has(step)) {
      throw new RaptorFlowError(
        'invalid_input',
        `The step name "${step}" is empty or used twice in one run. Give every step its own name, for example with an index.`,
        { details: { run_id: parts.run.id, step } },
      );
    }
    used.add(step);
  };
  const { id, workspaceId, agentId, campaignId, runType, correlationId } = parts.run;
  const steps = new Steps(parts);
  return {
    run: { id, workspaceId, agentId, campaignId, runType, correlationId },
    input: parts.run.input,
    signal: parts.signal,
    model: async (step, request) => {
      claim(step);
      return steps.model(step, request, (full) => parts.dispatch(full));
    },
    json: async (step, request, schema) => {
      claim(step);
      const result = await steps.model(step, request, async (full) => {
        const { value: _value, ...plain } = await parts.dispatchJson(full, schema, 'answer');
        return plain;
      });
      return schema.parse(result.json);
    },
    tool: async (step, input, call, options = {}) => {
      claim(step);
      const output = await steps.tool(step, input, call, options.effect ?? 'idempotent');
      return output;
    },
    note: async (event, fields = {}) => {
      await parts.driver.enter('noted', null, { event, fields });
    },
    decide: async (step, choose) => {
      claim(step);
      return steps.decide(step, choose);
    },
    ask: async (step, question) => {
      claim(step);
      return steps.ask(step, question);
    },
  };
}

class Steps {
  readonly #parts: ContextParts;

  constructor(parts: ContextParts) {
    this.#parts = parts;
  }

  async model(
    step: string,
    request: RunModelRequest,
    call: (request: DispatchRequest) => Promise<DispatchResult>,
  ): Promise<DispatchResult> {
    const { driver, run, signal } = this.#parts;
    await driver.enter('model_started', step, { request: describeRequest(request) });
    const record = await driver.recordOf(step);
    if (record.kind === 'recorded') return fromJsonText(resultText(record.entry));
    const full: DispatchRequest = {
      ...request,
      workspaceId: run.workspaceId,
      agentRunId: run.id,
      ...(run.agentId !== null && { agentId: run.agentId }),
      ...(run.guild !== null && { guild: run.guild }),
      ...(run.budgetId !== null && { budgetId: run.budgetId }),
      ...(run.campaignId !== null && { campaignId: run.campaignId }),
      ...(run.correlationId !== null && { correlationId: run.correlationId }),
      signal,
    };
    return this.#parts.inFlight(async () => {
      const result = await this.#attempt(step, 'model_failed', () => call(full));
      const payload = { result: asJson(result) };
      await this.#note('model_answered', step, payload);
      return fromJsonText(recordedText(payload.result));
    });
  }

  async tool<T extends JsonValue>(
    step: string,
    input: JsonValue,
    call: (context: ToolCall) => Promise<T>,
    effect: ToolEffect,
  ): Promise<T> {
    const { driver, run } = this.#parts;
    await driver.enter('tool_started', step, { input, effect });
    const record = await driver.recordOf(step);
    if (record.kind === 'recorded') return fromJsonText(resultText(record.entry));
    if (effect === 'once' && !(await this.#mayCallOnce(step, record))) return never();
    return this.#parts.inFlight(async () => {
      if (record.begun) await this.#parts.repeating(step, input, effect);
      const output = await this.#attempt(step, 'tool_failed', () =>
        this.#parts.running(step, (room) => call({ ...room, idempotencyKey: `${run.id}:${step}` })),
      );
      await this.#note('tool_completed', step, { output });
      return fromJsonText(recordedText(output));
    });
  }

  async decide<T extends JsonValue>(step: string, choose: () => T | Promise<T>): Promise<T> {
    const entry = await this.#parts.driver.enter('decided', step, async () => ({ value: await choose() }));
    return fromJsonText(recordedText(entry.payload['value']));
  }

  async ask(step: string, question: JsonValue): Promise<JsonValue> {
    const { driver } = this.#parts;
    await driver.enter('asked', step, { question });
    const record = await driver.recordOf(step);
    if (record.kind === 'recorded') return fromJsonText(resultText(record.entry));
    this.#parts.suspend({ kind: 'question', step, question });
    return never();
  }

  /** A call that was begun before and may have taken effect is not made again unless a person has said so. */
  async #mayCallOnce(step: string, record: Extract<StepRecord, { kind: 'open' }>): Promise<boolean> {
    if (!record.begun) return true;
    if (record.last === 'step_resolved') {
      await this.#note('tool_restarted', step, {});
      return true;
    }
    if (record.last !== 'tool_uncertain') await this.#note('tool_uncertain', step, {});
    this.#parts.suspend({ kind: 'uncertain_step', step, tool: step });
    return false;
  }

  /** Calls; a failure is journaled, unless the execution itself is over: then the step stays open for the next one. */
  async #attempt<T>(
    step: string,
    failed: 'model_failed' | 'tool_failed',
    call: () => Promise<T>,
  ): Promise<T> {
    try {
      return await call();
    } catch (error) {
      const failure = toRaptorFlowError(error);
      if (!this.#parts.signal.aborted) {
        await this.#note(failed, step, {
          error: {
            code: failure.code,
            message: maskSecrets(failure.message),
            retryable: failure.retryable,
            details: asJson(maskSecretsIn(failure.details) as typeof failure.details),
          },
        });
      }
      throw failure;
    }
  }

  async #note(kind: Parameters<JournalDriver['note']>[0], step: string, payload: JsonObject): Promise<void> {
    const bytes = Buffer.byteLength(JSON.stringify(payload), 'utf8');
    if (bytes > this.#parts.payloadBytesMax) {
      throw new RaptorFlowError(
        'exhausted',
        `The result of step "${step}" has ${bytes} bytes; a journal takes ${this.#parts.payloadBytesMax} (payloadBytesMax). Store it elsewhere and return its id.`,
        { details: { step, bytes }, retryable: false },
      );
    }
    await this.#parts.driver.note(kind, step, payload);
  }
}

/** A request as the journal keeps it: whole, but for its sources, which are kept by their hash. */
function describeRequest(request: RunModelRequest): JsonObject {
  const { sources = [], ...rest } = request;
  const described = sources.map((source) => ({
    document_id: source.documentId,
    title: source.title,
    sha256: digest(canonicalJson(asJson(source))),
  }));
  return { ...asJson(rest), ...(described.length > 0 && { sources: described }) };
}

/**
 * The text of a recorded value that the code gets it from, the first time too: so the order of keys, which may find its
 * way into a prompt, is the same on every execution.
 */
function recordedText(value: JsonValue | undefined): string {
  return canonicalJson(value);
}

/** The text of what a recorded entry gives its step; a recorded failure is thrown again. */
function resultText(entry: JournalEntry): string {
  const { payload } = entry;
  if (entry.kind === 'model_failed' || entry.kind === 'tool_failed') {
    throw failureOf(fromJsonText<RecordedFailure>(recordedText(payload['error'])));
  }
  if (entry.kind === 'model_answered') return recordedText(payload['result']);
  if (entry.kind === 'question_answered') return recordedText(payload['answer']);
  return recordedText(payload['output']);
}

interface RecordedFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  readonly details: Readonly<Record<string, unknown>>;
}

function failureOf({ code, message, retryable, details }: RecordedFailure): RaptorFlowError {
  return new RaptorFlowError(isErrorCode(code) ? code : 'internal', message, { details, retryable });
}

function isErrorCode(code: string): code is ErrorCode {
  return code in errorCatalogue;
}
