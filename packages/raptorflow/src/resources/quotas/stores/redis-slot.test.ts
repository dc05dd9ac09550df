import { describe, expect, it } from 'vitest';
import type { RedisCommand, RedisLink } from '../../../storage/index.ts';
import { counterOf } from '../contract-suite/samples.ts';
import { ServerTime } from './redis-calls.ts';
import { scripts } from './redis-scripts.ts';
import { Slot } from './redis-slot.ts';

/** A Redis that answers every script as it is told to, and remembers what it was asked. */
class ScriptedLink implements RedisLink {
  readonly asked: { readonly script: string; readonly args: readonly unknown[] }[] = [];
  readonly #answer: (script: string) => unknown;

  constructor(answer: (script: string) => unknown) {
    this.#answer = answer;
  }

  async send(commands: readonly RedisCommand[]): Promise<unknown[]> {
    return commands.map(([, digest, , , ...args]) => {
      const script = Object.entries(scripts).find(([, each]) => each.digest === digest)?.[0] ?? '';
      this.asked.push({ script, args });
      return this.#answer(script);
    });
  }

  transact(): Promise<unknown[]> {
    return Promise.resolve([]);
  }

  close(): void {}
}

const counter = counterOf('places', 'hard', 10);
const taking = { counters: [counter], maxima: [10], amount: 5, want: 0, spare: 0 };
const grantedOne = [0, 1_000, 0, 1, 0, 0, 5];

function slotOn(link: RedisLink, lost: string[][] = []): Slot {
  const time = new ServerTime(() => 0, 1_000);
  const onLeaseLost = (counters: readonly string[]): void => void lost.push([...counters]);
  return new Slot({ link, holder: 'me', leaseMs: 900, time, onLeaseLost }, '{q:w:w1}:');
}

describe('a slot on Redis', () => {
  it('gives once what is given while its lease is being renewed', async () => {
    const link = new ScriptedLink((script) => (script === 'renew' ? [0, 1_000] : grantedOne));
    const slot = slotOn(link);
    const { generation } = await slot.take(taking);
    const giving = slot.give(counter.key, 2, generation);
    slot.renew();
    await giving;
    const renewal = link.asked.find(({ script }) => script === 'renew');
    expect(renewal?.args).toEqual(['me.1', 900, 1, counter.key, 3]);
    // The renewal has said it all: to give the two as well would give away what is still held.
    expect(link.asked.map(({ script }) => script)).toEqual(['count', 'renew']);
  });

  it('goes on under a new lease when the old one is lost, and repeats what it was asked', async () => {
    let answers: unknown[] = [grantedOne, [2, 1_000], grantedOne];
    const link = new ScriptedLink(() => {
      const [next, ...rest] = answers;
      answers = rest;
      return next;
    });
    const lost: string[][] = [];
    const slot = slotOn(link, lost);
    const first = await slot.take(taking);
    const second = await slot.take(taking);
    expect([first.generation, second.generation]).toEqual([1, 2]);
    expect(lost).toEqual([[counter.key]]);
    await slot.give(counter.key, 5, first.generation);
    expect(link.asked.map(({ args }) => args.slice(0, 2))).toEqual([
      ['me.1', 1],
      ['me.1', 0],
      ['me.2', 1],
    ]);
  });

  it('fails what it was asked when the server’s clock does not settle', async () => {
    const link = new ScriptedLink(() => [1, 1_000]);
    await expect(slotOn(link).take(taking)).rejects.toMatchObject({ code: 'unavailable' });
    await expect(slotOn(link).read([counter])).rejects.toMatchObject({ code: 'unavailable' });
  });
});
