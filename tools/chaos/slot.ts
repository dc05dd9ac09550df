import { setTimeout as sleep } from 'node:timers/promises';
import type { Chance } from './chance.ts';
import { machineMs, type Line } from './ledger.ts';
import { awayCode, Party, type PartySettings } from './party.ts';
import { planJumps } from './plan.ts';

/** What all processes of a run have in common. */
export interface SlotParts {
  readonly name: string;
  readonly engine: PartySettings['engine'];
  readonly publishes: boolean;
  readonly handles: boolean;
  readonly ledger: string;
  readonly chance: Chance;
  readonly note: (line: Line) => void;
}

/** The place of a process: when it ends, however that came, another one follows. */
export class Slot {
  readonly name: string;
  /** Ends of processes that nothing explains. */
  readonly failures: string[] = [];
  readonly #parts: SlotParts;
  #party: Party | undefined;
  #incarnation = 0;
  #isCalm = false;
  #isClosed = false;
  #freezes = 0;
  #isHeld = false;

  constructor(parts: SlotParts) {
    this.name = parts.name;
    this.#parts = parts;
    this.#start();
  }

  get party(): Party | undefined {
    return this.#party;
  }

  get ready(): Promise<void> | undefined {
    return this.#party?.ready;
  }

  kill(): void {
    this.#party?.signal('SIGKILL');
  }

  async freeze(ms: number): Promise<void> {
    const party = this.#party;
    if (!party || party.isGone) return;
    const at = machineMs();
    this.#freezes += 1;
    party.signal('SIGSTOP');
    await sleep(ms);
    this.#freezes -= 1;
    if (this.#freezes === 0) party.signal('SIGCONT');
    this.#parts.note({ kind: 'fault', fault: 'frozen', who: party.who, at, until: machineMs() });
  }

  /** Lets its processes publish, or not. */
  pace(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#party?.pace(isHeld);
  }

  /** From now on its processes publish nothing and their clocks are right. */
  calm(): void {
    this.#isCalm = true;
    this.#party?.signal('SIGCONT');
    if (this.#parts.publishes) this.kill();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.kill();
    await this.#party?.gone;
  }

  #start(): void {
    const { name, engine, publishes, handles, ledger, chance } = this.#parts;
    const who = `${name}.${this.#incarnation}`;
    this.#incarnation += 1;
    const party = new Party({
      who,
      slot: name,
      engine,
      publishes: publishes && !this.#isCalm,
      isHeld: this.#isHeld,
      handles,
      ledger,
      seed: chance.seed(),
      jumps: this.#isCalm ? [] : planJumps(chance),
    });
    this.#party = party;
    void party.gone.then(() => this.#follow(party));
  }

  async #follow(party: Party): Promise<void> {
    const at = machineMs();
    this.#parts.note({ kind: 'fault', fault: 'killed', who: party.who, at, until: at });
    this.#freezes = 0;
    if (party.exitCode !== null && party.exitCode !== awayCode && !this.#isClosed) {
      this.failures.push(`The process ${party.who} ended with code ${party.exitCode}.`);
    }
    await sleep(this.#isCalm ? 50 : this.#parts.chance.between(20, 500));
    if (!this.#isClosed && (!this.#isCalm || this.#parts.handles)) this.#start();
  }
}
