import type { AuditActor, AuditEntry, AuditTrail } from '../audit/index.ts';
import type { UnitOfWork } from '../db/index.ts';
import type { JsonObject, JsonValue } from '../models/model.ts';
import { digest, type EntryContent } from './journal-entry.ts';
import type { Run } from './run.ts';

/** What is written in the same transaction as an entry of a journal. */
export type Alongside = (unit: UnitOfWork) => Promise<void>;

/** Whose doings are recorded. */
export type AuditedRun = Pick<Run, 'id' | 'workspaceId' | 'agentId' | 'campaignId' | 'correlationId'>;

/**
 * Records the tool calls of one execution of a run, and what people say to a run. A call's intent is durable together with the entry
 * that begins it, and so before the tool is called; its outcome comes together with the entry of its result. When either cannot be
 * written, the entry is not written either, and the execution ends.
 */
export class RunAudit {
  readonly #trail: AuditTrail;
  readonly #run: AuditedRun;
  /** The intents of calls under way, by step. */
  readonly #intents = new Map<string, string>();

  constructor(trail: AuditTrail, run: AuditedRun) {
    this.#trail = trail;
    this.#run = run;
  }

  /** What is recorded with an entry; undefined when it does nothing to the world. */
  alongside({ kind, step, payload }: EntryContent): Alongside | undefined {
    if (step === null) return undefined;
    const { input, effect, output, error, answer, outcome } = payload;
    if (kind === 'tool_started') return async (unit) => this.#begin(step, unit, { input, effect });
    if (kind === 'tool_completed') return this.#end(step, { outcome: 'ok', details: outputOf(output) });
    if (kind === 'tool_failed') return this.#end(step, { outcome: 'failed', details: { error } });
    if (kind === 'question_answered') return this.#told('run.question_answered', step, payload, { answer });
    if (kind === 'step_resolved') return this.#told('run.step_resolved', step, payload, { outcome });
    return undefined;
  }

  /** Records that a call which an earlier execution had begun is made again; durable when it resolves. */
  async again(step: string, input: JsonValue, effect: string): Promise<void> {
    const { id } = await this.#trail.append(this.#intent(step, { input, effect, again: true }));
    this.#intents.set(step, id);
  }

  async #begin(step: string, unit: UnitOfWork, details: JsonObject): Promise<void> {
    const [receipt] = await this.#trail.appendWithin(unit, [this.#intent(step, details)]);
    if (receipt) this.#intents.set(step, receipt.id);
  }

  #end(step: string, ended: Pick<AuditEntry, 'outcome' | 'details'>): Alongside | undefined {
    const intentId = this.#intents.get(step);
    if (intentId === undefined) return undefined;
    return async (unit) => {
      await this.#trail.appendWithin(unit, [
        { ...this.#entry('tool.call', step), phase: 'outcome', intentId, ...ended },
      ]);
      this.#intents.delete(step);
    };
  }

  #told(action: string, step: string, payload: JsonObject, details: JsonObject): Alongside {
    const actor: AuditActor = { kind: 'user', id: textOf(payload['actor_user_id']) };
    const entry: AuditEntry = {
      ...this.#entry(action, step),
      actor,
      target: { kind: 'run', id: this.#run.id },
      phase: 'event',
      outcome: 'ok',
      details: { step, ...details },
    };
    return async (unit) => {
      await this.#trail.appendWithin(unit, [entry]);
    };
  }

  #intent(step: string, details: JsonObject): AuditEntry {
    return { ...this.#entry('tool.call', step), phase: 'intent', details };
  }

  #entry(action: string, step: string): Omit<AuditEntry, 'phase'> {
    const { id, workspaceId, agentId, campaignId, correlationId } = this.#run;
    return {
      workspaceId,
      action,
      actor: agentId === null ? { kind: 'system', id } : { kind: 'agent', id: agentId },
      target: { kind: 'tool', id: nameOf(step) },
      correlationId,
      agentId,
      agentRunId: id,
      campaignId,
    };
  }
}

// What came back may be large and is in the journal; here it is enough to show that it is the same.
function outputOf(output: JsonValue | undefined): JsonObject {
  const text = JSON.stringify(output ?? null);
  return { output_bytes: Buffer.byteLength(text), output_sha256: digest(text) };
}

// The names of steps are the run's own business; in a column stands no more of them than fits.
function nameOf(step: string): string {
  return step.replaceAll(/\p{Cc}/gu, ' ').slice(0, 1_000);
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' && value !== '' ? value : 'unknown';
}
