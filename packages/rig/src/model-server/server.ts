import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import {
  invariant,
  Lifecycle,
  RaptorFlowError,
  systemClock,
  type Clock,
  type ServiceState,
} from 'raptorflow/kernel';
import { countInput, echoAnswer, prepareAnswer } from './answering.ts';
import { createBill, type Bill, type BilledOutcome, type RigPrice, type WritableBill } from './bill.ts';
import type { PreparedAnswer, ReadRequest, ServerAnswer, ServerCall, Wire, WireFormat } from './call.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { routeOf, type Route } from './routing.ts';
import { claudeWire } from './wire/claude.ts';
import { countTokensAnswer, geminiWire } from './wire/gemini.ts';
import { modelList, openAiWire } from './wire/openai.ts';
import { asRecord } from './wire/reading.ts';

/** How the server answers and prices. Everything has a default. */
export interface ModelServerOptions {
  /** Prices by model id, in pico-USD a token. A model without one is billed 0. */
  readonly prices?: Readonly<Record<string, RigPrice>>;
  /** What to answer; default: the last line of the prompt told back. */
  readonly answer?: (call: ServerCall) => ServerAnswer;
  /** Milliseconds before the first byte, and between the frames of a stream; default 0. */
  readonly latencyMs?: number;
  readonly frameGapMs?: number;
  /** Characters a stream brings at a time; default 12. */
  readonly chunkCharacters?: number;
}

