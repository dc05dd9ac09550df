import {
  createDispatcher,
  createHoldKeeper,
  createLedger,
  createModelCatalog,
  createPrices,
  fromJsonText,
  ledgerMigrations,
  ledgerTables,
  openDatabase,
} from '@raptorflow/runtime';
import { priceFile, type CallProgram } from './program.ts';

const program = fromJsonText<CallProgram>(process.argv[2] ?? '{}');
const db = openDatabase({ ...program.database, tables: [ledgerTables], migrations: [ledgerMigrations] });
await db.start();
const ledger = createLedger({ monthlyBudgetMicroUsd: program.capMicroUsd }, { db });
const keeper = createHoldKeeper({ alone: true }, { db, ledger });
await keeper.start();
const dispatcher = createDispatcher(
  { retriesMax: 0 },
  {
    models: createModelCatalog({ openai: { apiKey: 'key', baseUrl: program.modelUrl } }),
    prices: createPrices(priceFile),
    ledger,
  },
);
const call = async (streamed: boolean): Promise<void> => {
  const request = {
    workspaceId: 'ws_a',
    model: 'openai:rig-model',
    messages: [{ role: 'user' as const, content: 'Go on.' }],
    maxOutputTokens: 60,
  };
  if (!streamed) return void (await dispatcher.dispatch(request));
  for await (const chunk of dispatcher.dispatchStream(request)) if (chunk.type === 'finish') break;
};
// Until it is killed, or its budget refuses.
for (;;) {
  const round = Array.from({ length: 8 }, (_, index) => call(index % 2 === 0));
  const results = await Promise.allSettled(round);
  if (results.some((result) => result.status === 'rejected')) break;
}
await keeper.stop();
await db.stop();
