import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fault } from '../harness/fault.ts';

/** Where calls are sent. */
export interface Target {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** A client with connections that stay open, as those of a program that calls all the time. */
export class Client {
  readonly #target: Target;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1_024 });
  #sent = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  /** One call; resolves when its whole answer is there. Every prompt is another, so that no cache can answer it. */
  call(): Promise<void> {
    this.#sent += 1;
    const body = JSON.stringify({
      model: 'rig-model',
      max_tokens: 50,
      messages: [{ role: 'user', content: `Question ${this.#sent} of ${process.pid}` }],
    });
    return new Promise((resolve, reject) => {
      const sent = request(
        `${this.#target.url}/chat/completions`,
        {
          method: 'POST',
          agent: this.#agent,
          headers: {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(body),
            ...this.#target.headers,
          },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece: string) => {
            if (text.length < 500) text += piece;
          });
          response.once('end', () => {
            if (response.statusCode === 200) resolve();
            else reject(fault(`the gateway answered ${response.statusCode}: ${text.slice(0, 300)}`));
          });
          response.once('error', reject);
        },
      );
      sent.once('error', reject);
      sent.end(body);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** Calls at a fixed rate, whatever becomes of those before; latencies in milliseconds from when each was due, sorted. */
export async function openLoop(client: Client, perSecond: number, durationMs: number): Promise<number[]> {
  const gapMs = 1_000 / perSecond;
  const total = Math.floor(durationMs / gapMs);
  const latencies: number[] = [];
  const calls: Promise<void>[] = [];
  const begun = performance.now();
  for (let at = 0; at < total; at += 1) {
    const due = begun + at * gapMs;
    const early = due - performance.now();
    if (early > 1) await sleep(early);
    calls.push(client.call().then(() => void latencies.push(performance.now() - due)));
  }
  await Promise.all(calls);
  return latencies.toSorted((a, b) => a - b);
}

/** Calls by so many callers, each as fast as it is answered; calls a second. */
export async function closedLoop(client: Client, callers: number, durationMs: number): Promise<number> {
  let done = 0;
  const begun = performance.now();
  const caller = async (): Promise<void> => {
    while (performance.now() - begun < durationMs) {
      await client.call();
      done += 1;
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return (done * 1_000) / (performance.now() - begun);
}

/** A percentile of sorted numbers. */
export function percentileOf(sorted: readonly number[], p: number): number {
  const found = sorted[Math.min(sorted.length - 1, Math.floor((p / 100) * sorted.length))];
  if (found === undefined) throw fault('nothing was measured');
  return found;
}
