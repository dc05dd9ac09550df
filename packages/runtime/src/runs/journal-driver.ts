import { RaptorFlowError, type Clock, type Timer } from 'raptorflow/kernel';
import type { JsonObject } from '../models/model.ts';
import {
  contentBytes,
  isWorldEntry,
  type CodeEntryKind,
  type EntryContent,
  type JournalEntry,
  type WorldEntryKind,
} from './journal-entry.ts';

/** Writes new entries durably, in the order given. Absent in a replay, which may not go beyond what is recorded. */
export type AppendEntries = (entries: readonly EntryContent[]) => Promise<void>;

/** Where a replay left its record. */
export interface Divergence {
  readonly seq: number;
  /** What the journal holds there; null when it has ended. */
  readonly recorded: EntryContent | null;
  /** What the code did instead; null when it did nothing more. */
  readonly actual: EntryContent | null;
}

/** What the journal knows of a step once the code has come to it. */
export type StepRecord =
  /** Its result stands in the journal. */
  | { readonly kind: 'recorded'; readonly entry: JournalEntry }
  /** It has no result yet. `begun`: an earlier execution had begun it. `last`: the last thing that happened to it since. */
  | { readonly kind: 'open'; readonly begun: boolean; readonly last: WorldEntryKind | null };

/** Makes the payload of an entry whose content is only known, and only matters, when it is written. */
export type MakePayload = () => Promise<JsonObject>;

interface Waiting {
  /** Its payload is empty when it would still have to be made. */
  readonly content: EntryContent;
  readonly make: MakePayload | null;
  readonly resolve: (entry: EntryContent) => void;
  readonly reject: (error: unknown) => void;
}

interface OpenStep {
  last: WorldEntryKind | null;
  readonly begun: boolean;
  recorded: JournalEntry | null;
  resolve: ((record: StepRecord) => void) | null;
}

/** Kinds with which the code has ended. */
const endings: ReadonlySet<string> = new Set(['run_completed', 'run_failed']);

// Code that has ended can only go on where it left branches unawaited, and those are a few turns of the event loop away.
const endedStallMs = 50;

/** Kinds after which a step goes on instead of ending. */
const passing: ReadonlySet<string> = new Set(['tool_uncertain', 'tool_restarted']);

/**
 * Walks a run's code along its journal.
 *
 * As long as there are recorded entries, the code's own entries are matched against them by kind and step, and entries
 * from outside are handed to the steps that wait for them, strictly in the order of the journal; so races inside the
 * code have the same winners again. Once the record is used up, a driver with `append` goes on live, and one without
 * (a replay) calls whatever comes next a divergence.
 */
export class JournalDriver {
  readonly #recorded: readonly JournalEntry[];
  readonly #append: AppendEntries | null;
  readonly #clock: Clock;
  readonly #stallMs: number;
  readonly #steps: Map<string, OpenStep> = new Map();
  #waiting: Waiting[] = [];
  #cursor = 0;
  #stall: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #stopped: RaptorFlowError | null = null;
  #frozen = false;
  #onDiverged: (divergence: Divergence) => void = () => undefined;
  #onExhausted: () => void = () => undefined;
  /** Resolves when the code has left the record. */
  readonly diverged: Promise<Divergence>;
  /** Resolves when everything recorded has been walked through. */
  readonly exhausted: Promise<void>;

  constructor(
    recorded: readonly JournalEntry[],
    append: AppendEntries | null,
    deps: { readonly clock: Clock; readonly stallMs: number },
  ) {
    this.#recorded = recorded;
    this.#append = append;
    this.#clock = deps.clock;
    this.#stallMs = deps.stallMs;
    this.diverged = new Promise((resolve) => {
      this.#onDiverged = resolve;
    });
    this.exhausted = new Promise((resolve) => {
      this.#onExhausted = resolve;
    });
    // `run_started` is written when the run is stored, before any code runs.
    if (recorded[0]?.kind === 'run_started') this.#cursor = 1;
    this.#pump();
  }

  /** Whether everything recorded has been walked through. */
  get live(): boolean {
    return this.#cursor >= this.#recorded.length;
  }

  /**
   * An entry that the code causes: resolves when it is matched or durable, with the entry as it stands in the journal.
   * A payload that has to be made is made only when it is not recorded; the recorded one is taken as it stands.
   */
  enter(kind: CodeEntryKind, step: string | null, payload: JsonObject | MakePayload): Promise<EntryContent> {
    const make = typeof payload === 'function' ? payload : null;
    const content: EntryContent = { kind, step, payload: typeof payload === 'function' ? {} : payload };
    if (this.#stopped !== null) return Promise.reject(this.#stopped);
    if (this.#frozen) return never();
    if (this.live) return this.#enterLive(content, make);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ content, make, resolve, reject });
      this.#pump();
    });
  }

