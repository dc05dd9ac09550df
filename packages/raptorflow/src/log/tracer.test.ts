import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import type { ExceptionContext } from './exception-text.ts';
import { createTracer, type Tracer } from './tracer.ts';

interface Entry {
  readonly error: unknown;
  readonly context: ExceptionContext;
}

let clock: FakeClock;
let told: Entry[];
let lines: string[];
let tracer: Tracer;
const log = {
  exception: (error: unknown, context: ExceptionContext = {}) => void told.push({ error, context }),
  error: (message: string) => void lines.push(message),
  warning: (message: string) => void lines.push(message),
};
beforeEach(() => {
  clock = createFakeClock();
  told = [];
  lines = [];
  tracer = createTracer({}, { log, clock, correlationId: () => 'req_7' });
});

const boom = new RangeError('boom');

describe('a traced function', () => {
  it('stays what it is: name, length, this, properties, prototype, new and answers', () => {
    function Original(this: { x?: number } | undefined, a: number, b: number): unknown {
      if (this) this.x = a + b;
      return this;
    }
    const marks = Object.assign(Original, { mark: 1 });
    const traced = tracer.trace(marks as (this: unknown, a: number, b: number) => unknown) as typeof marks;
    expect([traced.name, traced.length, traced.mark, traced.prototype]).toEqual([
      'Original',
      2,
      1,
      Original.prototype,
    ]);
    const self = {};
    expect(Reflect.apply(traced, self, [1, 2])).toBe(self);
    expect(self).toEqual({ x: 3 });
    const made = Reflect.construct(traced, [2, 3]) as object;
    expect(made).toBeInstanceOf(Original);
    expect(Object.keys(traced)).toEqual(Object.keys(Original));
    expect(told).toEqual([]);
  });

  it('throws the same error, which is logged with kinds of arguments, duration and correlation', async () => {
    const charge = tracer.trace(async function charge(..._args: unknown[]): Promise<void> {
      await clock.sleep(1_500);
      throw boom;
    });
    const args = [
      'secret',
      12,
      null,
      [1, 2],
      { card: '4111', 'anna@example.com': 1 },
      new Map([[1, 2]]),
      Buffer.alloc(3),
    ];
    const call = charge(...args).catch((error: unknown) => error);
    await clock.advance(1_500);
    expect(await call).toBe(boom);
    expect(told).toEqual([
      {
        error: boom,
        context: {
          name: 'charge',
          durationMs: 1_500,
          correlationId: 'req_7',
          arguments: 'string(6), number, null, array(2), {card, ?}, Map(1), Buffer(3)',
        },
      },
    ]);
  });

  it('shows values of arguments only when that is allowed, and runs no code of theirs', () => {
    const hostile = new Proxy({}, { ownKeys: () => expect.unreachable(), get: () => expect.unreachable() });
    const withGetter = {
      get card(): string {
        return expect.unreachable();
      },
    };
    const fail = (..._args: unknown[]): never => {
      throw { message: 'new' } as unknown as Error;
    };
    expect(() => tracer.trace(fail)(hostile, withGetter)).toThrow('new');
    expect(told[0]?.context.arguments).toBe('proxy, {card}');
    const open = createTracer({ showValues: true }, { log, clock });
    expect(() => open.trace(fail, 'open')('text', { a: [1] }, withGetter)).toThrow('new');
    expect(told[1]?.context.arguments).toBe("'text', { a: [ 1 ] }, { card: [Getter] }");
  });

  it('passes on values, and promises that are no plain ones', async () => {
    expect(await tracer.trace(async () => 7)()).toBe(7);
    const special = Object.assign(Promise.resolve(1), { pid: 7 });
    expect(tracer.trace(() => special)()).toBe(special);
    const lazy = {
      // oxlint-disable-next-line unicorn/no-thenable -- Queries of some libraries begin when then is called.
      then: () => expect.unreachable(),
    };
    expect(tracer.trace(() => lazy)()).toBe(lazy);
  });

  it('is watched through every step of a generator', () => {
    function* count(): Generator<number, string, string> {
      const word = yield 1;
      if (word === 'stop') return word;
      throw boom;
    }
    const traced = tracer.trace(count);
    const generator = traced();
    expect(generator).toBeInstanceOf(count);
    expect(generator[Symbol.iterator]()).toBe(generator);
    generator.next();
    expect(generator.next('stop')).toEqual({ done: true, value: 'stop' });
    const failing = traced();
    failing.next();
    expect(() => failing.next('go on')).toThrow(boom);
    expect(told.map(({ context }) => context.name)).toEqual(['count']);
    const thrown = new TypeError('from outside');
    expect(() => traced().throw(thrown)).toThrow(thrown);
    expect(told[1]?.error).toBe(thrown);
  });

  it('is watched through every step of an asynchronous generator', async () => {
    const traced = tracer.trace(async function* pages(): AsyncGenerator<number> {
      yield 1;
      await clock.sleep(10);
      throw boom;
    });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const page of traced()) seen.push(page);
    })();
    const outcome = reading.catch((error: unknown) => error);
    await clock.advance(10);
    expect(await outcome).toBe(boom);
    expect(seen).toEqual([1]);
    expect(told).toEqual([
      { error: boom, context: expect.objectContaining({ name: 'pages', durationMs: 10 }) },
    ]);
  });

  it('tells an error once, however many traced functions it passes through', () => {
    const inner = tracer.trace(function inner() {
      throw boom;
    });
    const outer = tracer.trace(function outer() {
      inner();
    });
    expect(outer).toThrow(boom);
    expect(told.map(({ context }) => context.name)).toEqual(['inner']);
  });

  it('counts the same failure for a minute, then says how often it came', async () => {
    const fail = tracer.trace(function fail(id: number) {
      throw new RangeError(`no account ${id}`);
    });
    for (let id = 0; id < 42; id += 1) expect(() => fail(id)).toThrow('no account');
    expect(told).toHaveLength(1);
    await clock.advance(59_999);
    expect(lines).toEqual([]);
    await clock.advance(1);
    expect(lines).toEqual([
      'RAPTOR EXCEPTION: RangeError: no account 0 in fail came 41 more times within 60 s',
    ]);
    expect(() => fail(43)).toThrow('no account 43');
    expect(told).toHaveLength(2);
    expect(() => fail(44)).toThrow('no account 44');
    tracer.flush();
    expect(lines).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });

  it('remembers so many different failures and no more', () => {
    const few = createTracer({ fingerprintsMax: 2 }, { log, clock });
    const fail = (name: string): void => {
      const traced = few.trace(() => {
        throw new RangeError(name);
      }, name);
      expect(traced).toThrow(name);
    };
    fail('a');
    fail('a');
    fail('b');
    fail('c');
    expect(lines).toEqual(['RAPTOR EXCEPTION: RangeError: a in a came 1 more times within 60 s']);
    fail('a');
    expect(told.map(({ context }) => context.name)).toEqual(['a', 'b', 'c', 'a']);
  });

  it('does not suffer from a correlation that cannot be told', () => {
    const broken = createTracer({}, { log, clock, correlationId: () => expect.unreachable() });
    expect(() =>
      broken.trace(() => {
        throw boom;
      })(),
    ).toThrow(boom);
  });

  it('is refused for what is no function', () => {
    expect(() => tracer.trace(7 as never)).toThrow('Only functions');
    expect(() => tracer.trace(Array as never, { kind: 'class', name: 'A' })).toThrow('decorator');
    expect(() => createTracer({ repeatWindowMs: -1 }, { log })).toThrow('repeatWindowMs');
  });
});
