import { createModelServer, type ServerAnswer } from '@raptorflow/rig';
import {
  createCosts,
  createDispatcher,
  createLedger,
  createModelCatalog,
  createPrices,
  ledgerMigrations,
  ledgerTables,
  openDatabase,
  type DispatchRequest,
} from '@raptorflow/runtime';
import { isRaptorFlowError, seededRandom } from 'raptorflow/kernel';
import { fault } from '../harness/fault.ts';

/** What the comparison of transcripts showed. */
export interface GoldenResult {
  /** Transcripts whose usage arrived. */
  readonly told: number;
  /** The sum of the differences between the server's bill and the cost log over them. */
  readonly differenceMicroUsd: number;
  /** Streams that were cut, each after another piece: their bill, their line and their hold must stand in this order. */
  readonly cut: number;
}

const rates = { input: 1_370_000, cachedInput: 137_000, cacheWrite: 1_710_000, output: 5_230_000 };
/** A model of each wire format. */
const models = [
  'vertex:gemini-test',
  'vertex:claude-test',
  'anthropic:claude-own',
  'openai:gpt-test',
] as const;

/** Compares the cost log with the server's own bill, transcript by transcript, over every wire format. */
export async function compareTranscripts(transcripts: number): Promise<GoldenResult> {
  const random = seededRandom(2026);
  let answer: ServerAnswer = { text: '' };
  const ids = models.map((model) => model.slice(model.indexOf(':') + 1));
  const server = createModelServer({
    prices: Object.fromEntries(ids.map((id) => [id, rates])),
    answer: () => answer,
  });
  await server.start();
  const db = openDatabase({ path: ':memory:', tables: [ledgerTables], migrations: [ledgerMigrations] });
  await db.start();
  const dispatcher = createDispatcher(
    { retriesMax: 0 },
    {
      models: createModelCatalog(
        {
          vertex: {
            project: 'p',
            location: 'global',
            baseUrl: `${server.url}/v1/projects/p/locations/global`,
          },
          anthropic: { apiKey: 'key', baseUrl: `${server.url}/v1` },
          openai: { apiKey: 'key', baseUrl: `${server.url}/v1` },
        },
        { vertexAccessToken: async () => 'token' },
      ),
      prices: createPrices({
        file: 'prices.json',
        content: {
          models: ids.map((id) => ({
            models: [id],
            periods: [{ from: '2026-01-01', ...rates, thinking: rates.output }],
          })),
        },
      }),
      ledger: createLedger({ monthlyBudgetMicroUsd: 1_000_000_000_000 }, { db }),
    },
  );
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random.next() * choices.length)] as T;
  const words = (most: number): string => 'wörd '.repeat(1 + Math.floor(random.next() * most));
  const scripted = (): { request: DispatchRequest; answer: ServerAnswer } => ({
    request: {
      workspaceId: 'ws_a',
      model: pick(models),
      messages: [
        { role: 'system', content: words(20) },
        { role: 'user', content: words(200) },
      ],
      maxOutputTokens: pick([5, 50, 500]),
      ...(random.next() < 0.3 && {
        tools: [{ name: 'look_up', inputSchema: { type: 'object', properties: { q: { type: 'string' } } } }],
      }),
    },
    answer: {
      text: words(120),
      ...(random.next() < 0.3 && { thinkingTokens: Math.floor(random.next() * 30) }),
      ...(random.next() < 0.4 && { cachedInputTokens: Math.floor(random.next() * 60) }),
      ...(random.next() < 0.2 && { cacheWriteTokens: Math.floor(random.next() * 20) }),
    },
  });
  const play = async (request: DispatchRequest, streamed: boolean): Promise<void> => {
    if (!streamed) return void (await dispatcher.dispatch(request));
    for await (const chunk of dispatcher.dispatchStream(request)) if (chunk.type === 'finish') return;
  };
  try {
    for (let at = 0; at < transcripts; at += 1) {
      const script = scripted();
      ({ answer } = script);
      await play(script.request, at % 2 === 0);
    }
    const told = await costsByCall(db);
    let differenceMicroUsd = 0;
    for (const [name, line] of told) {
      differenceMicroUsd += Math.abs(line.cost - billOf(server, name));
    }
    if (told.size !== transcripts) throw fault(`${told.size} of ${transcripts} transcripts are booked`);
    let cut = 0;
    for (const model of models) {
      for (let afterFrames = 0; ; afterFrames += 1) {
        answer = { text: 'A text of which only a part arrives, because the line breaks before its end.' };
        server.faults.add({ kind: 'cut', afterFrames });
        const request = { ...scripted().request, model, maxOutputTokens: 50 };
        const broke = await play(request, true).then(
          () => false,
          (error: unknown) => {
            if (isRaptorFlowError(error)) return true;
            throw error;
          },
        );
        server.faults.clear();
        if (!broke) break;
        cut += 1;
      }
    }
    for (const [name, line] of await costsByCall(db)) {
      if (told.has(name)) continue;
      const bill = billOf(server, name);
      const isExact = !line.estimated && line.cost === bill;
      if (!isExact && !(line.estimated && bill <= line.cost)) {
        throw fault(`the cut stream ${name} was billed ${bill} and is booked at ${line.cost} micro-USD`);
      }
    }
    return { told: told.size, differenceMicroUsd, cut };
  } finally {
    await db.stop();
    await server.stop();
  }
}

async function costsByCall(
  db: Parameters<typeof createCosts>[0],
): Promise<Map<string, { cost: number; estimated: boolean }>> {
  const lines = await createCosts(db).list('ws_a', {}, 1_000);
  return new Map(
    lines.map((line) => [
      `${line.callId}.${line.attempt}`,
      { cost: line.costMicroUsd, estimated: line.estimated },
    ]),
  );
}

function billOf(server: ReturnType<typeof createModelServer>, name: string): number {
  return server.bill.ofCall(name).reduce((sum, row) => sum + row.costMicroUsd, 0);
}
