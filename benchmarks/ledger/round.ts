import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createModelServer, type ModelServer } from '@raptorflow/rig';
import {
  createCosts,
  createHoldKeeper,
  createLedger,
  createOpenHolds,
  formatUsd,
  ledgerMigrations,
  ledgerTables,
  monthOf,
  openDatabase,
  type Database,
} from '@raptorflow/runtime';
import { seededRandom, systemClock } from 'raptorflow/kernel';
import { fault } from '../harness/fault.ts';
import { clockAhead, rigPrices, type CallerLine, type CallerOrder } from './shared.ts';

/** How one round is played. */
export interface RoundPlan {
  readonly database: CallerOrder['database'];
  readonly processes: number;
  readonly concurrency: number;
  /** Processes that are killed, and replaced at once. */
  readonly kills: number;
  readonly capMicroUsd: number;
  readonly timeZone: string;
  readonly seed: number;
  readonly print: (line: string) => void;
}

/** What a round showed. */
export interface RoundResult {
  readonly calls: number;
  /** The most by which a month's charges, or its bill, went over the cap. */
  readonly overCapMicroUsd: number;
  /** Holds of calls that never reached the server, once everything that can be known is booked. */
  readonly phantomBlocks: number;
  /** The least share of the cap that was used when a process was refused for the first time in a month. */
  readonly usableShare: number;
  readonly uncertainHolds: number;
}

const program = fileURLToPath(new URL('programs/caller.ts', import.meta.url));
/** The month ends this long after the callers begin. */
const monthLeftMs = 12_000;

/** Plays one round: many calls at once against one budget, with failures, aborts, fallbacks and kills, over the end of a month. */
export async function playRound(plan: RoundPlan): Promise<RoundResult> {
  const random = seededRandom(plan.seed);
  const server = createModelServer({
    prices: rigPrices,
    answer: () => ({ text: 'word '.repeat(1 + Math.floor(random.next() * 45)) }),
    chunkCharacters: 60,
  });
  await server.start();
  server.faults.rule(({ model }) => {
    const fate = random.next();
    if (fate < 0.04) return { kind: 'status', status: 429, retryAfterSeconds: 0 };
    if (fate < 0.07) return { kind: 'status', status: model === 'dear-model' ? 500 : 503 };
    if (fate < 0.09) return { kind: 'cut', afterFrames: Math.floor(random.next() * 3) };
    if (fate < 0.1) return { kind: 'usage', told: 'none' };
    return undefined;
  });
  try {
    return await playAgainst(server, plan, random);
  } finally {
    await server.stop();
  }
}

async function playAgainst(
  server: ModelServer,
  plan: RoundPlan,
  random: { next(): number },
): Promise<RoundResult> {
  // The next month's beginning, as that zone has it, a few seconds from now.
  const { endMs } = monthOf(systemClock.now(), plan.timeZone);
  const aheadMs = endMs - systemClock.now() - monthLeftMs;
  const order: Omit<CallerOrder, 'seed'> = {
    database: plan.database,
    modelUrl: `${server.url}/v1`,
    workspaceId: `ws_${plan.seed}`,
    capMicroUsd: plan.capMicroUsd,
    timeZone: plan.timeZone,
    aheadMs,
    monthEndsMs: endMs,
    concurrency: plan.concurrency,
  };
  const callers = Array.from({ length: plan.processes }, (_, at) =>
    startCaller({ ...order, seed: plan.seed * 100 + at }),
  );
  let replaced = 0;
  for (let kill = 0; kill < plan.kills; kill += 1) {
    await systemClock.sleep(700 + random.next() * 1_500);
    const at = Math.floor(random.next() * callers.length);
    const victim = callers[at];
    if (victim === undefined || victim.child.exitCode !== null) continue;
    victim.child.kill('SIGKILL');
    await victim.ended;
    replaced += 1;
    callers[at] = startCaller({ ...order, seed: plan.seed * 100 + 50 + replaced });
    callers.push({ ...victim });
  }
  await Promise.all(callers.map(({ ended }) => ended));
  const lines = callers.flatMap((caller) => caller.lines);
  const finished = lines.filter((line) => line.kind === 'done').length;
  // One that is killed at the very end has told its end already.
  if (finished < plan.processes) throw fault(`${finished} of ${plan.processes} callers came to their end`);
  plan.print(`    ${server.calls.length} requests reached the server, ${replaced} processes were killed`);
  const db = openDatabase(
    { ...plan.database, tables: [ledgerTables], migrations: [ledgerMigrations] },
    { clock: clockAhead(aheadMs) },
  );
  await db.start();
  try {
    return { ...(await judge(db, server, order, plan)), usableShare: leastShare(lines) };
  } finally {
    await db.stop();
  }
}

interface Caller {
  readonly child: ChildProcess;
  readonly lines: CallerLine[];
  readonly ended: Promise<void>;
}

