/** Calls models against one budget until it is used up, aborts some of the calls, and goes on in the next month. */
import {
  createDispatcher,
  createHoldKeeper,
  createLedger,
  createModelCatalog,
  createPrices,
  ledgerMigrations,
  ledgerTables,
  openDatabase,
} from '@raptorflow/runtime';
import { isRaptorFlowError, seededRandom, type RaptorFlowError } from 'raptorflow/kernel';
import { createPeriscope } from 'raptorflow/resilience';
import { clockAhead, priceFile, type CallerLine, type CallerOrder } from '../shared.ts';

const order = JSON.parse(process.argv[2] ?? '{}') as CallerOrder;
const clock = clockAhead(order.aheadMs);
const random = seededRandom(order.seed);
const tell = (line: CallerLine): void => console.log(JSON.stringify(line));

const db = openDatabase(
  { ...order.database, tables: [ledgerTables], migrations: [ledgerMigrations] },
  { clock },
);
await db.start();
const ledger = createLedger(
  { monthlyBudgetMicroUsd: order.capMicroUsd },
  { db, clock, timeZoneOf: async () => order.timeZone },
);
const keeper = createHoldKeeper(
  { alone: 'path' in order.database, silenceMsMax: 3_000, everyMs: 500 },
  { db, ledger, clock },
);
await keeper.start();
const dispatcher = createDispatcher(
  { retriesMax: 1, budgetWaitMsMax: 120_000 },
  {
    models: createModelCatalog({ openai: { apiKey: 'key', baseUrl: order.modelUrl } }),
    prices: createPrices(priceFile),
    ledger,
    clock,
    // One circuit for so many scripted failures would be open all the time, and nothing would be spent.
    executor: createPeriscope({ breaker: { failuresToOpen: 1_000_000 } }, { clock }),
  },
);

const refusedIn = new Set<string>();
let calls = 0;
let refusals = 0;

function noteRefusal({ details }: RaptorFlowError): void {
  refusals += 1;
  const period = String(details['period']);
  if (refusedIn.has(period)) return;
  refusedIn.add(period);
  const usd = (name: string): number => Number(details[name]);
  const usedShare = (usd('spent_usd') + usd('uncertain_usd')) / usd('cap_usd');
  tell({ kind: 'refused', period, usedShare });
}

async function call(): Promise<boolean> {
  const abort = new AbortController();
  const timer = random.next() < 0.05 ? setTimeout(() => abort.abort(), random.next() * 40) : undefined;
  const request = {
    workspaceId: order.workspaceId,
    model: 'openai:dear-model',
    fallbacks: ['openai:cheap-model'],
    messages: [{ role: 'user' as const, content: 'Go on.' }],
    maxOutputTokens: 40,
    signal: abort.signal,
  };
  calls += 1;
  try {
    if (random.next() < 0.5) await dispatcher.dispatch(request);
    else for await (const chunk of dispatcher.dispatchStream(request)) if (chunk.type === 'finish') break;
    return true;
  } catch (error) {
    if (!isRaptorFlowError(error)) throw error;
    if (error.code === 'budget_exceeded') noteRefusal(error);
    return error.code !== 'budget_exceeded';
  } finally {
    clearTimeout(timer);
  }
}

async function caller(): Promise<void> {
  for (;;) {
    if (await call()) continue;
    const untilNext = order.monthEndsMs - clock.now();
    if (untilNext < 0) return;
    await clock.sleep(untilNext + 50);
  }
}

tell({ kind: 'ready' });
await Promise.all(Array.from({ length: order.concurrency }, caller));
await keeper.stop();
await db.stop();
tell({ kind: 'done', calls, refusals });
