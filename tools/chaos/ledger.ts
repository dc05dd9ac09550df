import { openSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { inspect } from 'node:util';
import type { Logger } from 'raptorflow/kernel';

/** Where an event belongs in an order: lane, and ordering key within it. */
export interface Place {
  readonly channel: string;
  readonly workspace: string;
  readonly priority: string;
  readonly key: string | null;
}

/** What is written before a publish; what was never sent must not be handled. */
export interface Sent extends Place {
  readonly kind: 'sent';
  readonly task: string;
  readonly dedupe: string | null;
  readonly at: number;
}

/** The bus promised to keep it. */
export interface Acknowledged {
  readonly kind: 'acknowledged';
  readonly task: string;
  readonly id: string;
  readonly at: number;
}

/** The bus said that it did not keep it, or could not say. */
export interface Refused {
  readonly kind: 'refused';
  readonly task: string;
  readonly code: string;
  readonly at: number;
}

/** A handler begins. */
export interface Begun {
  readonly kind: 'begun';
  readonly group: string;
  readonly id: string;
  readonly task: string;
  readonly attempt: number;
  readonly token: number;
  readonly at: number;
  readonly who: string;
}

/** The handler is about to return, or to throw. */
export interface Ended {
  readonly kind: 'ended';
  readonly group: string;
  readonly id: string;
  readonly token: number;
  readonly outcome: 'done' | 'failed';
  readonly at: number;
  readonly who: string;
}

/** What the chaos program itself did; `who` is null where it concerns everybody. */
export interface Fault {
  readonly kind: 'fault';
  readonly fault: FaultKind;
  readonly who: string | null;
  readonly at: number;
  readonly until: number;
}

/** What can be done to processes, wires and the server. */
export type FaultKind = 'killed' | 'frozen' | 'half_open' | 'cut' | 'redis_killed' | 'clock_jump';

/** Any line of the ledger. */
export type Line = Sent | Acknowledged | Refused | Begun | Ended | Fault;

/** Milliseconds on a clock that all processes of the machine share and nobody sets. */
export function machineMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** Opens a process's part of the ledger. Each line is one append, so what was written survives the process. */
export function openLedger(folder: string, who: string): (line: Line) => void {
  const file = openSync(join(folder, `${who}.jsonl`), 'a');
  return (line) => void writeSync(file, `${JSON.stringify(line)}\n`);
}

/** What the bus of a process logs, beside its part of the ledger, for whoever has to find out why. */
export function openLog(folder: string, who: string): Logger {
  const file = openSync(join(folder, `${who}.log`), 'a');
  const write =
    (level: string) =>
    (message: string, fields: object = {}): void =>
      void writeSync(
        file,
        `${Math.round(machineMs())} ${level} ${message} ${inspect(fields, { breakLength: Infinity })}\n`,
      );
  const log: Logger = {
    debug: () => undefined,
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    child: () => log,
  };
  return log;
}

/** All lines of all processes. A line that a kill cut off promised nothing. */
export function readLedger(folder: string): Line[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      return whole
        .split('\n')
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Line);
    });
}
