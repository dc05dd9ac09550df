import {
  createDispatcher,
  createLedger,
  createModelCatalog,
  createPrices,
  dispatchMigrations,
  dispatchTables,
  fromJsonText,
  openDatabase,
} from '@raptorflow/runtime';
import { priceFile, type CallProgram } from './program.ts';

const program = fromJsonText<CallProgram>(process.argv[2] ?? '{}');
const db = openDatabase({ ...program.database, tables: [dispatchTables], migrations: [dispatchMigrations] });
await db.start();
const dispatcher = createDispatcher(
  { retriesMax: 0 },
  {
    models: createModelCatalog({ openai: { apiKey: 'key', baseUrl: program.modelUrl } }),
    prices: createPrices(priceFile),
    ledger: createLedger({ monthlyBudgetMicroUsd: program.capMicroUsd }, { db }),
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
await db.stop();
