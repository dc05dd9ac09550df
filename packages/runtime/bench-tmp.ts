import { startPostgres } from '@raptorflow/rig';
import { createLedger, ledgerMigrations, ledgerTables, openDatabase } from '@raptorflow/runtime';
const kind = process.argv[2];
const pg = kind === 'pg' ? await startPostgres() : undefined;
const db = openDatabase({
  ...(pg ? { url: await pg.createDatabase() } : { path: '/tmp/b/x' + Date.now() + '.db' }),
  tables: [ledgerTables],
  migrations: [ledgerMigrations],
});
await db.start();
const ledger = createLedger({ monthlyBudgetMicroUsd: 1e12 }, { db });
let n = 0;
const once = async () => {
  n += 1;
  const attempt = {
    workspaceId: 'ws_a',
    callId: 'call_' + String(n).padStart(9, '0'),
    attempt: 1,
    provider: 'p',
    requestedModel: 'fast',
    model: 'm',
    guild: null,
    agentId: null,
    agentRunId: null,
    campaignId: null,
    budgetId: null,
    correlationId: 'cor_1',
  };
  const hold = await ledger.reserve(attempt, 1000);
  await ledger.dispatched(hold);
  await ledger.settle(hold, attempt, {
    status: 'completed',
    usage: {
      inputTokens: 10,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
      outputTokens: 5,
      reasoningTokens: 0,
    },
    rawUsage: { a: 1 },
    costMicroUsd: 100,
    priceVersion: 'x',
    latencyMs: 1,
    streamed: false,
    errorCode: null,
  });
};
for (const conc of [1, 16, 64, 256]) {
  const t0 = performance.now();
  const c0 = process.cpuUsage();
  const end = t0 + 3000;
  let done = 0;
  const lat: number[] = [];
  await Promise.all(
    Array.from({ length: conc }, async () => {
      while (performance.now() < end) {
        const a = performance.now();
        await once();
        lat.push(performance.now() - a);
        done++;
      }
    }),
  );
  lat.sort((a, b) => a - b);
  const c = process.cpuUsage(c0);
  console.log(
    kind,
    conc,
    'calls/s',
    ((done / (performance.now() - t0)) * 1000).toFixed(0),
    'p50',
    lat[lat.length >> 1]!.toFixed(2),
    'p99',
    lat[Math.floor(lat.length * 0.99)]!.toFixed(2),
    'cpu ms/call',
    ((c.user + c.system) / 1000 / done).toFixed(3),
  );
}
await db.stop();
await pg?.stop();
