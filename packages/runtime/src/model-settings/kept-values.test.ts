import { RaptorFlowError } from 'raptorflow/kernel';
import { createFakeClock, type FakeClock } from 'raptorflow/kernel/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { KeptValues } from './kept-values.ts';

let clock: FakeClock;
let reads: { readonly key: string; answer: (value: string) => void; fail: () => void }[];
let kept: KeptValues<string>;

beforeEach(() => {
  clock = createFakeClock(0);
  reads = [];
  kept = new KeptValues({ staleMsMax: 1_000, valuesMax: 2 }, clock, (key) => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    reads.push({
      key,
      answer: resolve,
      fail: () => reject(new RaptorFlowError('unavailable', 'It is away.')),
    });
    return promise;
  });
});

/** Asks, lets the newest reading answer, and says what came. */
async function ask(key: string, value: string): Promise<string> {
  const answer = kept.get(key);
  reads.at(-1)?.answer(value);
  return answer;
}

describe('a kept value', () => {
  it('is read once for all who ask while it is young', async () => {
    const [first, second] = [kept.get('a'), kept.get('a')];
    reads[0]?.answer('one');
    expect(await Promise.all([first, second, kept.get('a')])).toEqual(['one', 'one', 'one']);
    expect(reads).toHaveLength(1);
  });

  it('is read again from half its age on, and nobody waits for that', async () => {
    await ask('a', 'one');
    await clock.advance(500);
    expect(await kept.get('a')).toBe('one');
    expect(await kept.get('a')).toBe('one');
    expect(reads).toHaveLength(2);
    reads[1]?.answer('two');
    await clock.advance(1);
    expect(await kept.get('a')).toBe('two');
  });

  it('is never answered at its full age, counted from before it was read', async () => {
    const first = kept.get('a');
    await clock.advance(900);
    reads[0]?.answer('one');
    expect(await first).toBe('one');
    await clock.advance(100);
    expect(await ask('a', 'two')).toBe('two');
  });

  it('that was forgotten while it was being read or renewed does not come back', async () => {
    const early = kept.get('a');
    kept.forget('a');
    const late = kept.get('a');
    reads[1]?.answer('new');
    reads[0]?.answer('old');
    expect([await early, await late, await kept.get('a')]).toEqual(['old', 'new', 'new']);
    await clock.advance(600);
    void kept.get('a');
    kept.forget('a');
    reads[2]?.answer('older');
    await clock.advance(1);
    expect(await ask('a', 'newest')).toBe('newest');
  });

  it('outlives a failure to renew it, but not beyond its age, and a failure itself is not kept', async () => {
    await ask('a', 'one');
    await clock.advance(600);
    expect(await kept.get('a')).toBe('one');
    reads[1]?.fail();
    await clock.advance(1);
    expect(await kept.get('a')).toBe('one');
    expect(reads).toHaveLength(3);
    reads[2]?.fail();
    await clock.advance(400);
    const refused = kept.get('a');
    reads[3]?.fail();
    await expect(refused).rejects.toMatchObject({ code: 'unavailable' });
    expect(await ask('a', 'two')).toBe('two');
  });

  it('makes room for others when there are too many', async () => {
    for (const key of ['a', 'b', 'c']) await ask(key, key);
    expect(await kept.get('c')).toBe('c');
    expect(await kept.get('b')).toBe('b');
    expect(reads).toHaveLength(3);
    await ask('a', 'a');
    expect(reads).toHaveLength(4);
  });
});
