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
  type Database,
  type Dispatcher,
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
const modelIds = models.map((model) => model.slice(model.indexOf(':') + 1));

/** Compares the cost log with the server's own bill, transcript by transcript, over every wire format. */
export async function compareTranscripts(transcripts: number): Promise<GoldenResult> {
  const stage = await setStage();
  try {
    for (let at = 0; at < transcripts; at += 1) await stage.play(at % 2 === 0);
    const told = await costsByCall(stage.db);
    if (told.size !== transcripts) throw fault(`${told.size} of ${transcripts} transcripts are booked`);
    let differenceMicroUsd = 0;
    for (const [name, line] of told) differenceMicroUsd += Math.abs(line.cost - stage.billOf(name));
    const cut = await cutStreams(stage);
    for (const [name, line] of await costsByCall(stage.db)) {
      if (told.has(name)) continue;
      const bill = stage.billOf(name);
      const isExact = !line.estimated && line.cost === bill;
      if (!isExact && !(line.estimated && bill <= line.cost)) {
        throw fault(`the cut stream ${name} was billed ${bill} and is booked at ${line.cost} micro-USD`);
      }
    }
    return { told: told.size, differenceMicroUsd, cut };
  } finally {
    await stage.stop();
  }
}

/** Cuts a stream of every wire format after each of its pieces. Answers how many that were. */
async function cutStreams(stage: Stage): Promise<number> {
  let cut = 0;
  for (const model of models) {
    for (let afterFrames = 0; await stage.playCut(model, afterFrames); afterFrames += 1) cut += 1;
  }
  return cut;
}

/** A server, a dispatcher over it, and a random author of transcripts. */
interface Stage {
  readonly db: Database;
  play(streamed: boolean): Promise<void>;
  /** Whether the stream broke; false for one that had ended before. */
  playCut(model: string, afterFrames: number): Promise<boolean>;
  /** What the server billed for an attempt. */
  billOf(name: string): number;
  stop(): Promise<void>;
}

async function setStage(): Promise<Stage> {
  const random = seededRandom(2026);
  let answer: ServerAnswer = { text: '' };
  const server = createModelServer({
    prices: Object.fromEntries(modelIds.map((id) => [id, rates])),
    answer: () => answer,
  });
  await server.start();
  const db = openDatabase({ path: ':memory:', tables: [ledgerTables], migrations: [ledgerMigrations] });
  await db.start();
  const dispatcher = dispatcherOver(server.url, db);
  const send = async (request: DispatchRequest, streamed: boolean): Promise<void> => {
    if (!streamed) return void (await dispatcher.dispatch(request));
    for await (const chunk of dispatcher.dispatchStream(request)) if (chunk.type === 'finish') return;
  };
  return {
    db,
    async play(streamed) {
      const script = writeTranscript(random);
      ({ answer } = script);
      await send(script.request, streamed);
    },
    async playCut(model, afterFrames) {
      answer = { text: 'A text of which only a part arrives, because the line breaks before its end.' };
      server.faults.add({ kind: 'cut', afterFrames });
      try {
        await send({ ...writeTranscript(random).request, model, maxOutputTokens: 50 }, true);
        return false;
      } catch (error) {
        if (isRaptorFlowError(error)) return true;
        throw error;
      } finally {
        server.faults.clear();
      }
    },
    billOf: (name) => server.bill.ofCall(name).reduce((sum, row) => sum + row.costMicroUsd, 0),
    async stop() {
      await db.stop();
      await server.stop();
    },
  };
}

function dispatcherOver(url: string, db: Database): Dispatcher {
  const baseUrl = `${url}/v1`;
  return createDispatcher(
    { retriesMax: 0 },
    {
      models: createModelCatalog(
        {
          vertex: { project: 'p', location: 'global', baseUrl: `${baseUrl}/projects/p/locations/global` },
          anthropic: { apiKey: 'key', baseUrl },
          openai: { apiKey: 'key', baseUrl },
        },
        { vertexAccessToken: async () => 'token' },
      ),
      prices: createPrices({
        file: 'prices.json',
        content: {
          models: modelIds.map((id) => ({
            models: [id],
            periods: [{ from: '2026-01-01', ...rates, thinking: rates.output }],
          })),
        },
      }),
      ledger: createLedger({ monthlyBudgetMicroUsd: 1_000_000_000_000 }, { db }),
    },
  );
}

function writeTranscript(random: { next(): number }): { request: DispatchRequest; answer: ServerAnswer } {
  const pick = <T>(choices: readonly T[]): T => choices[Math.floor(random.next() * choices.length)] as T;
  const words = (most: number): string => 'wörd '.repeat(1 + Math.floor(random.next() * most));
  return {
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
  };
}

async function costsByCall(db: Database): Promise<Map<string, { cost: number; estimated: boolean }>> {
  const lines = await createCosts(db).list('ws_a', {}, 1_000);
  return new Map(
    lines.map((line) => [
      `${line.callId}.${line.attempt}`,
      { cost: line.costMicroUsd, estimated: line.estimated },
    ]),
  );
}
