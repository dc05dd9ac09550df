import type { Clock, Logger } from '../../kernel/index.ts';
import type { CleanupActions } from './action.ts';
import type { Cause, CleanupRecord } from './record.ts';
import { armTrigger, type ArmedTrigger, type TriggerParts } from './triggers.ts';

/** What the triggers of all tasks work with. */
export interface TaskTriggersParts {
  readonly trigger: TriggerParts;
  readonly actions: CleanupActions;
  readonly clock: Clock;
  readonly log: Logger;
  readonly fire: (record: CleanupRecord, cause: Cause) => void;
}

interface Armed {
  readonly revision: number;
  /** Undefined for a task that has no trigger here: it is not enabled, or its action is not here. */
  readonly trigger: ArmedTrigger | undefined;
}

/** The triggers of the tasks as they stand in the store. */
export class TaskTriggers {
  readonly #parts: TaskTriggersParts;
  readonly #armed = new Map<string, Armed>();
  /** Tasks whose trigger could not be set the last time, so that it is said once. */
  readonly #failing = new Set<string>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: TaskTriggersParts) {
    this.#parts = parts;
  }

  nextRunAt(taskId: string): number | null {
    return this.#armed.get(taskId)?.trigger?.nextAt ?? null;
  }

  /** Makes the triggers what the records say; a trigger that cannot be set is tried again the next time. Never rejects. */
  follow(records: readonly CleanupRecord[]): Promise<void> {
    return this.#inTurn(async () => {
      const ids = new Set(records.map(({ definition }) => definition.id));
      for (const id of this.#armed.keys()) if (!ids.has(id)) await this.#disarm(id);
      for (const record of records) {
        if (this.#armed.get(record.definition.id)?.revision !== record.revision) await this.#arm(record);
      }
    });
  }

  stop(): Promise<void> {
    return this.#inTurn(async () => {
      for (const id of this.#armed.keys()) await this.#disarm(id);
    });
  }

  async #arm(record: CleanupRecord): Promise<void> {
    const { definition, revision } = record;
    const { id } = definition;
    await this.#disarm(id);
    try {
      this.#armed.set(id, { revision, trigger: await this.#triggerOf(record) });
      this.#failing.delete(id);
    } catch (error) {
      if (!this.#failing.has(id)) {
        this.#parts.log.error('The trigger of a cleanup task could not be set; it is tried again.', {
          task: id,
          error,
        });
      }
      this.#failing.add(id);
    }
  }

  async #triggerOf(record: CleanupRecord): Promise<ArmedTrigger | undefined> {
    const { definition, claims, updatedAt } = record;
    if (!definition.enabled) return undefined;
    if (!this.#parts.actions[definition.action]) {
      this.#parts.log.warn('A cleanup task has an action that this process does not have; others run it.', {
        task: definition.id,
        action: definition.action,
      });
      return undefined;
    }
    // What every process does for itself, nobody can have missed who was not there.
    const afterMs =
      definition.pace.runsOn === 'every_process' ? undefined : Math.max(updatedAt, claims.latestAt ?? 0);
    return armTrigger(definition, afterMs, (cause) => this.#parts.fire(record, cause), this.#parts.trigger);
  }

  async #disarm(id: string): Promise<void> {
    const armed = this.#armed.get(id);
    this.#armed.delete(id);
    try {
      await armed?.trigger?.disarm();
    } catch (error) {
      this.#parts.log.warn('The trigger of a cleanup task could not be taken back.', { task: id, error });
    }
  }

  /** One after the other, so that no trigger is set twice. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}
