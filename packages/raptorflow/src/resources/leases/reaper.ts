import { once } from 'node:events';
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { RaptorFlowError, type Clock, type Logger, type Timer } from '../../kernel/index.ts';
import type { OwnedTree, TreeKeeper } from './owned-tree.ts';
import { markOwnEnvironment } from './process-marker.ts';
import { startOf } from './process-table.ts';
import { lineReader, type ReaperAnswer, type ReaperOrder } from './reaper-wire.ts';

/** A reaper without work ends after so long. */
const lingerMs = 2_000;
/** It answers within its own four seconds and the polite time, or not at all. */
const answerMsMax = 10_000;
const restartsMax = 5;

type ReaperProcess = ChildProcessByStdio<Writable, Readable, null>;

/** The owner's end of the reaper, which is started when it is first needed and ended when there is nothing left to watch. */
export class Reaper implements TreeKeeper {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #killAfterMs: number;
  readonly #nonce: string;
  readonly #trees = new Map<
    number,
    { pid: number | undefined; startedAt: string | undefined; marker: string }
  >();
  readonly #waiting = new Map<number, (answer: ReaperAnswer | undefined) => void>();
  #process: ReaperProcess | undefined;
  #linger: Timer | undefined;
  #restarts = 0;
  #last = 0;
  #requests = 0;

  constructor(
    options: { readonly killAfterMs: number; readonly nonce: string },
    deps: { readonly clock: Clock; readonly log: Logger },
  ) {
    this.#killAfterMs = options.killAfterMs;
    this.#nonce = options.nonce;
    this.#clock = deps.clock;
    this.#log = deps.log;
  }

  /** Number of the reaper's process, while there is one. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  announce(): OwnedTree {
    this.#last += 1;
    // With an end of its own, so that tree 1 is not found in tree 11.
    return this.#watch(this.#last, `${this.#nonce}.${this.#last};`);
  }

  announceUnmarked(): OwnedTree {
    this.#last += 1;
    return this.#watch(this.#last, '');
  }

  #watch(id: number, marker: string): OwnedTree {
    const tree = { pid: undefined as number | undefined, startedAt: undefined as string | undefined, marker };
    this.#trees.set(id, tree);
    this.#linger?.cancel();
    if (marker !== '') this.#tell({ do: 'add', id, marker });
    return {
      marker,
      begin: (pid) => {
        tree.pid = pid;
        tree.startedAt = startOf(pid);
        this.#tell({ do: 'add', id, pid, startedAt: tree.startedAt, marker: marker || undefined });
      },
      isAlive: async () =>
        this.#trees.has(id) && (await this.#ask((request) => ({ do: 'count', id, request }))) > 0,
      kill: async () => {
        if (!this.#trees.has(id)) return;
        const left = await this.#ask((request) => ({
          do: 'kill',
          id,
          request,
          killAfterMs: this.#killAfterMs,
        }));
        this.#trees.delete(id);
        this.#endWhenIdle();
        if (left > 0)
          throw new RaptorFlowError(
            'unavailable',
            `${left} processes could not be killed; look at what they wait for.`,
          );
      },
      forget: () => {
        if (!this.#trees.delete(id)) return;
        this.#tell({ do: 'drop', id });
        this.#endWhenIdle();
      },
    };
  }

  adoptChildren(): () => void {
    const tree = this.announce();
    const unmark = markOwnEnvironment(tree.marker);
    return () => {
      unmark();
      tree.forget();
    };
  }

  /** Ends the reaper at once. Trees that were not forgotten are killed by it. */
  async stop(): Promise<void> {
    this.#linger?.cancel();
    const child = this.#process;
    if (child === undefined) return;
    const ended = once(child, 'exit');
    this.#process = undefined;
    child.ref();
    child.stdin.end();
    await ended;
  }

  #tell(order: ReaperOrder): void {
    const child = this.#process ?? this.#start();
    child?.stdin.write(`${JSON.stringify(order)}\n`);
  }

  async #ask(order: (request: number) => ReaperOrder): Promise<number> {
    this.#requests += 1;
    const request = this.#requests;
    const { promise, resolve } = Promise.withResolvers<ReaperAnswer | undefined>();
    this.#waiting.set(request, resolve);
    this.#tell(order(request));
    // Whoever waits for an answer keeps the program running.
    setReferenced(this.#process, true);
    const timer = this.#clock.setTimeout(() => resolve(undefined), answerMsMax);
    const answer = await promise;
    timer.cancel();
    this.#waiting.delete(request);
    if (this.#waiting.size === 0) setReferenced(this.#process, false);
    if (answer === undefined)
      throw new RaptorFlowError(
        'unavailable',
        'The process that ends process trees does not answer; see the log.',
      );
    return answer.left;
  }

  #start(): ReaperProcess | undefined {
    const path = fileURLToPath(
      new URL(
        import.meta.url.endsWith('.ts') ? './reaper-program.ts' : './reaper-program.js',
        import.meta.url,
      ),
    );
    // A session of its own, so that what ends its owner by the terminal does not end it, and no environment, so that no marker is found in its own.
    const child = spawn(process.execPath, ['--max-semi-space-size=1', path], {
      cwd: '/',
      env: {},
      detached: true,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    this.#process = child;
    setReferenced(child, false);
    child.stdout.setEncoding('utf8').on(
      'data',
      lineReader((line) => this.#hear(JSON.parse(line) as ReaperAnswer)),
    );
    child.stdin.on('error', () => undefined);
    child.once('error', (error) => this.#onEnd(child, error));
    child.once('exit', () => this.#onEnd(child, undefined));
    for (const [id, { pid, startedAt, marker }] of this.#trees) {
      child.stdin.write(
        `${JSON.stringify({ do: 'add', id, pid, startedAt, marker: marker || undefined } satisfies ReaperOrder)}\n`,
      );
    }
    return child;
  }

  #hear(answer: ReaperAnswer): void {
    this.#waiting.get(answer.request)?.(answer);
  }

  #onEnd(child: ReaperProcess, error: unknown): void {
    if (this.#process !== child) return;
    this.#process = undefined;
    for (const resolve of this.#waiting.values()) resolve(undefined);
    if (this.#trees.size === 0) return;
    this.#restarts += 1;
    this.#log.warn('The process that ends process trees is gone.', {
      error,
      restarts: this.#restarts,
      restarts_max: restartsMax,
    });
    if (this.#restarts <= restartsMax) this.#start();
  }

  #endWhenIdle(): void {
    if (this.#trees.size > 0) return;
    this.#linger?.cancel();
    this.#linger = this.#clock
      .setTimeout(() => {
        if (this.#trees.size > 0) return;
        const child = this.#process;
        this.#process = undefined;
        child?.stdin.end();
      }, lingerMs)
      .unref();
  }
}

function setReferenced(child: ReaperProcess | undefined, on: boolean): void {
  if (child === undefined) return;
  const change = on ? 'ref' : 'unref';
  child[change]();
  // Pipes of children are sockets, which the types do not say.
  for (const pipe of [child.stdin, child.stdout])
    (pipe as unknown as { ref(): void; unref(): void })[change]();
}