/** The model server: real wire formats on a free local port, and a bill of its own. */
export interface ModelServer {
  readonly state: ServiceState;
  /** `http://127.0.0.1:<port>`, once started. */
  readonly url: string;
  readonly bill: Bill;
  readonly faults: Faults;
  /** Every call that reached the server and could be read, in order of arrival. */
  readonly calls: readonly ServerCall[];
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface ServerParts {
  readonly options: Required<Omit<ModelServerOptions, 'prices'>>;
  readonly bill: WritableBill;
  readonly faults: ReturnType<typeof createFaults>;
  readonly calls: ServerCall[];
  readonly models: readonly string[];
  readonly clock: Clock;
  nextId: number;
}

const wires: Readonly<Record<Wire, WireFormat>> = {
  gemini: geminiWire,
  claude: claudeWire,
  openai: openAiWire,
};

/**
 * Builds a model server that speaks Vertex AI (Gemini and Claude), Anthropic and OpenAI chat completions.
 *
 * It bills what it generated, whoever was there to receive it: a stream that is cut or left costs its input and the
 * frames written so far; a whole answer that is cut or stalls costs all of it; an HTTP error costs nothing.
 * Authentication is checked for presence only. `GET /rig/calls/<call id>` answers the rows of a call.
 */
export function createModelServer(
  options: ModelServerOptions = {},
  deps: { clock?: Clock } = {},
): ModelServer {
  const parts: ServerParts = {
    options: { answer: echoAnswer, latencyMs: 0, frameGapMs: 0, chunkCharacters: 12, ...options },
    bill: createBill(new Map(Object.entries(options.prices ?? {}))),
    faults: createFaults(),
    calls: [],
    models: Object.keys(options.prices ?? {}),
    clock: deps.clock ?? systemClock,
    nextId: 1,
  };
  let server: Server | undefined;
  let url = '';
  const lifecycle = new Lifecycle('model server', {
    start: async () => {
      const listening = createServer((request, response) => {
        serve(parts, request, response).catch((error: unknown) => {
          response.destroy(error instanceof Error ? error : undefined);
        });
      });
      server = listening;
      await new Promise<void>((resolve, reject) => {
        listening.once('error', reject);
        listening.listen(0, '127.0.0.1', resolve);
      });
      const address = listening.address();
      invariant(address !== null && typeof address === 'object', 'a listening TCP server has a port');
      url = `http://127.0.0.1:${address.port}`;
    },
    stop: async () => {
      const listening = server;
      if (listening === undefined) return;
      await new Promise<void>((resolve) => {
        listening.close(() => resolve());
        listening.closeAllConnections();
      });
    },
  });
  return {
    get state() {
      return lifecycle.state;
    },
    get url() {
      if (url === '')
        throw new RaptorFlowError('unavailable', 'The model server has no address before it is started.');
      return url;
    },
    bill: parts.bill,
    faults: parts.faults,
    calls: parts.calls,
    start: () => lifecycle.start(),
    stop: () => lifecycle.stop(),
  };
}

async function serve(parts: ServerParts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const address = new URL(request.url ?? '/', 'http://rig');
  const route = routeOf(request.method ?? 'GET', address.pathname);
  const text = await readText(request);
  if (route === null)
    return sendJson(response, 404, { error: { message: `No route for ${address.pathname}.` } });
  if (route.kind === 'models') return sendJson(response, 200, modelList(parts.models, seconds(parts.clock)));
  if (route.kind === 'bill') return sendJson(response, 200, { rows: parts.bill.ofCall(route.callId) });
  const wire = route.kind === 'count' ? 'gemini' : route.wire;
  const format = wires[wire];
  const headers = request.headers;
  if (headers.authorization === undefined && headers['x-api-key'] === undefined) {
    return sendJson(response, 401, format.error(401, 'No credentials were given.'));
  }
  const body = parseBody(text);
  if (body === null) return sendJson(response, 400, format.error(400, 'The body is not JSON.'));
  const read = format.read(body);
  if (typeof read === 'string') return sendJson(response, 400, format.error(400, read));
  if (route.kind === 'count') return sendJson(response, 200, countTokensAnswer(read, countInput(read)));
  const call = describeCall(route, body, read, headers['x-raptorflow-call-id']);
  parts.calls.push(call);
  const arraysOfJson = wire === 'gemini' && address.searchParams.get('alt') !== 'sse';
  await answer(parts, { call, read, format, arraysOfJson }, response);
}

interface Exchange {
  readonly call: ServerCall;
  readonly read: ReadRequest;
  readonly format: WireFormat;
  /** Gemini streams an array of JSON unless asked for events. */
  readonly arraysOfJson: boolean;
}

async function answer(parts: ServerParts, exchange: Exchange, response: ServerResponse): Promise<void> {
  const { call, format } = exchange;
  const fault = parts.faults.take(call);
  const gone = new Promise<'gone'>((resolve) => {
    response.once('close', () => resolve('gone'));
  });
  if (parts.options.latencyMs > 0) await parts.clock.sleep(parts.options.latencyMs);
  if (fault?.kind === 'status') {
    record(parts, call, { outcome: 'rejected', status: fault.status, output: null, prepared: null });
    const retry = fault.retryAfterSeconds;
    const extra = retry === undefined ? {} : { 'retry-after': String(retry) };
    const message = fault.message ?? `Scripted failure ${fault.status}.`;
    return sendJson(response, fault.status, format.error(fault.status, message), extra);
  }
  const id = parts.nextId;
  parts.nextId += 1;
  const frame = {
    id: `rig_${id}`,
    createdSeconds: seconds(parts.clock),
    chunkCharacters: parts.options.chunkCharacters,
  };
  const prepared = prepareAnswer(call, exchange.read, parts.options.answer(call), frame, fault);
  if (call.stream) return sendStream(parts, exchange, { prepared, fault, gone }, response);
  if (fault?.kind === 'stall' || fault?.kind === 'cut') {
    const outcome = fault.kind === 'stall' ? 'stalled' : 'cut';
    record(parts, call, { outcome, status: 200, output: prepared.usage.output, prepared });
    if (fault.kind === 'stall') await gone;
    response.destroy();
    return;
  }
  record(parts, call, { outcome: 'answered', status: 200, output: prepared.usage.output, prepared });
  sendJson(response, 200, format.whole(prepared));
}

interface Streaming {
  readonly prepared: PreparedAnswer;
  readonly fault: Fault | undefined;
  readonly gone: Promise<'gone'>;
}

async function sendStream(
  parts: ServerParts,
  exchange: Exchange,
  streaming: Streaming,
  response: ServerResponse,
): Promise<void> {
  const { prepared, fault, gone } = streaming;
  const frames = exchange.format.frames(prepared);
  const breakAt = fault?.kind === 'cut' || fault?.kind === 'stall' ? (fault.afterFrames ?? 0) : frames.length;
  let output = prepared.usage.thinking;
  const end = (outcome: BilledOutcome): void =>
    record(parts, exchange.call, { outcome, status: 200, output, prepared });
  if (breakAt > 0 || fault?.kind === 'cut') {
    const type = exchange.arraysOfJson ? 'application/json' : 'text/event-stream; charset=utf-8';
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-cache' });
  }
  for (const [at, frame] of frames.slice(0, breakAt).entries()) {
    if (response.destroyed) return end('left_by_caller');
    output = frame.outputTokens;
    response.write(exchange.arraysOfJson ? arrayPiece(frame.data, at) : frame.data);
    // The caller may hang up as soon as it has the last frame, so the bill is written first.
    if (at === frames.length - 1) end('answered');
    // Lets the frame leave on its own, as it would from a model, and lets a caller's hang-up arrive.
    await Promise.race([parts.clock.sleep(parts.options.frameGapMs), gone]);
  }
  if (breakAt < frames.length && fault?.kind === 'stall') {
    end('stalled');
    await gone;
    return;
  }
  if (breakAt < frames.length) {
    end('cut');
    response.destroy();
    return;
  }
  response.end(exchange.arraysOfJson ? ']' : '');
}

function arrayPiece(event: string, at: number): string {
  return `${at === 0 ? '[' : ',\r\n'}${event.replace(/^data: /, '').trimEnd()}`;
}

function record(
  parts: ServerParts,
  call: ServerCall,
  end: { outcome: BilledOutcome; status: number; output: number | null; prepared: PreparedAnswer | null },
): void {
  const { prepared } = end;
  const nothing = { input: 0, cached: 0, cacheWrite: 0, output: 0, thinking: 0 };
  const usage = prepared === null ? nothing : { ...prepared.usage, output: end.output ?? 0 };
  parts.bill.add({
    callId: call.callId,
    wire: call.wire,
    model: call.model,
    stream: call.stream,
    outcome: end.outcome,
    status: end.status,
    usage,
    usageTold: end.outcome === 'answered' && prepared?.reportedUsage === prepared?.usage,
  });
}

function describeCall(
  route: Extract<Route, { kind: 'generate' }>,
  body: Record<string, unknown>,
  read: ReadRequest,
  callId: string | string[] | undefined,
): ServerCall {
  return {
    wire: route.wire,
    model: route.model ?? String(body['model']),
    stream: route.stream ?? body['stream'] === true,
    callId: typeof callId === 'string' ? callId : null,
    prompt: read.prompt,
    images: read.images,
    toolNames: read.toolNames,
    outputTokensMax: read.outputTokensMax,
    body,
  };
}

async function readText(request: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of request as AsyncIterable<Buffer>) pieces.push(piece);
  return Buffer.concat(pieces).toString('utf8');
}

function parseBody(text: string): Record<string, unknown> | null {
  try {
    return asRecord(JSON.parse(text));
  } catch {
    return null;
  }
}

function seconds(clock: Clock): number {
  return Math.floor(clock.now() / 1_000);
}

function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