  /** What the journal knows of a step that was entered: its result, as soon as the record reaches it, or that it is open. */
  recordOf(step: string): Promise<StepRecord> {
    const open = this.#steps.get(step);
    if (open === undefined) return Promise.resolve({ kind: 'open', begun: false, last: null });
    if (open.recorded !== null) return Promise.resolve({ kind: 'recorded', entry: open.recorded });
    // A replay has nobody who could finish what the record leaves open.
    if (this.live && this.#append === null) return never();
    if (this.live) return Promise.resolve({ kind: 'open', begun: open.begun, last: open.last });
    return new Promise((resolve) => {
      open.resolve = resolve;
    });
  }

  /** Appends what came from outside, once the record is used up. */
  async note(kind: WorldEntryKind, step: string, payload: JsonObject): Promise<void> {
    await this.#write({ kind, step, payload });
  }

  /** Resolves when what the code had under way to the journal has arrived there, or failed to. */
  written(): Promise<void> {
    return this.#writing;
  }

  /** From now on the code stands still at its next entry; results of what is under way are still taken. */
  freeze(): void {
    this.#frozen = true;
  }

  /** From now on every entry of the code is refused with this error. */
  stop(error: RaptorFlowError): void {
    this.#stopped ??= error;
    this.#stall?.cancel();
    for (const waiting of this.#waiting.splice(0)) waiting.reject(this.#stopped);
  }

  async #enterLive(content: EntryContent, make: MakePayload | null): Promise<EntryContent> {
    if (this.#append === null) {
      this.#diverge({ seq: this.#recorded.length, recorded: null, actual: content });
      return never();
    }
    const made = make === null ? content : { ...content, payload: await make() };
    if (made.step !== null) this.#open(made.step, false);
    await this.#write(made);
    return made;
  }

  #open(step: string, begun: boolean): void {
    this.#steps.set(step, { last: null, begun, recorded: null, resolve: null });
  }

  /** Entries are written one after the other: the journal has one order, and code goes on only after its entry is durable. */
  #write(content: EntryContent): Promise<void> {
    const append = this.#append;
    if (append === null) return never();
    const written = this.#writing.then(() => append([content]));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  #pump(): void {
    this.#stall?.cancel();
    while (!this.live && this.#stopped === null) {
      const entry = this.#recorded[this.#cursor];
      if (entry === undefined || !this.#advance(entry)) break;
      this.#cursor += 1;
    }
    if (this.live) this.#goLive();
    else if (this.#stopped === null) this.#watch();
  }

  #advance(entry: JournalEntry): boolean {
    if (isWorldEntry(entry)) {
      if (entry.step !== null) this.#deliver(entry.step, entry);
      return true;
    }
    const at = this.#find(entry);
    const waiting = this.#waiting[at];
    if (waiting === undefined) return this.#missing(entry);
    if (waiting.make === null && contentBytes(waiting.content) !== contentBytes(entry)) {
      this.#diverge({ seq: entry.seq, recorded: entry, actual: waiting.content });
      return false;
    }
    this.#waiting.splice(at, 1);
    if (entry.step !== null) this.#open(entry.step, true);
    waiting.resolve(entry);
    return true;
  }

  /** Where the code's own version of an entry waits; of several, for example notes, the one that says the same. */
  #find(entry: JournalEntry): number {
    const bytes = contentBytes(entry);
    const same = this.#waiting.findIndex(({ content }) => contentBytes(content) === bytes);
    if (same !== -1) return same;
    return this.#waiting.findIndex(
      ({ content }) => content.kind === entry.kind && content.step === entry.step,
    );
  }

  /** The code has not caused this entry yet. It never will when it has caused one that the rest of the record lacks. */
  #missing(entry: JournalEntry): boolean {
    const rest = this.#recorded.slice(this.#cursor);
    const foreign = this.#waiting.find(
      ({ content }) => !rest.some((other) => other.kind === content.kind && other.step === content.step),
    );
    if (foreign !== undefined) this.#diverge({ seq: entry.seq, recorded: entry, actual: foreign.content });
    return false;
  }

  #deliver(step: string, entry: JournalEntry): void {
    const open = this.#steps.get(step);
    if (open === undefined) return;
    const repeated = entry.kind === 'step_resolved' && entry.payload['outcome'] === 'repeat';
    if (passing.has(entry.kind) || repeated) {
      // Of the kinds there are, only those from outside get here.
      open.last = repeated
        ? 'step_resolved'
        : entry.kind === 'tool_restarted'
          ? 'tool_restarted'
          : 'tool_uncertain';
      return;
    }
    open.recorded = entry;
    open.resolve?.({ kind: 'recorded', entry });
    open.resolve = null;
  }

  #goLive(): void {
    this.#onExhausted();
    if (this.#append === null && this.#waiting.length === 0) return;
    for (const open of this.#steps.values()) {
      open.resolve?.({ kind: 'open', begun: open.begun, last: open.last });
      open.resolve = null;
    }
    for (const waiting of this.#waiting.splice(0)) {
      this.#enterLive(waiting.content, waiting.make).then(waiting.resolve, waiting.reject);
    }
  }

  /** Code that stands still before the record ends has taken another way, for example by waiting for something else. */
  #watch(): void {
    const over = this.#waiting.some(({ content }) => endings.has(content.kind));
    this.#stall = this.#clock.setTimeout(
      () => {
        const entry = this.#recorded[this.#cursor];
        if (entry === undefined) return;
        this.#diverge({ seq: entry.seq, recorded: entry, actual: this.#waiting[0]?.content ?? null });
      },
      over ? Math.min(this.#stallMs, endedStallMs) : this.#stallMs,
    );
    this.#stall.unref();
  }

  #diverge(divergence: Divergence): void {
    this.#onDiverged(divergence);
    this.stop(
      new RaptorFlowError('run_diverged', `The run left its journal at entry ${divergence.seq}.`, {
        details: { ...divergence },
      }),
    );
  }
}

/** What is never answered: the code that waits for it is given up. */
export function never(): Promise<never> {
  return Promise.withResolvers<never>().promise;
}