function startCaller(order: CallerOrder): Caller {
  const child = spawn(process.execPath, [...process.execArgv, program, JSON.stringify(order)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines: CallerLine[] = [];
  const reader = createInterface({ input: child.stdout });
  reader.on('line', (line) => lines.push(JSON.parse(line) as CallerLine));
  const closed = new Promise<void>((resolve) => {
    reader.once('close', resolve);
  });
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  return { child, lines, ended: Promise.all([closed, exited]).then(() => undefined) };
}

function leastShare(lines: readonly CallerLine[]): number {
  const shares = lines.flatMap((line) => (line.kind === 'refused' ? [line.usedShare] : []));
  if (shares.length === 0) throw fault('no call was refused, so the budget was never used up');
  return Math.min(...shares);
}

async function judge(
  db: Database,
  server: ModelServer,
  order: Omit<CallerOrder, 'seed'>,
  plan: RoundPlan,
): Promise<Omit<RoundResult, 'usableShare'>> {
  const clock = clockAhead(order.aheadMs);
  const { workspaceId } = order;
  const ledger = createLedger(
    { monthlyBudgetMicroUsd: plan.capMicroUsd },
    { db, clock, timeZoneOf: async () => plan.timeZone },
  );
  // Everybody else is dead by now.
  const keeper = createHoldKeeper({ alone: true }, { db, ledger, clock });
  await keeper.start();
  await keeper.stop();
  const months = await monthsOf(db, workspaceId);
  const charged = months.map((month) => month.spent + month.uncertain);
  if (months.some((month) => month.held !== 0)) throw fault('money is still held by processes that are gone');
  const holds = createOpenHolds(db, ledger);
  const uncertain = (await holds.list(workspaceId, { states: ['uncertain'], limit: 1_000 })).length;
  const before = server.bill.totalMicroUsd();
  let left = uncertain;
  while (left > 0) {
    const booked = await holds.inquire(workspaceId, async ({ providerCallId }) => {
      const answer = await fetch(`${server.url}/rig/calls/${providerCallId}`);
      const { rows } = (await answer.json()) as { rows: { costMicroUsd: number }[] };
      return { costMicroUsd: rows.reduce((sum, row) => sum + row.costMicroUsd, 0) };
    });
    left -= booked;
    if (booked === 0) break;
  }
  await compareLines(db, server, workspaceId);
  const overBill = Math.max(0, before - plan.capMicroUsd * months.length);
  const overCharge = Math.max(0, ...charged.map((amount) => amount - plan.capMicroUsd));
  const total = await createCosts(db).total(workspaceId);
  plan.print(
    `    ${months.length} months, $${formatUsd(charged.reduce((a, b) => a + b, 0))} charged of $${formatUsd(plan.capMicroUsd)} each, $${formatUsd(before)} billed, ${uncertain} calls uncertain before anybody asked`,
  );
  const open = await holds.list(workspaceId, { limit: 1_000 });
  const arrived = new Set(server.calls.map((call) => call.callId));
  return {
    calls: total.attempts,
    overCapMicroUsd: Math.max(overBill, overCharge),
    phantomBlocks: open.filter((hold) => !arrived.has(`${hold.callId}.${hold.attempt}`)).length,
    uncertainHolds: uncertain,
  };
}

interface Month {
  readonly period: string;
  readonly spent: number;
  readonly uncertain: number;
  readonly held: number;
}

async function monthsOf(db: Database, workspaceId: string): Promise<Month[]> {
  const rows = await db
    .forWorkspace<{
      budgets: {
        level: string;
        period: string;
        spent_micro_usd: number;
        uncertain_micro_usd: number;
        held_micro_usd: number;
      };
    }>(workspaceId)
    .selectFrom('budgets')
    .selectAll()
    .where('level', '=', 'workspace')
    .execute();
  return rows.map((row) => ({
    period: row.period,
    spent: row.spent_micro_usd,
    uncertain: row.uncertain_micro_usd,
    held: row.held_micro_usd,
  }));
}

/** Every line that is no estimate is what the server billed, and no line is less. */
async function compareLines(db: Database, server: ModelServer, workspaceId: string): Promise<void> {
  const billed = new Map<string, number>();
  for (const row of server.bill.rows) {
    if (row.callId !== null) billed.set(row.callId, (billed.get(row.callId) ?? 0) + row.costMicroUsd);
  }
  const rows = await db
    .forWorkspace<{
      cost_logs: {
        call_id: string;
        attempt: number;
        cost_micro_usd: number;
        estimated: number;
        revision: number;
      };
    }>(workspaceId)
    .selectFrom('cost_logs')
    .select(['call_id', 'attempt', 'cost_micro_usd', 'estimated', 'revision'])
    .execute();
  const lines = new Map<string, { cost: number; estimated: boolean }>();
  for (const row of rows.toSorted((a, b) => a.revision - b.revision)) {
    const name = `${row.call_id}.${row.attempt}`;
    const cost = (lines.get(name)?.cost ?? 0) + row.cost_micro_usd;
    lines.set(name, { cost, estimated: row.estimated === 1 });
  }
  for (const [name, { cost, estimated }] of lines) {
    const bill = billed.get(name) ?? 0;
    if (estimated ? cost < bill : cost !== bill) {
      throw fault(`${name} is booked at ${cost} micro-USD and was billed ${bill}`);
    }
    billed.delete(name);
  }
  const forgotten = [...billed].find(([, cost]) => cost > 0);
  if (forgotten) throw fault(`${forgotten[0]} was billed ${forgotten[1]} micro-USD and has no line`);
}
