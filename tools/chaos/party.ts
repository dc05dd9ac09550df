import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { DeadLetterReason, GroupReport } from 'raptorflow/bus';
import type { Jump } from './clock.ts';

/** What a process of the chaos program is told. */
export interface PartySettings {
  /** Name of the process; no other one ever has it. */
  readonly who: string;
  /** Name of its place, which its successors inherit. */
  readonly slot: string;
  readonly engine:
    | { readonly kind: 'sqlite'; readonly path: string; readonly durability: 'fsync' | 'process' }
    | { readonly kind: 'redis'; readonly url: string };
  readonly publishes: boolean;
  /** It waits with publishing until it is told otherwise. */
  readonly isHeld: boolean;
  readonly handles: boolean;
  /** Folder of the ledger. */
  readonly ledger: string;
  readonly seed: number;
  readonly jumps: readonly Jump[];
}

/** What it is asked. */
export type Question =
  | { readonly kind: 'look'; readonly withLetters: boolean }
  | { readonly kind: 'discard'; readonly count: number }
  | { readonly kind: 'pace'; readonly isHeld: boolean };

/** A dead letter, as far as it counts here. */
export interface Letter {
  readonly id: string;
  readonly group: string;
  readonly reason: DeadLetterReason;
  readonly attempts: number;
  readonly state: 'open' | 'discarded';
}

/** What it says. */
export type Answer =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'report';
      readonly lag: number;
      readonly groups: readonly GroupReport[];
      readonly letters: readonly Letter[];
    }
  | { readonly kind: 'failed'; readonly message: string };

/** What `look` answers. */
export type Report = Extract<Answer, { kind: 'report' }>;

/** It ends with this code when the engine could not be reached at the start. */
export const awayCode = 3;

const program = fileURLToPath(new URL('programs/party.ts', import.meta.url));

/** A running process. */
export class Party {
  readonly who: string;
  /** Resolves when it is ready, or gone. */
  readonly ready: Promise<void>;
  readonly gone: Promise<void>;
  readonly #child: ChildProcess;
  readonly #killAtExit: () => void;

  constructor(settings: PartySettings) {
    this.who = settings.who;
    const conditions = process.execArgv.filter((word) => word.startsWith('--conditions'));
    this.#child = spawn(process.execPath, [...conditions, program, JSON.stringify(settings)], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    // Processes that were frozen would stay for ever.
    this.#killAtExit = () => void this.#child.kill('SIGKILL');
    process.once('exit', this.#killAtExit);
    this.gone = once(this.#child, 'exit').then(() => void process.removeListener('exit', this.#killAtExit));
    const isReady = new Promise<void>((resolve) => {
      this.#child.on('message', (answer: Answer) => {
        if (answer.kind === 'ready') resolve();
      });
    });
    this.ready = Promise.race([isReady, this.gone]);
  }

  /** How it ended: null while it lives, and for one that was killed. */
  get exitCode(): number | null {
    return this.#child.exitCode;
  }

  get isGone(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null;
  }

  signal(signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#child.kill(signal);
  }

  discard(count: number): void {
    if (this.#child.connected) this.#ask({ kind: 'discard', count });
  }

  /** Lets it publish, or not. */
  pace(isHeld: boolean): void {
    if (this.#child.connected) this.#ask({ kind: 'pace', isHeld });
  }

  // Somebody who dies at this moment hears nothing, and that is no failure.
  #ask(question: Question): void {
    this.#child.send(question, () => undefined);
  }

  /** Null when it does not answer. */
  async look(withLetters: boolean): Promise<Report | null> {
    if (!this.#child.connected) return null;
    const answered = once(this.#child, 'message').then(([answer]) => answer as Answer);
    this.#ask({ kind: 'look', withLetters });
    const answer = await Promise.race([answered, this.gone.then(() => null)]);
    return answer?.kind === 'report' ? answer : null;
  }
}
