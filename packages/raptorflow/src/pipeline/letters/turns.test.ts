import { describe, expect, test } from 'vitest';
import { Turns } from './turns.ts';

describe('turns', () => {
  test('are taken in order, so many at a time, and pass on when work fails', async () => {
    const turns = new Turns(2);
    const { signal } = new AbortController();
    const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<number>());
    const begun: number[] = [];
    const running = gates.map((gate, at) =>
      turns.run(async () => {
        begun.push(at);
        return gate.promise;
      }, signal),
    );
    await Promise.resolve();
    expect(begun).toEqual([0, 1]);
    gates[1]?.reject(new TypeError('no'));
    await expect(running[1]).rejects.toThrow('no');
    await expect.poll(() => begun).toEqual([0, 1, 2]);
    gates[0]?.resolve(0);
    gates[2]?.resolve(2);
    gates[3]?.resolve(3);
    expect(await Promise.all([running[0], running[2], running[3]])).toEqual([0, 2, 3]);
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  test('that are cancelled while they wait are not taken, and those that go on are not cut off', async () => {
    const turns = new Turns(1);
    const gate = Promise.withResolvers<string>();
    const stop = new AbortController();
    const first = turns.run(() => gate.promise, stop.signal);
    const waiting = turns.run(() => Promise.resolve('late'), stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    await expect(turns.run(() => Promise.resolve('later'), stop.signal)).rejects.toMatchObject({
      code: 'cancelled',
    });
    gate.resolve('done');
    expect(await first).toBe('done');
    expect(await turns.run(() => Promise.resolve('next'), new AbortController().signal)).toBe('next');
  });
});
