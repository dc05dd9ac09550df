import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startRedis, startTcpProxy, type RedisServer, type TcpProxy } from '@raptorflow/rig';
import type { Chance } from './chance.ts';
import { machineMs, type Line } from './ledger.ts';
import { Party } from './party.ts';
import type { PlannedFault } from './plan.ts';
import { Slot, type SlotParts } from './slot.ts';

/** Everything that runs and can be broken. */
export interface Stage {
  readonly slots: readonly Slot[];
  /** A process that answers questions; undefined while there is none. */
  desk(): Party | undefined;
  apply(fault: PlannedFault): Promise<void>;
  /** Waits until the server is back, ends all faults, and lets nobody publish any more. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

/** What a stage is made of. */
export interface StageParts {
  readonly folder: string;
  readonly chance: Chance;
  readonly note: (line: Line) => void;
  readonly appendfsync: 'always' | 'everysec';
}

/** One process that publishes and handles; its file is all that stays. */
export async function sqliteStage({ folder, chance, note }: StageParts): Promise<Stage> {
  const slot = new Slot({
    name: 'one',
    engine: { kind: 'sqlite', path: join(folder, 'bus.db'), durability: 'process' },
    publishes: true,
    handles: true,
    ledger: folder,
    chance,
    note,
  });
  await slot.ready;
  return {
    slots: [slot],
    desk: () => slot.party,
    apply: async ({ fault, choice, forMs }) => {
      // Most kills meet a process at work; some meet one that is still putting things in order after the one before.
      if (choice % 4 > 0) {
        await slot.ready;
        await sleep(choice % 800);
      }
      if (fault === 'frozen') await slot.freeze(forMs);
      else slot.kill();
    },
    heal: async () => slot.calm(),
    close: () => slot.close(),
  };
}

/** Two publishers and three members, each behind a wire of its own, on one server. */
export async function redisStage(parts: StageParts): Promise<Stage> {
  const stage = new RedisStage(parts, await startRedis({ appendfsync: parts.appendfsync }));
  await stage.open();
  return stage;
}

class RedisStage implements Stage {
  readonly slots: Slot[] = [];
  readonly #parts: StageParts;
  readonly #wires: TcpProxy[] = [];
  readonly #under = new Set<Promise<void>>();
  #server: RedisServer;
  #desk: Party | undefined;
  #isAway = false;

  constructor(parts: StageParts, server: RedisServer) {
    this.#parts = parts;
    this.#server = server;
  }

  async open(): Promise<void> {
    const { folder, chance, note } = this.#parts;
    const common = { ledger: folder, chance, note };
    this.#desk = new Party({
      who: 'desk.0',
      slot: 'desk',
      engine: { kind: 'redis', url: this.#server.url },
      publishes: false,
      isHeld: false,
      handles: false,
      ledger: folder,
      seed: 0,
      jumps: [],
    });
    for (const name of ['m0', 'm1', 'm2', 'p0', 'p1']) {
      const wire = await startTcpProxy(this.#server.port);
      this.#wires.push(wire);
      const publishes = name.startsWith('p');
      const engine: SlotParts['engine'] = { kind: 'redis', url: `redis://127.0.0.1:${wire.port}` };
      this.slots.push(new Slot({ name, engine, publishes, handles: !publishes, ...common }));
    }
    await Promise.all([this.#desk.ready, ...this.slots.map((slot) => slot.ready)]);
  }

  desk(): Party | undefined {
    return this.#desk;
  }

  async apply(planned: PlannedFault): Promise<void> {
    const done = this.#do(planned);
    this.#under.add(done);
    await done.finally(() => this.#under.delete(done));
  }

  async heal(): Promise<void> {
    await Promise.all(this.#under);
    for (const slot of this.slots) slot.calm();
  }

  async close(): Promise<void> {
    this.#desk?.signal('SIGKILL');
    await Promise.all(this.slots.map((slot) => slot.close()));
    await Promise.all(this.#wires.map((wire) => wire.stop()));
    await this.#server.stop();
  }

  async #do({ fault, choice, forMs }: PlannedFault): Promise<void> {
    const index = choice % this.slots.length;
    const [slot, wire] = [this.slots[index], this.#wires[index]];
    if (!slot || !wire) return;
    const at = machineMs();
    switch (fault) {
      case 'killed':
        slot.kill();
        return;
      case 'frozen':
        await slot.freeze(forMs);
        return;
      case 'cut':
        wire.cut();
        break;
      case 'half_open':
        wire.freeze();
        await sleep(forMs);
        wire.thaw();
        break;
      case 'redis_killed':
        if (this.#isAway) return;
        this.#isAway = true;
        await this.#restart(forMs);
        this.#isAway = false;
    }
    const who = fault === 'redis_killed' ? null : slot.name;
    this.#parts.note({ kind: 'fault', fault, who, at, until: machineMs() });
  }

  async #restart(forMs: number): Promise<void> {
    const { port, directory } = this.#server;
    await this.#server.kill();
    await sleep(forMs);
    this.#server = await startRedis({ appendfsync: this.#parts.appendfsync, port, directory });
  }
}
